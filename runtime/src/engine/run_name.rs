//! The name of a run from its flow's template.

use serde_json::{Map, Value};

use crate::parameter::ShownDefault;
use crate::record::FlowRecord;

/// The template with values in place of `{parameter}`; the attribute has checked braces and names.
pub(crate) fn run_name(flow: &FlowRecord, parameters: &Map<String, Value>) -> Option<String> {
    let template = flow.run_name?;
    Some(filled(template, |name| value(flow, parameters, name)))
}

fn value(flow: &FlowRecord, parameters: &Map<String, Value>, name: &str) -> String {
    let default = || {
        let parameter = flow.parameters.iter().find(|known| known.name == name)?;
        match parameter.default() {
            ShownDefault::Value(value) => Some(value),
            ShownDefault::Required | ShownDefault::PerRun => None,
        }
    };
    match parameters.get(name).cloned().or_else(default) {
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(&value(name.trim()));
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn places_take_values_and_doubled_braces_stay() {
        for (template, expected) in [
            ("daily", "daily"),
            ("{a}", "<a>"),
            ("x-{ a }-{b}!", "x-<a>-<b>!"),
            ("{{a}} {a}", "{a} <a>"),
            ("å{a}{b}", "å<a><b>"),
        ] {
            assert_eq!(filled(template, |name| format!("<{name}>")), expected);
        }
    }
}

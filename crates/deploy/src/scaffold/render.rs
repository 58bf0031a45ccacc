//! The part of Liquid that our templates are written in, as `cargo generate` reads it too.
//!
//! Values with the filters `snake_case` and `kebab_case`, `if` without nesting on whether a value is there or is not
//! empty, and hyphens in the tags that take the white space beside them away.

use std::collections::BTreeMap;

use longshore_spec::Explain;

/// The values of a template by name.
pub(super) type Values = BTreeMap<&'static str, String>;

/// A template says what this renderer does not know; a mistake of ours, found by the tests.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template has `{tag}`, which cannot be rendered")]
pub(super) struct RenderError {
    tag: String,
}

impl Explain for RenderError {
    fn help(&self) -> Option<String> {
        None
    }
}

/// The text with its values.
///
/// # Errors
/// It has a tag that is not known, or a value that is not there.
pub(super) fn render(template: &str, values: &Values) -> Result<String, RenderError> {
    let mut output = String::new();
    let mut rest = template;
    let mut shown = true;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let (before, tag) = rest.split_at(start);
        let close = if tag.starts_with("{{") { "}}" } else { "%}" };
        let unknown = || RenderError {
            tag: tag.lines().next().unwrap_or_default().to_owned(),
        };
        let end = tag.find(close).ok_or_else(unknown)?;
        let inner = &tag[2..end];
        let after = &tag[end + 2..];
        let (trims_before, inner) = strip_hyphen(inner, str::strip_prefix);
        let (trims_after, inner) = strip_hyphen(inner, str::strip_suffix);
        if shown {
            output.push_str(if trims_before {
                before.trim_end()
            } else {
                before
            });
        }
        rest = if trims_after {
            after.trim_start()
        } else {
            after
        };
        let inner = inner.trim();
        if close == "}}" {
            if shown {
                output.push_str(&value(inner, values).ok_or_else(unknown)?);
            }
        } else if inner == "endif" {
            shown = true;
        } else {
            let condition = inner.strip_prefix("if ").filter(|_| shown);
            shown = holds(condition.ok_or_else(unknown)?.trim(), values);
        }
    }
    output.push_str(rest);
    Ok(output)
}

fn strip_hyphen<'a>(
    inner: &'a str,
    strip: impl Fn(&'a str, char) -> Option<&'a str>,
) -> (bool, &'a str) {
    match strip(inner, '-') {
        Some(stripped) => (true, stripped),
        None => (false, inner),
    }
}

fn value(expression: &str, values: &Values) -> Option<String> {
    let (name, filter) = match expression.split_once('|') {
        Some((name, filter)) => (name.trim(), Some(filter.trim())),
        None => (expression, None),
    };
    let value = values.get(name)?;
    match filter {
        None => Some(value.clone()),
        Some("snake_case") => Some(value.replace('-', "_")),
        Some("kebab_case") => Some(value.replace('_', "-")),
        Some(_) => None,
    }
}

fn holds(condition: &str, values: &Values) -> bool {
    match condition.strip_suffix("!= \"\"") {
        Some(name) => values.get(name.trim()).is_some_and(|text| !text.is_empty()),
        None => values.contains_key(condition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> Result<String, String> {
        let values = Values::from([
            ("flow", "day-ahead_prices".to_owned()),
            ("queue", "spot".to_owned()),
            ("image", String::new()),
        ]);
        render(template, &values).map_err(|error| error.to_string())
    }

    #[test]
    fn values_conditions_and_white_space_are_those_of_liquid() {
        for (template, expected) in [
            ("{{flow}} {{ flow }}", "day-ahead_prices day-ahead_prices"),
            ("{{ flow | snake_case }}", "day_ahead_prices"),
            ("{{ flow | kebab_case }}", "day-ahead-prices"),
            (
                "a\n{%- if queue != \"\" %}\n  b\n{%- endif %}\nc",
                "a\n  b\nc",
            ),
            ("a\n{%- if image != \"\" %}\n  b\n{%- endif %}\nc", "a\nc"),
            ("({%- if rows %}\n{{ rows }}\n{% endif -%}\n)", "()"),
            (
                "({%- if queue %}\n{{ queue }}\n{% endif -%}\n)",
                "(\nspot\n)",
            ),
        ] {
            assert_eq!(rendered(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (template, tag) in [
            ("x {{ rows }}", "{{ rows }}"),
            ("{{ flow | upcase }}", "{{ flow | upcase }}"),
            ("{% for x in y %}", "{% for x in y %}"),
            ("{{ flow", "{{ flow"),
        ] {
            let error = rendered(template).unwrap_err();
            assert!(error.contains(&format!("`{tag}`")), "{error}");
        }
    }
}

//! `#[flow(...)]`: parse and check.

use proc_macro2::TokenStream;
use syn::Expr;

use crate::function::Parameter;
use crate::keyed::assigned;
use crate::list::{Keyed, Keys, parse_list};
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_text};
use crate::value::{array, literal, string_literal, text, time_span, whole_number};

/// Keys of `#[flow]`.
pub(crate) const KEYS: &[&str] = &[
    "name",
    "retries",
    "retry_delay",
    "timeout",
    "version",
    "run_name",
    "description",
];

/// A flow whose options are checked.
pub(crate) struct Flow {
    pub(crate) name: Option<Ruled>,
    pub(crate) retries: u32,
    pub(crate) retry_delay: Vec<TokenStream>,
    pub(crate) timeout: Option<TokenStream>,
    pub(crate) version: Option<TokenStream>,
    pub(crate) run_name: Option<String>,
    pub(crate) description: Option<TokenStream>,
}

impl Flow {
    pub(crate) fn read(
        arguments: TokenStream,
        parameters: &[Parameter],
        problems: &mut Problems,
    ) -> Self {
        let entries = parse_list(arguments, problems);
        let mut keys = Keys::collect("`#[flow]`", KEYS, entries, problems);
        let retries = read_retries(&mut keys, problems);
        Self {
            name: read_name(&mut keys, problems),
            retry_delay: read_retry_delay(&mut keys, retries, problems),
            retries,
            timeout: read_timeout(&mut keys, problems),
            version: plain_text("version", &mut keys, problems),
            run_name: keys
                .take("run_name")
                .and_then(|keyed| read_run_name(&keyed, parameters, problems)),
            description: plain_text("description", &mut keys, problems),
        }
    }
}

fn read_name(keys: &mut Keys, problems: &mut Problems) -> Option<Ruled> {
    let keyed = keys.take("name")?;
    let value = assigned(&keyed, "\"daily-report\"", problems)?;
    ruled_text::<longshore_spec::FlowName>("name", value, &quote::quote!(FlowName), problems)
}

pub(crate) fn read_retries(keys: &mut Keys, problems: &mut Problems) -> u32 {
    keys.take("retries")
        .and_then(|keyed| {
            let value = assigned(&keyed, "3", problems)?;
            whole_number("retries", value, problems)
        })
        .unwrap_or_default()
}

pub(crate) fn read_timeout(keys: &mut Keys, problems: &mut Problems) -> Option<TokenStream> {
    let keyed = keys.take("timeout")?;
    let value = assigned(&keyed, "\"30m\"", problems)?;
    if string_literal(value).is_some_and(|text| is_zero(&text.value())) {
        problems.push(
            value,
            "`timeout` is zero: every attempt would end at once",
            Some("write how long an attempt may take, such as `\"30m\"`, or remove the key"),
        );
        return None;
    }
    time_span("timeout", value, problems)
}

fn is_zero(text: &str) -> bool {
    text.parse::<longshore_spec::TimeSpan>()
        .is_ok_and(|span| span.as_duration().is_zero())
}

fn read_retry_delay(keys: &mut Keys, retries: u32, problems: &mut Problems) -> Vec<TokenStream> {
    let Some(keyed) = keys.take("retry_delay") else {
        return Vec::new();
    };
    let Some(value) = assigned(&keyed, "\"30s\"", problems) else {
        return Vec::new();
    };
    report_delay_without_retries(&keyed, retries, problems);
    delays(value, retries, problems)
}

pub(crate) fn report_delay_without_retries(keyed: &Keyed, retries: u32, problems: &mut Problems) {
    if retries == 0 {
        problems.push(
            &keyed.key,
            "`retry_delay` without `retries` has no effect",
            Some("add `retries = 3` or remove `retry_delay`"),
        );
    }
}

fn is_exponential(value: &Expr) -> bool {
    matches!(value, Expr::Call(call)
        if matches!(&*call.func, Expr::Path(path) if path.path.is_ident("exponential")))
}

/// One wait, or a list of at most as many as there are retries.
pub(crate) fn delays(value: &Expr, retries: u32, problems: &mut Problems) -> Vec<TokenStream> {
    if !matches!(value, Expr::Array(_)) {
        // A task reads calls itself.
        if is_exponential(value) {
            problems.push(
                value,
                "`exponential(...)` is a delay of tasks, not of flows",
                Some("write a list of delays, such as `retry_delay = [\"10s\", \"1m\", \"5m\"]`"),
            );
            return Vec::new();
        }
        return time_span("retry_delay", value, problems)
            .into_iter()
            .collect();
    }
    let Some(elements) = array("retry_delay", value, "\"10s\", \"1m\"", problems) else {
        return Vec::new();
    };
    if elements.len() == 0 {
        problems.push(
            value,
            "the list of `retry_delay` is empty",
            Some("write `retry_delay = [\"10s\", \"1m\"]`, or remove `retry_delay`"),
        );
    }
    let delays: Vec<_> = elements
        .filter_map(|element| time_span("retry_delay", element, problems))
        .collect();
    if retries > 0 && delays.len() > retries as usize {
        let count = delays.len();
        problems.push(
            value,
            format!("{count} waits for {retries} retries"),
            Some("give at most one wait per retry; the last one repeats"),
        );
    }
    delays
}

pub(crate) fn plain_text(
    key: &str,
    keys: &mut Keys,
    problems: &mut Problems,
) -> Option<TokenStream> {
    let keyed = keys.take(key)?;
    let value = assigned(&keyed, "\"...\"", problems)?;
    let text = text(key, value, problems)?;
    Some(quote::ToTokens::to_token_stream(&text))
}

fn read_run_name(
    keyed: &Keyed,
    parameters: &[Parameter],
    problems: &mut Problems,
) -> Option<String> {
    let value = assigned(keyed, "\"report-{region}\"", problems)?;
    let template = literal("run_name", value, problems)?;
    let text = template.value();
    let known: Vec<String> = parameters
        .iter()
        .map(|parameter| parameter.name.to_string())
        .collect();
    for place in places(&text) {
        let Some(name) = place else {
            problems.push(
                &template,
                "a brace of `run_name` is not closed",
                Some("write `{parameter}`; a brace itself is written twice"),
            );
            return None;
        };
        if !known.contains(&name) {
            let nearest = longshore_spec::suggest::nearest(&name, known.iter().map(String::as_str));
            let help = match nearest {
                Some(nearest) => format!("write `{{{nearest}}}`"),
                None => "name a parameter of the function".to_owned(),
            };
            problems.push(
                &template,
                format!("`run_name` names `{name}`, which is no parameter"),
                Some(&help),
            );
        }
    }
    Some(text)
}

/// The names between braces; `None` for a brace without its partner. Doubled braces stand for themselves.
fn places(template: &str) -> Vec<Option<String>> {
    let text = template.replace("{{", "").replace("}}", "");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(['{', '}']) {
        let opened = rest[start..].starts_with('{');
        let after = &rest[start + 1..];
        match after.find(['{', '}']) {
            Some(end) if opened && after[end..].starts_with('}') => {
                found.push(Some(after[..end].trim().to_owned()));
                rest = &after[end + 1..];
            }
            _ => {
                found.push(None);
                break;
            }
        }
    }
    found
}

//! `#[task(...)]`: parse and check.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprCall, ExprLit, Lit};

use crate::flow::{delays, read_retries, read_timeout, report_delay_without_retries};
use crate::keyed::assigned;
use crate::list::{Entry, Keys, Value, parse_list};
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_text};
use crate::value::{array, time_span};

/// Keys of `#[task]`.
pub(crate) const KEYS: &[&str] = &["name", "retries", "retry_delay", "timeout", "tags"];

/// Keys of `exponential(...)`.
pub(crate) const EXPONENTIAL_KEYS: &[&str] = &["base", "max", "jitter"];

/// A task whose options are checked.
pub(crate) struct Task {
    pub(crate) name: Option<Ruled>,
    pub(crate) retries: u32,
    /// An expression of type `RetryDelay`.
    pub(crate) retry_delay: TokenStream,
    pub(crate) timeout: Option<TokenStream>,
    pub(crate) tags: Vec<Ruled>,
}

impl Task {
    pub(crate) fn read(arguments: TokenStream, problems: &mut Problems) -> Self {
        let entries = parse_list(arguments, problems);
        let mut keys = Keys::collect("`#[task]`", KEYS, entries, problems);
        let retries = read_retries(&mut keys, problems);
        Self {
            name: keys.take("name").and_then(|keyed| {
                let value = assigned(&keyed, "\"load\"", problems)?;
                ruled_text::<longshore_spec::TaskName>("name", value, &quote!(TaskName), problems)
            }),
            retry_delay: read_retry_delay(&mut keys, retries, problems),
            retries,
            timeout: read_timeout(&mut keys, problems),
            tags: read_tags(&mut keys, problems),
        }
    }
}

pub(crate) fn read_tags(keys: &mut Keys, problems: &mut Problems) -> Vec<Ruled> {
    let Some(keyed) = keys.take("tags") else {
        return Vec::new();
    };
    let Some(elements) = assigned(&keyed, "[\"finance\"]", problems)
        .and_then(|value| array("tags", value, "\"finance\"", problems))
    else {
        return Vec::new();
    };
    elements
        .filter_map(|element| {
            ruled_text::<longshore_spec::Tag>("tags", element, &quote!(Tag), problems)
        })
        .collect()
}

fn read_retry_delay(keys: &mut Keys, retries: u32, problems: &mut Problems) -> TokenStream {
    let fixed = |spans: Vec<TokenStream>| quote!(__longshore::RetryDelay::Fixed(&[#(#spans),*]));
    let Some(keyed) = keys.take("retry_delay") else {
        return fixed(Vec::new());
    };
    let Some(value) = assigned(&keyed, "\"30s\"", problems) else {
        return fixed(Vec::new());
    };
    report_delay_without_retries(&keyed, retries, problems);
    match value {
        Expr::Call(call) => exponential(call, problems).unwrap_or_else(|| fixed(Vec::new())),
        _ => fixed(delays(value, retries, problems)),
    }
}

fn exponential(call: &ExprCall, problems: &mut Problems) -> Option<TokenStream> {
    const EXAMPLE: &str = "write `exponential(\"1s\", max = \"5m\", jitter = 0.2)`";
    if !matches!(&*call.func, Expr::Path(path) if path.path.is_ident("exponential")) {
        problems.push(
            &call.func,
            "`retry_delay` is a duration, a list of them or `exponential(...)`",
            Some(EXAMPLE),
        );
        return None;
    }
    let mut entries = parse_list(quote::ToTokens::to_token_stream(&call.args), problems);
    if let Some(Entry::Positional(base)) = entries.first().cloned() {
        let key = syn::Ident::new("base", syn::spanned::Spanned::span(&base));
        entries[0] = Entry::Keyed(key, Value::Assigned(base));
    }
    let mut keys = Keys::collect("`exponential`", EXPONENTIAL_KEYS, entries, problems);
    let jitter = match keys.take("jitter") {
        Some(keyed) => read_jitter(assigned(&keyed, "0.2", problems)?, problems)?,
        None => 0.0,
    };
    let mut span = |key: &str| match keys.take(key) {
        Some(keyed) => time_span(key, assigned(&keyed, "\"1s\"", problems)?, problems),
        None => {
            problems.push(call, format!("`exponential` lacks `{key}`"), Some(EXAMPLE));
            None
        }
    };
    let (base, max) = (span("base"), span("max"));
    let (base, max) = (base?, max?);
    Some(quote!(__longshore::RetryDelay::Exponential {
        base: #base, max: #max, jitter: #jitter
    }))
}

fn read_jitter(value: &Expr, problems: &mut Problems) -> Option<f64> {
    let number = match value {
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(number) if (0.0..=1.0).contains(&number) => Some(number),
        _ => {
            problems.push(
                value,
                "`jitter` is a number from 0 to 1",
                Some("write `jitter = 0.2` for waits that vary by a fifth"),
            );
            None
        }
    }
}

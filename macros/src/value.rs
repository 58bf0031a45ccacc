//! Reading one value: a string, a number, a constant, a list of strings.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, ExprArray, ExprLit, ExprUnary, Lit, LitStr, Macro, UnOp};

use crate::list::shown;
use crate::problems::Problems;

/// A string that is known now, or a constant that the compiler evaluates later.
pub(crate) enum Text {
    Literal(LitStr),
    Constant(Expr),
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Constant(constant) => constant.to_tokens(tokens),
        }
    }
}

pub(crate) fn string_literal(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        Expr::Group(group) => string_literal(&group.expr),
        _ => None,
    }
}

/// A string literal, or anything else that can be a constant of type `&str`.
pub(crate) fn text(name: &str, value: &Expr, problems: &mut Problems) -> Option<Text> {
    if let Some(literal) = string_literal(value) {
        return Some(Text::Literal(literal.clone()));
    }
    if report_option("a string", name, value, problems) {
        return None;
    }
    match value {
        Expr::Macro(call) => match macro_problem(name, &call.mac) {
            Some((message, help)) => {
                problems.push(value, message, Some(&help));
                None
            }
            None => Some(Text::Constant(value.clone())),
        },
        Expr::Path(_) => Some(Text::Constant(value.clone())),
        _ => {
            problems.push(
                value,
                format!("`{name}` takes a string, not {}", kind(value)),
                Some("write a string literal or the name of a constant"),
            );
            None
        }
    }
}

/// Reports `None` and `Some(...)`: a key that is left out is the `None`.
fn report_option(takes: &str, name: &str, value: &Expr, problems: &mut Problems) -> bool {
    let (found, help) = match value {
        Expr::Path(path) if path.path.is_ident("None") => ("None", format!("remove `{name}`")),
        Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Some")) =>
        {
            let inner = call.args.first().map_or_else(|| "...".to_owned(), shown);
            ("Some", format!("write `{name} = {inner}`"))
        }
        _ => return false,
    };
    problems.push(
        value,
        format!("`{name}` takes {takes}, not `{found}`"),
        Some(&help),
    );
    true
}

/// Why the result of a macro call cannot be a constant string of this build.
fn macro_problem(name: &str, call: &Macro) -> Option<(String, String)> {
    let macro_name = call.path.segments.last()?.ident.to_string();
    match macro_name.as_str() {
        "format" => Some((
            format!("`{name}` takes a constant string; `format!` creates a `String` at run time"),
            "write a string literal, a constant, or `concat!(...)` of literals".to_owned(),
        )),
        "env" => {
            let variable = call.parse_body::<LitStr>().ok()?.value();
            // rust-analyzer's server may not have cargo's variables; the compiler has them.
            if crate::completion::is_wanted() || std::env::var_os(&variable).is_some() {
                return None;
            }
            Some((
                format!(
                    "`{name}` reads the environment variable `{variable}`, which this build does not set"
                ),
                format!(
                    "set `{variable}` when you run cargo, or write a string literal or a constant"
                ),
            ))
        }
        _ => None,
    }
}

/// A string literal and nothing else.
pub(crate) fn literal(name: &str, value: &Expr, problems: &mut Problems) -> Option<LitStr> {
    if let Some(literal) = string_literal(value) {
        return Some(literal.clone());
    }
    if report_option("a string literal", name, value, problems) {
        return None;
    }
    let (message, help) = match value {
        Expr::Path(_) | Expr::Macro(_) => (
            format!("`{name}` takes a string literal, not a constant"),
            "it is checked before constants have values: write the text here",
        ),
        _ => (
            format!("`{name}` takes a string literal, not {}", kind(value)),
            "write a string literal",
        ),
    };
    problems.push(value, message, Some(help));
    None
}

/// A duration such as `"1h30m"`, as an expression of type `TimeSpan`.
pub(crate) fn time_span(name: &str, value: &Expr, problems: &mut Problems) -> Option<TokenStream> {
    let literal = duration_literal(name, value, problems)?;
    match literal.value().parse::<longshore_spec::TimeSpan>() {
        Ok(span) => {
            let milliseconds = milliseconds(span);
            Some(quote!(__longshore::TimeSpan::from_millis(#milliseconds)))
        }
        Err(error) => {
            problems.push_rule(&literal, &error);
            None
        }
    }
}

/// A string literal for a duration; a number gets the unit that it lacks.
pub(crate) fn duration_literal(
    name: &str,
    value: &Expr,
    problems: &mut Problems,
) -> Option<LitStr> {
    let help = match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => format!("write `\"{}s\"`", number.base10_digits()),
        Expr::Lit(ExprLit {
            lit: Lit::Float(_), ..
        })
        | Expr::Call(_) => "write a duration with a unit, such as `\"1m30s\"`".to_owned(),
        _ => return literal(name, value, problems),
    };
    if !report_option("a duration", name, value, problems) {
        problems.push(
            value,
            format!("`{name}` takes a duration, not {}", kind(value)),
            Some(&help),
        );
    }
    None
}

/// The milliseconds of a duration, which fit for millions of years.
pub(crate) fn milliseconds(span: longshore_spec::TimeSpan) -> u64 {
    u64::try_from(span.as_duration().as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn whole_number(name: &str, value: &Expr, problems: &mut Problems) -> Option<u32> {
    if let Expr::Lit(ExprLit {
        lit: Lit::Int(number),
        ..
    }) = value
    {
        return match number.base10_parse::<u32>() {
            Ok(number) => Some(number),
            Err(_) => {
                problems.push(
                    value,
                    format!("`{name}` takes an integer up to {}", u32::MAX),
                    None,
                );
                None
            }
        };
    }
    if report_option("an integer", name, value, problems) {
        return None;
    }
    let shown = shown(value);
    let quoted = string_literal(value).map(LitStr::value);
    let quoted = quoted.filter(|text| text.parse::<u32>().is_ok());
    let (message, example) = match value {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), ..
        }) => (format!("`{name}` cannot be negative"), "3"),
        Expr::Lit(ExprLit {
            lit: Lit::Float(_), ..
        }) => (
            format!("`{name}` takes an integer, not `{shown}`"),
            shown.split('.').next().unwrap_or("3"),
        ),
        _ => (
            format!("`{name}` takes an integer, not {}", kind(value)),
            quoted.as_deref().unwrap_or("3"),
        ),
    };
    problems.push(value, message, Some(&format!("write `{name} = {example}`")));
    None
}

pub(crate) fn boolean(name: &str, value: &Expr, problems: &mut Problems) -> Option<bool> {
    if let Expr::Lit(ExprLit {
        lit: Lit::Bool(truth),
        ..
    }) = value
    {
        return Some(truth.value);
    }
    if report_option("`true` or `false`", name, value, problems) {
        return None;
    }
    let meant = match shown(value).trim_matches('"').to_lowercase().as_str() {
        "yes" | "on" | "true" | "1" => format!("write `{name} = true`"),
        "no" | "off" | "false" | "0" => format!("write `{name} = false`"),
        _ => format!("write `{name} = true` or `{name} = false`"),
    };
    problems.push(
        value,
        format!("`{name}` takes `true` or `false`, not {}", kind(value)),
        Some(&meant),
    );
    None
}

/// The elements of `[a, b]`.
pub(crate) fn array<'a>(
    name: &str,
    value: &'a Expr,
    example: &str,
    problems: &mut Problems,
) -> Option<impl ExactSizeIterator<Item = &'a Expr> + use<'a>> {
    if let Expr::Array(ExprArray { elems, .. }) = value {
        return Some(elems.iter());
    }
    if report_option("a list", name, value, problems) {
        return None;
    }
    problems.push(
        value,
        format!("`{name}` takes a list, not {}", kind(value)),
        Some(&format!("write `{name} = [{example}]`")),
    );
    None
}

pub(crate) fn kind(value: &Expr) -> &'static str {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(_) => "a string",
            Lit::Int(_) | Lit::Float(_) => "a number",
            Lit::Bool(_) => "a boolean",
            Lit::Char(_) => "a character",
            _ => "this literal",
        },
        Expr::Array(_) => "a list",
        Expr::Path(_) => "a constant",
        Expr::Call(_) | Expr::MethodCall(_) => "a call",
        _ => "this expression",
    }
}

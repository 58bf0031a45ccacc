//! Literals that are not of their parameter's type, for the types that are known by name.
//!
//! rustc reports these, too, but neither the parameter nor, for many of them, the literal to write.

#[cfg(test)]
mod tests;

use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, Type, UnOp};

use crate::list::shown;
use crate::literal::{bounds, name as name_of};
use crate::parameters::plain_name;
use crate::problems::Problems;

/// Reports a literal or `None` that cannot be a value of the parameter; returns whether it did.
pub(crate) fn report(
    parameter: &Ident,
    r#type: &Type,
    value: &Expr,
    problems: &mut Problems,
) -> bool {
    let name = plain_name(parameter);
    let Some(found) = found(value) else {
        return false;
    };
    let Some(mismatch) = mismatch(&name, r#type, &found) else {
        return false;
    };
    let message = format!(
        "the parameter `{name}` is {}{}",
        mismatch.r#type, mismatch.contrast
    );
    problems.push(value, message, Some(&mismatch.help));
    true
}

/// A value that shows its type.
enum Found<'a> {
    Text(String),
    Truth(bool),
    Integer {
        is_negative: bool,
        literal: &'a LitInt,
    },
    Float(String),
    Strings(Vec<String>),
    None,
}

struct Mismatch {
    /// The type, with its article.
    r#type: String,
    contrast: String,
    help: String,
}

fn found(value: &Expr) -> Option<Found<'_>> {
    let (is_negative, literal) = match value {
        Expr::Group(group) => return found(&group.expr),
        Expr::Path(path) if path.path.is_ident("None") => return Some(Found::None),
        Expr::Array(array) => {
            let texts = array.elems.iter().map(|element| match found(element) {
                Some(Found::Text(_)) => Some(shown(element)),
                _ => None,
            });
            return texts.collect::<Option<Vec<_>>>().map(Found::Strings);
        }
        Expr::Lit(ExprLit { lit, .. }) => (false, lit),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit { lit, .. }) => (true, lit),
            _ => return None,
        },
        _ => return None,
    };
    Some(match literal {
        Lit::Str(text) => Found::Text(text.value()),
        Lit::Bool(truth) => Found::Truth(truth.value),
        Lit::Int(literal) => Found::Integer {
            is_negative,
            literal,
        },
        Lit::Float(_) => Found::Float(shown(value)),
        _ => return None,
    })
}

fn mismatch(parameter: &str, r#type: &Type, found: &Found<'_>) -> Option<Mismatch> {
    if let Found::Strings(texts) = found {
        return of_vector(parameter, r#type, texts);
    }
    let name = name_of(r#type)?;
    let write = |literal: &str| format!("write `{parameter} = {literal}`");
    let help = match name.as_str() {
        "String" => match found {
            Found::Text(_) => return None,
            Found::Integer {
                is_negative,
                literal,
            } => {
                let sign = if *is_negative { "-" } else { "" };
                write(&format!("\"{sign}{}\"", literal.base10_digits()))
            }
            Found::Float(number) => write(&format!("\"{number}\"")),
            Found::Truth(truth) => write(&format!("\"{truth}\"")),
            Found::None | Found::Strings(_) => optional_help(&name),
        },
        "bool" => match found {
            Found::Truth(_) => return None,
            Found::Text(text) if ["true", "false"].contains(&text.as_str()) => write(text),
            Found::None => optional_help(&name),
            _ => format!("write `{parameter} = true` or `{parameter} = false`"),
        },
        "f64" => match found {
            Found::Float(_) => return None,
            Found::Integer {
                is_negative,
                literal,
            } => {
                let sign = if *is_negative { "-" } else { "" };
                write(&format!("{sign}{}.0", literal.base10_digits()))
            }
            Found::Text(text) if is_float(text) => write(text),
            Found::None => optional_help(&name),
            _ => write("0.5"),
        },
        _ => return of_integer(parameter, &name, found),
    };
    Some(Mismatch {
        r#type: with_article(&name),
        contrast: contrast(found),
        help,
    })
}

/// Whether a text is a literal of `f64`, which Rust writes with a point.
fn is_float(text: &str) -> bool {
    text.contains('.') && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn of_integer(parameter: &str, name: &str, found: &Found<'_>) -> Option<Mismatch> {
    let (least, greatest) = bounds(name)?;
    let fits = |number: i128| (least..=greatest).contains(&number);
    let write = |literal: &str| format!("write `{parameter} = {literal}`");
    let example = || "write an integer".to_owned();
    let help = match found {
        Found::Integer {
            is_negative,
            literal,
        } => {
            let magnitude = literal.base10_parse::<i128>().ok()?;
            let number = if *is_negative { -magnitude } else { magnitude };
            if !fits(number) {
                return Some(out_of_range(name, number));
            }
            if is_integer_of(name, literal) && !(least == 0 && *is_negative) {
                return None;
            }
            write(&number.to_string())
        }
        Found::Text(text) => match text.trim().parse::<i128>() {
            Ok(number) if fits(number) => write(&number.to_string()),
            _ => example(),
        },
        Found::Float(number) => match number.strip_suffix(".0").map(str::parse::<i128>) {
            Some(Ok(number)) if fits(number) => write(&number.to_string()),
            _ => example(),
        },
        Found::None => optional_help(name),
        Found::Truth(_) | Found::Strings(_) => example(),
    };
    Some(Mismatch {
        r#type: with_article(name),
        contrast: contrast(found),
        help,
    })
}

/// Whether the suffix of a literal, if it has one, is that of the type.
fn is_integer_of(name: &str, literal: &LitInt) -> bool {
    ["", name].contains(&literal.suffix())
}

fn out_of_range(name: &str, number: i128) -> Mismatch {
    let (least, greatest) = bounds(name).unwrap_or_default();
    let signed = ["i8", "i16", "i32", "i64"];
    let unsigned = ["u8", "u16", "u32", "u64"];
    let is_signed = least < 0 || number < 0;
    let wider = if is_signed { signed } else { unsigned };
    // At least as wide as it is now, so that the other deployments' values still fit in all likelihood.
    let wider = wider.iter().find(|wider| {
        bounds(wider)
            .is_some_and(|(low, high)| high >= greatest / 2 && (low..=high).contains(&number))
    });
    let range = format!("write a number from {least} to {greatest}");
    Mismatch {
        r#type: with_article(name),
        contrast: format!(", and `{number}` is out of its range"),
        help: match wider {
            Some(wider) => format!("{range}, or declare the parameter as `{wider}`"),
            None => range,
        },
    }
}

/// An array of strings for a `Vec<String>`.
fn of_vector(parameter: &str, r#type: &Type, texts: &[String]) -> Option<Mismatch> {
    let written = quote::ToTokens::to_token_stream(r#type)
        .to_string()
        .replace(' ', "");
    if written != "Vec<String>" {
        return None;
    }
    let texts: Vec<String> = texts.iter().map(|text| format!("{text}.into()")).collect();
    Some(Mismatch {
        r#type: with_article(&written),
        contrast: ", not an array of `&str`".to_owned(),
        help: format!("write `{parameter} = vec![{}]`", texts.join(", ")),
    })
}

fn optional_help(name: &str) -> String {
    format!("write a value, or declare the parameter as `Option<{name}>`")
}

fn contrast(found: &Found<'_>) -> String {
    let found = match found {
        Found::Text(_) => "a string",
        Found::Truth(_) => "a boolean",
        Found::Integer { literal, .. } if !literal.suffix().is_empty() => {
            return format!(", not {}", with_article(literal.suffix()));
        }
        Found::Integer { .. } => "an integer",
        Found::Float(_) => "a floating-point number",
        Found::Strings(_) => "an array of strings",
        Found::None => "an `Option`",
    };
    format!(", not {found}")
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with('i') { "an" } else { "a" };
    format!("{article} `{name}`")
}

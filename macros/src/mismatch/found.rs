//! Values that show their type: literals, `None`, arrays of strings.

use syn::{Expr, Lit, LitInt};

use crate::list::shown;
use crate::literal::signed_literal;

/// A value that shows its type.
pub(super) enum Found<'a> {
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

pub(super) fn found(value: &Expr) -> Option<Found<'_>> {
    let (is_negative, literal) = match value {
        Expr::Group(group) => return found(&group.expr),
        Expr::Path(_) if is_word(value, "None") => return Some(Found::None),
        Expr::Array(array) => {
            let texts = array.elems.iter().map(|element| match found(element) {
                Some(Found::Text(_)) => Some(shown(element)),
                _ => None,
            });
            return texts.collect::<Option<Vec<_>>>().map(Found::Strings);
        }
        _ => signed_literal(value)?,
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

/// Returns whether a text is a literal of `f64`, which Rust writes with a point.
pub(super) fn is_float(text: &str) -> bool {
    text.contains('.') && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Returns whether the suffix of a literal, if it has one, is that of the type.
pub(super) fn is_integer_of(name: &str, literal: &LitInt) -> bool {
    ["", name].contains(&literal.suffix())
}

pub(super) fn contrast(found: &Found<'_>) -> String {
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

pub(super) fn with_article(name: &str) -> String {
    let article = if name.starts_with(['i', 'O']) {
        "an"
    } else {
        "a"
    };
    format!("{article} `{name}`")
}

pub(super) fn is_word(value: &Expr, word: &str) -> bool {
    matches!(value, Expr::Path(path) if path.path.is_ident(word))
}

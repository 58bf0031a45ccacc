//! Values that are data: a literal of the type that the parameter is written with needs no code that makes it.
//!
//! Only what fits is taken. Anything else goes to the compiler as it stands, which says what is wrong with it. A type is
//! known by its name in the prelude, so one of the user's own by such a name is taken for it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitInt, Type, UnOp};

use crate::signature::innermost;

/// An expression of type `Literal`.
pub(crate) fn literal_of(r#type: &Type, value: &Expr) -> Option<TokenStream> {
    let name = name(r#type)?;
    let (is_negative, literal) = signed_literal(value)?;
    let literal = match literal {
        Lit::Str(text) if name == "String" => quote!(Text(#text)),
        Lit::Bool(truth) if name == "bool" => quote!(Truth(#truth)),
        Lit::Int(number) => whole_number(&name, is_negative, number)?,
        Lit::Float(number) if name == "f64" && ["", "f64"].contains(&number.suffix()) => {
            let magnitude = number.base10_parse::<f64>().ok()?;
            let number = if is_negative { -magnitude } else { magnitude };
            number.is_finite().then(|| quote!(Float(#number)))?
        }
        _ => return None,
    };
    Some(quote!(__longshore::Literal::#literal))
}

/// The literal that an expression consists of, and whether a minus is before it.
pub(crate) fn signed_literal(value: &Expr) -> Option<(bool, &Lit)> {
    match value {
        Expr::Group(group) => signed_literal(&group.expr),
        Expr::Lit(ExprLit { lit, .. }) => Some((false, lit)),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit { lit, .. }) => Some((true, lit)),
            _ => None,
        },
        _ => None,
    }
}

fn whole_number(r#type: &str, is_negative: bool, number: &LitInt) -> Option<TokenStream> {
    if !["", r#type].contains(&number.suffix()) {
        return None;
    }
    let magnitude = number.base10_parse::<i128>().ok()?;
    let number = if is_negative { -magnitude } else { magnitude };
    let (least, most) = bounds(r#type)?;
    if !(least..=most).contains(&number) || (least == 0 && is_negative) {
        return None;
    }
    match (u64::try_from(number), i64::try_from(number)) {
        (Ok(number), _) => Some(quote!(Natural(#number))),
        (Err(_), Ok(number)) => Some(quote!(Negative(#number))),
        (Err(_), Err(_)) => None,
    }
}

/// The least and the greatest value of an integer type.
pub(crate) fn bounds(r#type: &str) -> Option<(i128, i128)> {
    Some(match r#type {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" => (0, u64::MAX.into()),
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

/// Whether the type's name alone says that it is no `Option`.
pub(crate) fn is_required(r#type: &Type) -> bool {
    name(r#type).is_some_and(|name| {
        ["String", "bool", "f64"].contains(&name.as_str()) || bounds(&name).is_some()
    })
}

/// Whether the type's name alone says that it is a parameter's: one of those above, also in `Option` and `Vec`.
pub(crate) fn is_parameter(r#type: &Type) -> bool {
    is_required(innermost(r#type))
}

/// The name of a type that is written as one word.
pub(crate) fn name(r#type: &Type) -> Option<String> {
    match r#type {
        Type::Group(group) => name(&group.elem),
        Type::Path(path) if path.qself.is_none() => Some(path.path.get_ident()?.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(r#type: &str, value: &str) -> Option<String> {
        let r#type = syn::parse_str(r#type).expect("a type");
        let value = syn::parse_str(value).expect("an expression");
        let found = literal_of(&r#type, &value)?.to_string().replace(' ', "");
        let (_, variant) = found.rsplit_once("::").expect("a path");
        Some(variant.to_owned())
    }

    #[test]
    fn literals_of_their_parameters_type_are_data() {
        for (r#type, value, data) in [
            ("String", "\"eu\"", "Text(\"eu\")"),
            ("bool", "true", "Truth(true)"),
            ("u32", "7", "Natural(7u64)"),
            ("u32", "7u32", "Natural(7u64)"),
            (
                "u64",
                "0xffff_ffff_ffff_ffff",
                "Natural(18446744073709551615u64)",
            ),
            ("i8", "127", "Natural(127u64)"),
            ("i8", "-128", "Negative(-128i64)"),
            (
                "i64",
                "-9223372036854775808",
                "Negative(-9223372036854775808i64)",
            ),
            ("f64", "0.5", "Float(0.5f64)"),
            ("f64", "-1e3", "Float(-1000f64)"),
        ] {
            assert_eq!(
                literal(r#type, value).as_deref(),
                Some(data),
                "{type}: {value}"
            );
        }
    }

    #[test]
    fn what_may_be_wrong_is_left_to_the_compiler() {
        for (r#type, value) in [
            ("u8", "256"),
            ("u8", "-1"),
            ("u8", "-0"),
            ("i8", "128"),
            ("u32", "7u64"),
            ("u32", "\"7\""),
            ("u32", "7.0"),
            ("f64", "7"),
            ("f64", "1e999"),
            ("f32", "0.1"),
            ("String", "7"),
            ("String", "REGION"),
            ("Option<u32>", "7"),
            ("Days", "7"),
            ("days::u32", "7"),
            ("u128", "7"),
        ] {
            assert_eq!(literal(r#type, value), None, "{type}: {value}");
        }
    }
}

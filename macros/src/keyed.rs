//! Values behind a key: an expression after `=`, or a list in parentheses.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Lit, LitStr, Token};

use crate::list::{Keyed, Value, shown};
use crate::problems::Problems;

/// The expression behind `key =`, or a report of what stands there instead.
pub(crate) fn assigned<'a>(
    keyed: &'a Keyed,
    example: &str,
    problems: &mut Problems,
) -> Option<&'a Expr> {
    let key = &keyed.key;
    match &keyed.value {
        Value::Assigned(value) => Some(value),
        Value::Reported => None,
        Value::List(_) | Value::Braces(_) | Value::Missing => {
            let given = given_in_parentheses(&keyed.value, example.starts_with('['));
            let example = given.as_deref().unwrap_or(example);
            problems.push(
                key,
                format!("`{key}` takes a value"),
                Some(&format!("write `{key} = {example}`")),
            );
            None
        }
    }
}

/// The literals of `key("a", "b")` as they are written after `=`, in brackets for a list.
fn given_in_parentheses(value: &Value, is_list: bool) -> Option<String> {
    let Value::List(tokens) = value else {
        return None;
    };
    let parser = Punctuated::<Lit, Token![,]>::parse_terminated;
    let literals = parser.parse2(tokens.clone()).ok()?;
    let shown: Vec<String> = literals
        .iter()
        .map(|literal| literal.to_token_stream().to_string())
        .collect();
    match (is_list, shown.as_slice()) {
        (true, [_, ..]) => Some(format!("[{}]", shown.join(", "))),
        (false, [one]) => Some(one.clone()),
        _ => None,
    }
}

/// The entries of `key = { a = 1 }` or `key = { "a": 1 }` as they are written in parentheses.
pub(crate) fn given_in_braces(value: &Value) -> Option<String> {
    let tokens = match value {
        Value::Braces(braces) => braces.stream(),
        Value::Assigned(Expr::Block(block)) => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        Value::Assigned(_) | Value::List(_) | Value::Missing | Value::Reported => return None,
    };
    let parser = |input: ParseStream<'_>| {
        let mut entries = Vec::new();
        while !input.is_empty() {
            let name = if input.peek(LitStr) {
                input.parse::<LitStr>()?.parse_with(Ident::parse_any)?
            } else {
                input.call(Ident::parse_any)?
            };
            if input.parse::<Option<Token![:]>>()?.is_none() {
                input.parse::<Token![=]>()?;
            }
            entries.push(format!("{name} = {}", shown(&input.parse::<Expr>()?)));
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(entries.join(", "))
    };
    parser
        .parse2(tokens)
        .ok()
        .filter(|entries| !entries.is_empty())
}

/// The tokens inside `key(...)`, or a report of what stands there instead.
pub(crate) fn list<'a>(
    keyed: &'a Keyed,
    example: &str,
    problems: &mut Problems,
) -> Option<&'a TokenStream> {
    let key = &keyed.key;
    match &keyed.value {
        Value::List(tokens) => Some(tokens),
        Value::Reported => None,
        Value::Assigned(_) | Value::Braces(_) | Value::Missing => {
            let given = given_in_braces(&keyed.value);
            let example = given.as_deref().unwrap_or(example);
            problems.push(
                keyed,
                format!("`{key}` takes a list in parentheses"),
                Some(&format!("write `{key}({example})`")),
            );
            None
        }
    }
}

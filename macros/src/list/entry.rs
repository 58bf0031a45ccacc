//! The entries of a list, also those that are written as in other languages.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitStr, Token, token};

use crate::keyed::given_in_braces;
use crate::problems::Problems;

/// A value behind a key.
#[derive(Clone)]
pub(crate) enum Value {
    /// `key = expression`
    Assigned(Expr),
    /// `key(tokens)`
    List(TokenStream),
    /// `key = { tokens }`, where the tokens are not a Rust block
    Braces(Group),
    /// `key` alone
    Missing,
    /// A value whose mistake is reported
    Reported,
}

/// One item of a list.
#[derive(Clone)]
pub(crate) enum Entry {
    Keyed(Ident, Value),
    Positional(Expr),
}

/// Splits a list into its entries; what is no entry is reported and skipped up to the next comma.
pub(crate) fn parse_list(tokens: TokenStream, problems: &mut Problems) -> Vec<Entry> {
    let mut entries = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match parse_entry(input, problems) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    problems.push_error(error);
                    skip_to_comma(input)?;
                }
            }
            if input.is_empty() {
                break;
            }
            if !input.peek(Token![,]) {
                problems.push_error(input.error("expected `,` between two keys"));
                skip_to_comma(input)?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        problems.push_error(error);
    }
    entries
}

fn parse_entry(input: ParseStream<'_>, problems: &mut Problems) -> syn::Result<Entry> {
    if let Some(entry) = parse_quoted(input, problems)? {
        return Ok(entry);
    }
    if input.peek(Ident::peek_any) {
        if let Some(entry) = parse_without_equals(input, problems)? {
            return Ok(entry);
        }
        if input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let key = input.call(Ident::parse_any)?;
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new_spanned(
                    quote!(#key #equals),
                    format!("`{key}` has no value after the `=`"),
                ));
            }
            return Ok(Entry::Keyed(key, parse_assigned(input, problems)?));
        }
        if input.peek2(token::Paren) {
            let key = input.call(Ident::parse_any)?;
            let content;
            syn::parenthesized!(content in input);
            return Ok(Entry::Keyed(key, Value::List(content.parse()?)));
        }
        let ahead = input.fork();
        let key = ahead.call(Ident::parse_any)?;
        if ahead.is_empty() || ahead.peek(Token![,]) {
            input.call(Ident::parse_any)?;
            return Ok(Entry::Keyed(key, Value::Missing));
        }
    }
    Ok(Entry::Positional(input.parse()?))
}

/// Reads `"key" = value` as `key = value`, so that the quotes are the only mistake.
fn parse_quoted(input: ParseStream<'_>, problems: &mut Problems) -> syn::Result<Option<Entry>> {
    if !input.peek(LitStr) || !input.peek2(Token![=]) || input.peek2(Token![==]) {
        return Ok(None);
    }
    let ahead = input.fork();
    let quoted: LitStr = ahead.parse()?;
    let Ok(key) = quoted.parse_with(Ident::parse_any) else {
        return Ok(None);
    };
    input.advance_to(&ahead);
    input.parse::<Token![=]>()?;
    let value = parse_assigned(input, problems)?;
    problems.push(
        &quoted,
        format!("the name `{key}` is written without quotes"),
        Some(&format!("write `{}`", assignment(&key, &value))),
    );
    Ok(Some(Entry::Keyed(key, value)))
}

/// Reads `key: value`, `key => value`, `key == value` and `key "value"` as `key = value`, so that the missing `=` is the
/// only mistake.
fn parse_without_equals(
    input: ParseStream<'_>,
    problems: &mut Problems,
) -> syn::Result<Option<Entry>> {
    let found = if input.peek2(Token![:]) && !input.peek2(Token![::]) {
        "`:`"
    } else if input.peek2(Token![=>]) {
        "`=>`"
    } else if input.peek2(Token![==]) {
        "`==`"
    } else if input.peek2(Lit) {
        "a value"
    } else {
        return Ok(None);
    };
    let key = input.call(Ident::parse_any)?;
    let separator = match found {
        "`:`" => input.parse::<Token![:]>()?.to_token_stream(),
        "`=>`" => input.parse::<Token![=>]>()?.to_token_stream(),
        "`==`" => input.parse::<Token![==]>()?.to_token_stream(),
        _ => TokenStream::new(),
    };
    let value = parse_assigned(input, problems)?;
    problems.push(
        quote!(#key #separator),
        format!("`{key}` is followed by {found}, not by `=`"),
        Some(&format!("write `{}`", assignment(&key, &value))),
    );
    // Braces would be a second mistake of the same entry.
    let value = match value {
        Value::Braces(_) => Value::Reported,
        other => other,
    };
    Ok(Some(Entry::Keyed(key, value)))
}

/// The entry as it is to be written.
fn assignment(key: &Ident, value: &Value) -> String {
    if let Some(entries) = given_in_braces(value) {
        return format!("{key}({entries})");
    }
    match value {
        Value::Assigned(value) => format!("{key} = {}", shown(value)),
        _ => format!("{key} = ..."),
    }
}

/// Reads the value after `=`; what is no Rust expression, but nearly one, is kept or reported as a whole.
fn parse_assigned(input: ParseStream<'_>, problems: &mut Problems) -> syn::Result<Value> {
    if input.fork().parse::<Expr>().is_ok() {
        return Ok(Value::Assigned(input.parse()?));
    }
    if input.peek(token::Brace) {
        return Ok(Value::Braces(input.parse()?));
    }
    if input.peek(Ident) && input.peek2(token::Paren) {
        // A call such as `cron("0 6 * * *", tz: "UTC")`, whose list tells the mistake.
        let ahead = input.fork();
        ahead.parse::<Ident>()?;
        let arguments: Group = ahead.parse()?;
        let mut own = Problems::default();
        parse_list(arguments.stream(), &mut own);
        if !own.is_empty() {
            problems.append(own);
            input.advance_to(&ahead);
            return Ok(Value::Reported);
        }
    }
    Ok(Value::Assigned(input.parse()?))
}

/// The source of a value that is short enough for a message, else `...`.
pub(crate) fn shown(value: &Expr) -> String {
    match value {
        Expr::Lit(_) | Expr::Path(_) => value.to_token_stream().to_string().replace(" :: ", "::"),
        Expr::Unary(_) => value.to_token_stream().to_string().replace(' ', ""),
        Expr::Group(group) => shown(&group.expr),
        _ => "...".to_owned(),
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

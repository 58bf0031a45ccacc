//! Reading `key = value, key(...), value` lists: the whole list first, so that one mistake hides no other.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Token, token};

use crate::foreign_key;
use crate::problems::Problems;

/// What stands behind a key.
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
    if input.peek(Ident::peek_any) {
        if input.peek2(Token![:]) && !input.peek2(Token![::]) {
            return parse_colon(input, problems);
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
            return Ok(Entry::Keyed(key, parse_assigned(input)?));
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

/// Reads `key: value` as `key = value`, so that the colon is the only mistake.
fn parse_colon(input: ParseStream<'_>, problems: &mut Problems) -> syn::Result<Entry> {
    let key = input.call(Ident::parse_any)?;
    let colon: Token![:] = input.parse()?;
    let value = parse_assigned(input)?;
    let shown = match &value {
        Value::Assigned(value) => shown(value),
        Value::List(_) | Value::Braces(_) | Value::Missing => "...".to_owned(),
    };
    problems.push(
        quote!(#key #colon),
        format!("`{key}` is followed by `:`, not by `=`"),
        Some(&format!("write `{key} = {shown}`")),
    );
    Ok(Entry::Keyed(key, value))
}

/// Reads the value after `=`; braces as in JSON are kept for the message of the key.
fn parse_assigned(input: ParseStream<'_>) -> syn::Result<Value> {
    if input.peek(token::Brace) && input.fork().parse::<Expr>().is_err() {
        return Ok(Value::Braces(input.parse()?));
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

/// The entries of a list by key: every key known, none twice.
pub(crate) struct Keys {
    entries: Vec<(Ident, Value)>,
}

impl Keys {
    /// Keeps the keyed entries, reporting unknown and repeated keys and values without a key.
    pub(crate) fn collect(
        owner: &str,
        known: &[&str],
        entries: Vec<Entry>,
        problems: &mut Problems,
    ) -> Self {
        let mut kept: Vec<(Ident, Value)> = Vec::new();
        for entry in entries {
            match entry {
                Entry::Positional(value) => problems.push(
                    &value,
                    format!("a value without a key in {owner}"),
                    Some(&format!(
                        "write `key = value`; the keys are {}",
                        words(known)
                    )),
                ),
                Entry::Keyed(key, value) if !known.contains(&key.to_string().as_str()) => {
                    report_unknown_key(owner, known, &key, &value, problems);
                }
                Entry::Keyed(key, _) if kept.iter().any(|(other, _)| *other == key) => {
                    problems.push(
                        &key,
                        format!("`{key}` is given twice in {owner}"),
                        Some("keep one of the two"),
                    );
                }
                Entry::Keyed(key, value) => kept.push((key, value)),
            }
        }
        Self { entries: kept }
    }

    /// Takes a key's value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Keyed> {
        let index = self.entries.iter().position(|(name, _)| name == key)?;
        let (key, value) = self.entries.remove(index);
        Some(Keyed { key, value })
    }
}

/// A key and what stands behind it.
pub(crate) struct Keyed {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

impl Keyed {
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }
}

impl ToTokens for Keyed {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.value {
            Value::Assigned(value) => value.to_tokens(tokens),
            Value::List(list) if !list.is_empty() => list.to_tokens(tokens),
            Value::Braces(braces) => braces.to_tokens(tokens),
            Value::List(_) | Value::Missing => self.key.to_tokens(tokens),
        }
    }
}

fn report_unknown_key(
    owner: &str,
    known: &[&str],
    key: &Ident,
    value: &Value,
    problems: &mut Problems,
) {
    let name = key.to_string();
    let help = foreign_key::help(owner, &name, value).unwrap_or_else(|| {
        match longshore_spec::suggest::nearest(&name, known.iter().copied()) {
            Some(nearest) => format!("write `{nearest}`"),
            None => format!("the keys are {}", words(known)),
        }
    });
    problems.push(key, format!("unknown key `{key}` in {owner}"), Some(&help));
}

/// "`a`, `b` and `c`"
pub(crate) fn words(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

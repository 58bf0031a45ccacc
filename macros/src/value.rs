//! Reading one value: a string, a number, a constant, a list of strings.

use std::str::FromStr;

use longshore_spec::Explain;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprArray, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use crate::list::{Keyed, Value};
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

/// The expression behind `key =`, or a report of what stands there instead.
pub(crate) fn assigned<'a>(
    keyed: &'a Keyed,
    example: &str,
    problems: &mut Problems,
) -> Option<&'a Expr> {
    let key = &keyed.key;
    match &keyed.value {
        Value::Assigned(value) => Some(value),
        Value::List(_) | Value::Missing => {
            problems.push(
                key,
                format!("`{key}` takes a value"),
                Some(&format!("write `{key} = {example}`")),
            );
            None
        }
    }
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
        Value::Assigned(_) | Value::Missing => {
            problems.push(
                keyed,
                format!("`{key}` takes a list in parentheses"),
                Some(&format!("write `{key}({example})`")),
            );
            None
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
    match value {
        Expr::Path(_) | Expr::Macro(_) => Some(Text::Constant(value.clone())),
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

/// A string literal and nothing else.
pub(crate) fn literal(name: &str, value: &Expr, problems: &mut Problems) -> Option<LitStr> {
    if let Some(literal) = string_literal(value) {
        return Some(literal.clone());
    }
    let message = match value {
        Expr::Path(_) | Expr::Macro(_) => {
            format!("`{name}` takes a string literal, not a constant")
        }
        _ => format!("`{name}` takes a string literal, not {}", kind(value)),
    };
    problems.push(
        value,
        message,
        Some("it is checked before constants have values: write the text here"),
    );
    None
}

/// A string under a rule that is checked now for a literal and in a constant otherwise.
pub(crate) fn ruled_text<R>(
    name: &str,
    value: &Expr,
    rule: &TokenStream,
    problems: &mut Problems,
) -> Option<Ruled>
where
    R: FromStr,
    R::Err: Explain,
{
    let text = text(name, value, problems)?;
    if let Text::Literal(literal) = &text
        && let Err(error) = literal.value().parse::<R>()
    {
        problems.push_rule(literal, &error);
        return None;
    }
    let tokens = match &text {
        Text::Literal(literal) => quote_spanned! {value.span()=>
            __longshore::#rule::checked_by_macro(#literal)
        },
        // The whole call has the value's span, so that a constant that breaks the rule is reported there.
        Text::Constant(constant) => quote_spanned! {value.span()=>
            ::longshore::__private::spec::#rule::from_static(#constant)
        },
    };
    let (literal, constant) = match text {
        Text::Literal(literal) => (Some(literal), None),
        Text::Constant(constant) => (None, Some(constant)),
    };
    Some(Ruled {
        tokens,
        rule: rule.clone(),
        literal,
        constant,
    })
}

/// A string under a rule that only a literal can be held against.
pub(crate) fn ruled_literal<R>(
    name: &str,
    value: &Expr,
    rule: &TokenStream,
    problems: &mut Problems,
) -> Option<Ruled>
where
    R: FromStr,
    R::Err: Explain,
{
    let literal = literal(name, value, problems)?;
    if let Err(error) = literal.value().parse::<R>() {
        problems.push_rule(&literal, &error);
        return None;
    }
    Some(Ruled {
        tokens: quote!(__longshore::#rule::checked_by_macro(#literal)),
        rule: rule.clone(),
        literal: Some(literal),
        constant: None,
    })
}

/// A value that keeps its rule, as an expression of the rule's type.
#[derive(Clone)]
pub(crate) struct Ruled {
    pub(crate) tokens: TokenStream,
    pub(crate) rule: TokenStream,
    /// The text, if it is known now.
    pub(crate) literal: Option<LitStr>,
    /// What stands in its place otherwise.
    pub(crate) constant: Option<Expr>,
}

impl Ruled {
    /// The text as an expression of type `&'static str`.
    pub(crate) fn text(&self) -> TokenStream {
        match &self.literal {
            Some(literal) => literal.to_token_stream(),
            None => self.constant.to_token_stream(),
        }
    }

    /// The text, or the constant as it is written.
    pub(crate) fn shown(&self) -> String {
        match &self.literal {
            Some(literal) => literal.value(),
            None => self
                .constant
                .to_token_stream()
                .to_string()
                .replace(" :: ", "::"),
        }
    }
}

impl ToTokens for Ruled {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

/// A duration such as `"1h30m"`, as an expression of type `TimeSpan`.
pub(crate) fn time_span(name: &str, value: &Expr, problems: &mut Problems) -> Option<TokenStream> {
    let literal = literal(name, value, problems)?;
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
                    format!("`{name}` takes a whole number up to {}", u32::MAX),
                    None,
                );
                None
            }
        };
    }
    let message = match value {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), ..
        }) => format!("`{name}` cannot be negative"),
        _ => format!("`{name}` takes a whole number, not {}", kind(value)),
    };
    problems.push(value, message, Some(&format!("write `{name} = 3`")));
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
    problems.push(
        value,
        format!("`{name}` takes `true` or `false`, not {}", kind(value)),
        None,
    );
    None
}

/// The elements of `[a, b]`.
pub(crate) fn array<'a>(
    name: &str,
    value: &'a Expr,
    example: &str,
    problems: &mut Problems,
) -> Option<impl Iterator<Item = &'a Expr> + use<'a>> {
    if let Expr::Array(ExprArray { elems, .. }) = value {
        return Some(elems.iter());
    }
    problems.push(
        value,
        format!("`{name}` takes a list, not {}", kind(value)),
        Some(&format!("write `{name} = [{example}]`")),
    );
    None
}

fn kind(value: &Expr) -> &'static str {
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

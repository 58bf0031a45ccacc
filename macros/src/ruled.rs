//! Strings under a rule of `longshore_spec`.

use std::str::FromStr;

use longshore_spec::Explain;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, LitStr};

use crate::problems::Problems;
use crate::value::{Text, literal, text};

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
    let (literal, _) = parsed_literal::<R>(name, value, problems)?;
    Some(Ruled::checked(literal, rule))
}

/// A string literal with the value that it is under a rule.
pub(crate) fn parsed_literal<R>(
    name: &str,
    value: &Expr,
    problems: &mut Problems,
) -> Option<(LitStr, R)>
where
    R: FromStr<Err: Explain>,
{
    let literal = literal(name, value, problems)?;
    match literal.value().parse::<R>() {
        Ok(value) => Some((literal, value)),
        Err(error) => {
            problems.push_rule(&literal, &error);
            None
        }
    }
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
    /// A literal that keeps the rule.
    pub(crate) fn checked(literal: LitStr, rule: &TokenStream) -> Self {
        Self {
            tokens: quote!(__longshore::#rule::checked_by_macro(#literal)),
            rule: rule.clone(),
            literal: Some(literal),
            constant: None,
        }
    }

    /// The text as an expression of type `&'static str`.
    ///
    /// A constant is named once, so that a wrong type is reported once, and is checked there.
    pub(crate) fn text(&self) -> TokenStream {
        if let Some(literal) = &self.literal {
            return literal.to_token_stream();
        }
        let Self { rule, constant, .. } = self;
        quote_spanned! {constant.span()=> {
            const __LONGSHORE_TEXT: &str = #constant;
            const _: ::longshore::__private::spec::#rule =
                ::longshore::__private::spec::#rule::from_static(__LONGSHORE_TEXT);
            __LONGSHORE_TEXT
        }}
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

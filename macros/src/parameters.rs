//! `parameters(...)`: values for the function's parameters, checked by name here and by type in rustc.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Type};

use crate::emit::checks::conversion;
use crate::emit::elsewhere;
use crate::function::Parameter;
use crate::keyed::list;
use crate::list::{Entry, Keyed, Value, parse_list, words};
use crate::literal::{is_parameter, literal_of};
use crate::mismatch;
use crate::problems::Problems;
use crate::value::string_literal;

/// Who knows the flow's parameters.
#[derive(Clone, Copy)]
pub(crate) enum Parameters<'a> {
    /// The macro, since it sees the function.
    Here(&'a [Parameter]),
    /// The compiler alone: the function stands elsewhere, and only its path is known.
    Elsewhere,
}

/// Values by parameter name, in the order in which they were given.
#[derive(Default)]
pub(crate) struct ParameterList {
    values: Vec<(Ident, Expr)>,
    /// Whether an entry was reported, so that a missing value may be the one that is wrong.
    is_broken: bool,
}

impl ParameterList {
    pub(crate) fn read(keyed: &Keyed, parameters: Parameters<'_>, problems: &mut Problems) -> Self {
        let example = match parameters {
            Parameters::Here([parameter, ..]) => format!("{} = ...", parameter.name),
            Parameters::Here([]) => String::new(),
            Parameters::Elsewhere => "name = ...".to_owned(),
        };
        let mut own = Problems::default();
        let mut values: Vec<(Ident, Expr)> = Vec::new();
        if let Some(tokens) = list(keyed, &example, &mut own) {
            for entry in parse_list(tokens.clone(), &mut own) {
                values.extend(read_entry(entry, &values, parameters, &mut own));
            }
        }
        let is_broken = !own.is_empty() || matches!(keyed.value, Value::Reported);
        problems.append(own);
        Self { values, is_broken }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether a value is given, or may be the one that was reported.
    pub(crate) fn may_have(&self, name: &Ident) -> bool {
        self.is_broken || self.values.iter().any(|(given, _)| given == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|(name, _)| plain_name(name))
    }

    /// An expression of type `ParameterValues`; each value meets the parameter's type under the user's span.
    pub(crate) fn tokens(&self, parameters: Parameters<'_>) -> TokenStream {
        if self.values.is_empty() {
            return quote!(__longshore::ParameterValues::NONE);
        }
        match parameters {
            Parameters::Here(known) => self.literals(known).unwrap_or_else(|| {
                made(self.values.iter().filter_map(|(name, value)| {
                    let r#type = type_of(name, known)?;
                    Some((plain_name(name), Some(r#type), typed_value(value)))
                }))
            }),
            Parameters::Elsewhere => made(self.values.iter().map(|(name, value)| {
                let plain = plain_name(name);
                let given = elsewhere::given(name, &plain, &typed_value(value));
                (plain, None, given)
            })),
        }
    }

    /// All the values as data, if every one of them is a literal of its parameter's type.
    fn literals(&self, parameters: &[Parameter]) -> Option<TokenStream> {
        let literals = self.values.iter().map(|(name, value)| {
            let literal = literal_of(type_of(name, parameters)?, value)?;
            let name = plain_name(name);
            Some(quote!((#name, #literal)))
        });
        let literals: Vec<TokenStream> = literals.collect::<Option<_>>()?;
        Some(quote!(__longshore::ParameterValues::Literals(&[#(#literals),*])))
    }
}

/// The name and the value of one entry, unless there is a mistake in it.
fn read_entry(
    entry: Entry,
    before: &[(Ident, Expr)],
    parameters: Parameters<'_>,
    problems: &mut Problems,
) -> Option<(Ident, Expr)> {
    let (name, value) = match entry {
        Entry::Keyed(name, Value::Assigned(value)) => (name, value),
        Entry::Keyed(_, Value::Reported) => return None,
        Entry::Keyed(name, _) => {
            problems.push(
                &name,
                format!("parameter `{name}` has no value"),
                Some(&format!("write `{name} = ...`")),
            );
            return None;
        }
        Entry::Positional(value) => {
            problems.push(
                &value,
                "a parameter is given by name",
                Some("write `name = value`"),
            );
            return None;
        }
    };
    if before.iter().any(|(other, _)| *other == name) {
        problems.push(
            &name,
            format!("parameter `{name}` is given twice"),
            Some("keep one of the two"),
        );
        return None;
    }
    if let Parameters::Here(known) = parameters {
        let Some(r#type) = type_of(&name, known) else {
            report_unknown(&name, known, problems);
            return None;
        };
        if mismatch::report(&name, &name.to_string(), r#type, &value, problems) {
            return None;
        }
    }
    Some((name, value))
}

fn type_of<'a>(name: &Ident, parameters: &'a [Parameter]) -> Option<&'a Type> {
    let mut parameters = parameters.iter();
    let parameter = parameters.find(|known| known.name == *name)?;
    Some(&parameter.r#type)
}

/// An expression of type `ParameterValues` from names, types and values.
pub(crate) fn made<'a>(
    named: impl Iterator<Item = (String, Option<&'a Type>, TokenStream)>,
) -> TokenStream {
    // Names of our own, which the user's expressions cannot mean.
    let values = Ident::new("values", Span::mixed_site());
    let value = Ident::new("value", Span::mixed_site());
    let given = named.map(|(name, r#type, expression)| match r#type {
        Some(r#type) if !is_parameter(r#type) => {
            let conversion = conversion(r#type);
            quote! {
                let #value: #r#type = #expression;
                #values.give_by(#name, &#value, &#conversion);
            }
        }
        _ => {
            let r#type = r#type.map(|r#type| quote!(: #r#type));
            quote! {
                let #value #r#type = #expression;
                #values.give(#name, &#value);
            }
        }
    });
    quote!(__longshore::ParameterValues::Made(|#values| { #(#given)* }))
}

/// A bare string literal serves `String` and `Option<String>`; anything else is an ordinary expression.
pub(crate) fn typed_value(value: &Expr) -> TokenStream {
    if string_literal(value).is_some() {
        return quote_spanned! {value.span()=>
            ::longshore::__private::StringLiteral::from_literal(#value)
        };
    }
    quote!(#value)
}

/// The name as the server knows it, without `r#`.
pub(crate) fn plain_name(name: &Ident) -> String {
    syn::ext::IdentExt::unraw(name).to_string()
}

fn report_unknown(name: &Ident, parameters: &[Parameter], problems: &mut Problems) {
    let known: Vec<String> = parameters
        .iter()
        .map(|parameter| plain_name(&parameter.name))
        .collect();
    let word = plain_name(name);
    if known.contains(&word) {
        problems.push(
            name,
            format!("`{word}` is a keyword of Rust"),
            Some(&format!("write `r#{word}`, as the function does")),
        );
        return;
    }
    let help = match longshore_spec::suggest::nearest(&word, known.iter().map(String::as_str)) {
        Some(nearest) => format!("write `{nearest}`"),
        None if known.is_empty() => "the flow takes no parameters".to_owned(),
        None => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("the parameters are {}", words(&known))
        }
    };
    problems.push(
        name,
        format!("the flow has no parameter `{word}`"),
        Some(&help),
    );
}

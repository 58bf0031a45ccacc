//! The attributes of one function know each other: the first one expands them all.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta, parse_quote};

use crate::function::Function;
use crate::problems::Problems;

/// Left on the function by the expansion, so that an attribute under another name is noticed.
const MARKER: &str = "__longshore_expanded";

/// Which of our attributes one is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Flow,
    Task,
    Deployment,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Task => "task",
            Self::Deployment => "deployment",
        }
    }

    fn of(attribute: &Attribute) -> Option<Self> {
        let last = attribute.path().segments.last()?;
        [Self::Flow, Self::Task, Self::Deployment]
            .into_iter()
            .find(|kind| last.ident == kind.name())
    }
}

/// One of our attributes with its arguments.
pub(crate) struct Sibling {
    pub(crate) kind: Kind,
    pub(crate) arguments: TokenStream,
    /// What a report about the attribute as a whole points at.
    pub(crate) place: TokenStream,
    /// The name under which it was written; `None` for the one that is being expanded.
    pub(crate) path: Option<syn::Path>,
}

/// Takes our other attributes off the function and adds the one that is being expanded, in source order.
pub(crate) fn take_siblings(
    expanding: Kind,
    arguments: TokenStream,
    function: &mut Function,
    problems: &mut Problems,
) -> Vec<Sibling> {
    report_alias(expanding, function, problems);
    let siblings = take(
        expanding,
        arguments,
        &mut function.attributes,
        &function.signature.ident,
        problems,
    );
    function.attributes.push(marker());
    siblings
}

/// Says on a function that our attributes have been expanded.
pub(crate) fn marker() -> Attribute {
    parse_quote!(#[doc(alias = #MARKER)])
}

/// The same for whatever item is called `name`.
pub(crate) fn take(
    expanding: Kind,
    arguments: TokenStream,
    attributes: &mut Vec<Attribute>,
    name: &impl ToTokens,
    problems: &mut Problems,
) -> Vec<Sibling> {
    let place = if arguments.is_empty() {
        quote!(#name)
    } else {
        arguments.clone()
    };
    let mut siblings = vec![Sibling {
        kind: expanding,
        arguments,
        place,
        path: None,
    }];
    attributes.retain(|attribute| {
        let Some(kind) = Kind::of(attribute) else {
            return true;
        };
        let arguments = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) => TokenStream::new(),
            Meta::NameValue(pair) => {
                problems.push(
                    pair,
                    format!("`{}` takes a list in parentheses", kind.name()),
                    Some(&format!("write `#[{}(...)]`", kind.name())),
                );
                TokenStream::new()
            }
        };
        siblings.push(Sibling {
            kind,
            arguments,
            place: quote!(#attribute),
            path: Some(attribute.path().clone()),
        });
        false
    });
    report_combination(&siblings, problems);
    siblings
}

/// Whether our attributes of a function have been expanded already.
pub(crate) fn is_marked(function: &Function) -> bool {
    function.attributes.iter().any(|attribute| {
        matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string().contains(MARKER))
    })
}

fn report_alias(expanding: Kind, function: &Function, problems: &mut Problems) {
    if is_marked(function) {
        let name = expanding.name();
        // The attribute itself: its tokens are not among those that a macro sees.
        problems.push(
            Ident::new(name, Span::call_site()),
            format!("an attribute of this function is `{name}` under another name"),
            Some(&format!(
                "write it as `{name}` or `longshore::{name}`, and not inside `cfg_attr`: \
                 the attributes of a function find each other by name"
            )),
        );
    }
}

fn report_combination(siblings: &[Sibling], problems: &mut Problems) {
    let of = |kind| siblings.iter().filter(move |sibling| sibling.kind == kind);
    for extra in of(Kind::Flow).skip(1) {
        problems.push(
            &extra.place,
            "`#[flow]` is given twice",
            Some("keep one of the two"),
        );
    }
    for extra in of(Kind::Task).skip(1) {
        problems.push(
            &extra.place,
            "`#[task]` is given twice",
            Some("keep one of the two"),
        );
    }
    if of(Kind::Task).next().is_some()
        && let Some(other) = siblings.iter().find(|sibling| sibling.kind != Kind::Task)
    {
        problems.push(
            &other.place,
            format!("a task cannot have `#[{}]`", other.kind.name()),
            Some("make the flow a function of its own that calls the task"),
        );
    }
}

/// The argument of an attribute that is written only to use its import.
const USE: &str = "__longshore_use";

/// Whether an attribute is one of those that [`uses`] writes.
pub(crate) fn is_use(arguments: &TokenStream) -> bool {
    matches!(arguments.clone().into_iter().next(), Some(TokenTree::Ident(word)) if word == USE)
}

/// Uses of the names of the attributes that were taken off, so that their imports do not count as unused.
///
/// They are attributes again, which expand to nothing: the compiler then says of a forgotten import what it says of any.
pub(crate) fn uses(siblings: &[Sibling]) -> TokenStream {
    let paths = siblings.iter().filter_map(|sibling| sibling.path.as_ref());
    let paths: BTreeMap<String, _> = paths
        .map(|path| (path.to_token_stream().to_string(), path))
        .collect();
    let paths = paths.values();
    let argument = Ident::new(USE, Span::call_site());
    quote!(#(#[#paths(#argument)] const _: () = ();)*)
}

//! What an editor completes inside our attributes: keys, kinds of schedules, names of parameters, ends of paths.
//!
//! rust-analyzer expands an attribute once as it is written and once with a made-up word at the cursor, and completes
//! that word as what it is in the expansion. So every key is repeated as a path into a module that holds all keys of
//! its list, also one that nobody knows: `::longshore::__private::keys::deployment::sched`. The paths come before
//! anything else, so that the two expansions are alike up to the word. Paths into a module are what rust-analyzer
//! resolves without an error of its own; the mistakes are told by the expansion.
//!
//! The compiler is given none of this: the program that expands shows whether an editor asks.

use std::sync::LazyLock;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{FnArg, ItemUse, Meta, Pat, PatType, Signature, Visibility};

use crate::completion::entries::{Entry, entries, parts, paths};
use crate::function::Function;
use crate::import::FlowPath;
use crate::parameters::plain_name;
use crate::problems::Problems;
use crate::siblings::{Kind, Sibling, take, take_siblings};

mod entries;
#[cfg(test)]
mod tests;

/// Whether an editor asks.
///
/// rust-analyzer's server for macros is a program of its own: `rust-analyzer-proc-macro-srv` of the toolchain, or
/// `rust-analyzer` itself. A compiler keeps its own name, whoever starts it.
pub(crate) fn is_wanted() -> bool {
    static WANTED: LazyLock<bool> = LazyLock::new(|| {
        std::env::current_exe().is_ok_and(|program| {
            let name = program.file_name().unwrap_or_default();
            name.to_string_lossy().contains("rust-analyzer")
        })
    });
    *WANTED
}

/// The expansion of an attribute between what is completed in it and what that refers to.
pub(crate) fn around(
    kind: Kind,
    arguments: TokenStream,
    item: &TokenStream,
    expansion: &TokenStream,
) -> TokenStream {
    let problems = &mut Problems::default();
    if let Ok(mut function) = syn::parse2::<Function>(item.clone())
        // Beside a method there is no place for items.
        && function.signature.receiver().is_none()
    {
        let siblings = take_siblings(kind, arguments, &mut function, problems);
        let parameters = named_parameters(&function.signature);
        let module = parameters_name(&function.signature.ident);
        let beside = (kind != Kind::Task)
            .then(|| parameters_module(&module, &function.visibility, &parameters));
        let known = Known {
            module: quote!(#module),
            parameters,
        };
        let attributes = known.attributes(&siblings);
        let defaults = known.defaults();
        return quote!(const _: () = { #attributes #defaults }; #expansion #beside);
    }
    if let Ok(mut import) = syn::parse2::<ItemUse>(item.clone()) {
        let siblings = take(kind, arguments, &mut import.attrs, &item, problems);
        if let Some(flow) = FlowPath::read(&import, problems) {
            let (module, name) = (flow.module(), parameters_name(&flow.function));
            let known = Known {
                module: quote!(#module::#name),
                parameters: Vec::new(),
            };
            let attributes = known.attributes(&siblings);
            return quote!(const _: () = { #attributes }; #expansion);
        }
    }
    expansion.clone()
}

/// What the names of a list are.
#[derive(Clone, Copy)]
enum List {
    /// Keys, by their module in `longshore::__private::keys`.
    Keys(&'static str),
    /// Parameters of the flow.
    Parameters,
    /// Whatever one likes, such as names of variables.
    Free,
}

impl List {
    fn of(kind: Kind) -> Self {
        Self::Keys(kind.name())
    }

    /// The list in the parentheses behind a key of this one.
    fn within(self, key: &str) -> Self {
        match (self, key) {
            (Self::Keys("deployment"), "concurrency") => Self::Keys("concurrency"),
            (Self::Keys("deployment" | "cron" | "interval" | "rrule"), "parameters") => {
                Self::Parameters
            }
            _ => Self::Free,
        }
    }

    /// The list in the parentheses behind a word that stands as a key's value.
    fn of_call(word: &str) -> Self {
        ["cron", "interval", "rrule", "exponential"]
            .into_iter()
            .find(|call| *call == word)
            .map_or(Self::Free, Self::Keys)
    }

    /// The module of the words that can stand as a key's value.
    fn words(self, key: &str) -> Option<TokenStream> {
        match (self, key) {
            (Self::Keys("deployment"), "schedule") => Some(keys("schedules")),
            (Self::Keys("task"), "retry_delay") => Some(keys("delays")),
            _ => None,
        }
    }
}

fn keys(module: &str) -> TokenStream {
    let module = Ident::new(module, Span::call_site());
    quote!(::longshore::__private::keys::#module)
}

/// What is known of the function whose attributes are completed.
struct Known<'a> {
    /// The path of the module that holds its parameters.
    module: TokenStream,
    /// The parameters, if the function is at hand.
    parameters: Vec<(&'a Ident, &'a PatType)>,
}

impl Known<'_> {
    fn attributes(&self, siblings: &[Sibling]) -> TokenStream {
        siblings
            .iter()
            .map(|sibling| self.list(List::of(sibling.kind), &sibling.arguments))
            .collect()
    }

    /// The lists of `#[param]`.
    fn defaults(&self) -> TokenStream {
        let attributes = self.parameters.iter().flat_map(|(_, input)| &input.attrs);
        attributes
            .filter(|attribute| attribute.path().is_ident("param"))
            .filter_map(|attribute| match &attribute.meta {
                Meta::List(list) => Some(self.list(List::Keys("param"), &list.tokens)),
                Meta::Path(_) | Meta::NameValue(_) => None,
            })
            .collect()
    }

    /// A path for each key of a list, then what stands behind the keys.
    fn list(&self, list: List, tokens: &TokenStream) -> TokenStream {
        let entries = entries(tokens);
        let module = match list {
            List::Keys(module) => Some(keys(module)),
            List::Parameters => Some(self.module.clone()),
            List::Free => None,
        };
        let written = module.map(|module| {
            let words = entries.iter().map(|entry| &entry.key);
            // Where nothing is written yet, this stands in the place of the made-up word.
            quote!(#(let _ = #module::#words;)* let _ = #module::__;)
        });
        let behind = entries.iter().map(|entry| {
            let key = plain_name(&entry.key);
            let within = entry.list.as_ref();
            let within = within.map(|tokens| self.list(list.within(&key), tokens));
            let value = match list.words(&key) {
                Some(words) => self.words(&words, &entry.value),
                None => {
                    let paths = paths(&entry.value);
                    let r#type = self.r#type(list, entry);
                    quote!(#(let _ #r#type = #paths;)*)
                }
            };
            quote!(#within #value)
        });
        quote!(#written #(#behind)*)
    }

    /// The type of a parameter to which one word is given, so that what has this type is offered first.
    fn r#type(&self, list: List, entry: &Entry) -> Option<TokenStream> {
        let mut tokens = entry.value.clone().into_iter();
        let is_word = matches!(
            (tokens.next(), tokens.next()),
            (None | Some(TokenTree::Ident(_)), None)
        );
        let mut known = self.parameters.iter();
        let (_, input) = known.find(|(name, _)| **name == entry.key)?;
        let r#type = &input.ty;
        (is_word && matches!(list, List::Parameters)).then(|| quote!(: #r#type))
    }

    /// Words that stand for a call, alone or in a list, and the lists of the calls.
    fn words(&self, module: &TokenStream, value: &TokenStream) -> TokenStream {
        let mut tokens = value.clone().into_iter();
        let value = match (tokens.next(), tokens.next()) {
            (Some(TokenTree::Group(list)), None) => list.stream(),
            _ => value.clone(),
        };
        let parts = parts(&value);
        let words = parts.iter().map(|part| match part.as_slice() {
            [TokenTree::Ident(word), rest @ ..] => {
                let list = match rest {
                    [TokenTree::Group(list)] => {
                        Some(self.list(List::of_call(&word.to_string()), &list.stream()))
                    }
                    _ => None,
                };
                quote!(let _ = #module::#word; #list)
            }
            _ => TokenStream::new(),
        });
        quote!(#(#words)* let _ = #module::__;)
    }
}

fn named_parameters(signature: &Signature) -> Vec<(&Ident, &PatType)> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed
        .filter_map(|input| match &*input.pat {
            Pat::Ident(name) => Some((&name.ident, input)),
            _ => None,
        })
        .collect()
}

/// The module beside a function that holds its parameters.
fn parameters_module(
    module: &Ident,
    visibility: &Visibility,
    parameters: &[(&Ident, &PatType)],
) -> TokenStream {
    let constants = parameters.iter().map(|(name, input)| {
        let attributes = input.attrs.iter();
        let about = attributes.filter(|attribute| attribute.path().is_ident("doc"));
        let r#type = &input.ty;
        quote!(#(#about)* pub const #name: #r#type = loop {};)
    });
    // Nothing but an editor ever looks at it.
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals, unused_imports)]
        #visibility mod #module {
            use super::*;
            #(#constants)*
        }
    }
}

fn parameters_name(function: &Ident) -> Ident {
    format_ident!(
        "__longshore_parameters_{}",
        plain_name(function),
        span = Span::call_site()
    )
}

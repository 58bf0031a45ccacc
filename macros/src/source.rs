//! Facts about a function that only its file shows: whether it is within an `impl`, whether its name is taken.
//!
//! An attribute sees its own function alone. The file is read only where something points to a mistake: an attribute that
//! is indented, or a name that was expanded before. An editor finds these mistakes itself.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, Signature, TraitItem};

use crate::completion;

/// Block around a function that is not a free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enclosing {
    Impl,
    Trait,
}

impl Enclosing {
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Impl => "move it out of the `impl` block",
            Self::Trait => "move it out of the trait",
        }
    }
}

/// Returns the `impl` or the trait around the function, if its file shows one.
pub(crate) fn enclosing(signature: &Signature) -> Option<Enclosing> {
    if !proc_macro::is_available() || completion::is_wanted() {
        return None;
    }
    // rustfmt indents whatever is within something.
    if proc_macro::Span::call_site().column() == 1 {
        return None;
    }
    let file = proc_macro::Span::call_site().local_file()?;
    enclosing_in(&items(&file)?, &signature.to_token_stream().to_string())
}

/// Returns whether an earlier function of the same module has the function's name.
pub(crate) fn is_repeated(signature: &Signature) -> bool {
    static EXPANDED: Mutex<Option<HashSet<(PathBuf, String)>>> = Mutex::new(None);
    if !proc_macro::is_available() || completion::is_wanted() {
        return false;
    }
    let Some(file) = proc_macro::Span::call_site().local_file() else {
        return false;
    };
    let name = signature.ident.to_string();
    let mut expanded = EXPANDED.lock().unwrap_or_else(PoisonError::into_inner);
    let names = expanded.get_or_insert_default();
    if names.insert((file.clone(), name.clone())) {
        return false;
    }
    // The same name in two modules of a file is not a mistake.
    items(&file).is_some_and(|items| is_repeated_in(&items, &name))
}

fn items(file: &Path) -> Option<Vec<Item>> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(syn::parse_file(&text).ok()?.items)
}

fn enclosing_in(items: &[Item], signature: &str) -> Option<Enclosing> {
    let is_this = |other: &Signature, attributes: &[Attribute]| {
        has_ours(attributes) && other.to_token_stream().to_string() == signature
    };
    for item in items {
        let found = match item {
            Item::Impl(block) => block.items.iter().any(|item| match item {
                ImplItem::Fn(function) => is_this(&function.sig, &function.attrs),
                _ => false,
            }),
            Item::Trait(block) => block.items.iter().any(|item| match item {
                TraitItem::Fn(function) => is_this(&function.sig, &function.attrs),
                _ => false,
            }),
            Item::Mod(module) => {
                let items = module.content.as_ref().map(|(_, items)| items.as_slice());
                match enclosing_in(items.unwrap_or_default(), signature) {
                    Some(enclosing) => return Some(enclosing),
                    None => false,
                }
            }
            _ => false,
        };
        if found {
            return Some(match item {
                Item::Trait(_) => Enclosing::Trait,
                _ => Enclosing::Impl,
            });
        }
    }
    None
}

/// Returns whether one of the attributes is Longshore's, by its last name.
fn has_ours(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "flow" || last.ident == "deployment")
    })
}

fn is_repeated_in(items: &[Item], name: &str) -> bool {
    let functions = items.iter().filter(|item| match item {
        // At most one of several functions with a `cfg` may be compiled.
        Item::Fn(function) => {
            let has_cfg = function.attrs.iter().any(|one| one.path().is_ident("cfg"));
            function.sig.ident == name && !has_cfg
        }
        _ => false,
    });
    if functions.count() > 1 {
        return true;
    }
    items.iter().any(|item| match item {
        Item::Mod(module) => module
            .content
            .as_ref()
            .is_some_and(|(_, items)| is_repeated_in(items, name)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Vec<Item> {
        syn::parse_file(text).expect("a file").items
    }

    #[test]
    fn the_block_around_a_function_is_found_in_modules_too() {
        let signature = "async fn report ()";
        for (text, enclosing) in [
            ("#[flow] async fn report() {}", None),
            ("mod a { #[flow] async fn report() {} }", None),
            ("impl A { async fn report() {} }", None),
            ("impl A { #[flow] async fn other() {} }", None),
            (
                "impl A { #[flow] async fn report() {} }",
                Some(Enclosing::Impl),
            ),
            (
                "mod a { impl A for B { #[longshore::deployment(name = \"a\")] async fn report() {} } }",
                Some(Enclosing::Impl),
            ),
            (
                "trait A { #[flow] async fn report(); }",
                Some(Enclosing::Trait),
            ),
        ] {
            assert_eq!(enclosing_in(&file(text), signature), enclosing, "{text}");
        }
    }

    #[test]
    fn a_name_is_repeated_only_within_a_module() {
        for (text, is_repeated) in [
            ("fn report() {} fn report() {}", true),
            ("mod a { fn report() {} fn report() {} }", true),
            ("fn report() {} mod a { fn report() {} }", false),
            (
                "#[cfg(unix)] fn report() {} #[cfg(not(unix))] fn report() {}",
                false,
            ),
        ] {
            assert_eq!(is_repeated_in(&file(text), "report"), is_repeated, "{text}");
        }
    }
}

//! The attributes of Longshore: `#[flow]`, `#[task]` and `#[deployment]`.
//!
//! They are documented where users meet them, on the re-exports of the `longshore` crate. Each one is
//! read into a model (`flow`, `task`, `deployment`), held against the rules of `longshore-spec`, and
//! only then emitted: what has a mistake registers nothing, and the function itself is always passed on.

mod completion;
mod deployment;
#[cfg(test)]
mod documents;
mod emit;
mod expand;
mod flow;
mod foreign_key;
mod function;
#[cfg(test)]
mod fuzz;
mod import;
mod keyed;
mod list;
mod literal;
mod manifest;
mod mismatch;
mod named;
mod parameters;
mod path;
mod pod;
mod problems;
mod ruled;
mod schedule;
mod siblings;
mod signature;
#[cfg(test)]
mod snapshots;
mod source;
mod task;
mod value;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;

use crate::siblings::Kind;

/// Makes a function a flow.
#[proc_macro_attribute]
pub fn flow(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expanded(Kind::Flow, arguments.into(), &item.into()).into()
}

/// Makes a function a task.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expanded(Kind::Task, arguments.into(), &item.into()).into()
}

/// Declares a deployment of a flow: on its function, or on a `use` of it.
#[proc_macro_attribute]
pub fn deployment(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expanded(Kind::Deployment, arguments.into(), &item.into()).into()
}

fn expanded(kind: Kind, arguments: TokenStream2, item: &TokenStream2) -> TokenStream2 {
    if siblings::is_use(&arguments) {
        return TokenStream2::new();
    }
    if completion::is_wanted() {
        let expansion = expand::expand(kind, arguments.clone(), item);
        return completion::around(kind, arguments, item, &expansion);
    }
    expand::expand(kind, arguments, item)
}

//! Code that replaces the attributes; the only modules that write any.

pub(crate) mod checks;
pub(crate) mod deployment;
pub(crate) mod elsewhere;
pub(crate) mod flow;
pub(crate) mod subflow;
pub(crate) mod task;

use proc_macro2::TokenStream;
use quote::quote;

/// What our tokens name, under one short word: each token costs the compiler, and most of an expansion would be paths.
pub(crate) fn names() -> TokenStream {
    quote!(
        use ::longshore::__private::names as __longshore;
    )
}

//! The function that replaces a task: it returns a call that can be awaited.

use longshore_spec::TaskName;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType, parse_quote};

use crate::function::{Function, Parameter};
use crate::parameters::plain_name;
use crate::problems::Problems;
use crate::schedule::optional;
use crate::task::Task;

/// The task's name: as given, else the function's with `-` for `_`.
pub(crate) fn name(task: &Task, function: &Function, problems: &mut Problems) -> TokenStream {
    if let Some(name) = &task.name {
        return name.to_token_stream();
    }
    let ident = &function.signature.ident;
    let name = plain_name(ident).replace('_', "-");
    if let Err(error) = name.parse::<TaskName>() {
        problems.push_rule(ident, &error);
    }
    quote!(::longshore::__private::spec::TaskName::from_static(#name))
}

/// The outer function, which has the user's signature but for the return type.
pub(crate) fn task(
    task: &Task,
    name: &TokenStream,
    function: &Function,
    parameters: &[Parameter],
) -> TokenStream {
    let Task {
        retries,
        retry_delay,
        tags,
        ..
    } = task;
    let timeout = optional(task.timeout.as_ref());
    let ident = &function.signature.ident;
    let arguments = parameters.iter().map(|parameter| &parameter.name);
    let call = quote!(#ident(#(#arguments),*));
    let output = function.output();
    let started = match function.signature.asyncness {
        Some(_) => {
            let new = quote_spanned!(output.span()=> ::longshore::TaskCall::new);
            quote!(#new(&__LONGSHORE_TASK, #call))
        }
        None => {
            let blocking = quote_spanned!(output.span()=> ::longshore::TaskCall::blocking);
            quote!(#blocking(&__LONGSHORE_TASK, move || #call))
        }
    };
    // The user's own function stands inside, with its spans, so that errors in it show where they are.
    let inner = Function {
        attributes: Vec::new(),
        visibility: syn::Visibility::Inherited,
        signature: function.signature.clone(),
        body: function.body.clone(),
    };
    outer(
        function,
        &quote!({
            #inner
            static __LONGSHORE_TASK: ::longshore::record::TaskRecord = ::longshore::record::TaskRecord {
                name: #name,
                retries: #retries,
                retry_delay: #retry_delay,
                timeout: #timeout,
                tags: &[#(#tags),*],
            };
            #started
        }),
    )
}

/// A function of the right shape for callers of a task that has mistakes.
pub(crate) fn stand_in(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let inner = Function {
        attributes: vec![parse_quote!(#[allow(dead_code)])],
        visibility: syn::Visibility::Inherited,
        signature: function.signature.clone(),
        body: function.body.clone(),
    };
    let names = parameters.iter().map(|parameter| &parameter.name);
    outer(
        function,
        &quote!({
            #inner
            let _ = (#(#names),*);
            ::core::unreachable!()
        }),
    )
}

fn outer(function: &Function, body: &TokenStream) -> TokenStream {
    let Function {
        attributes,
        visibility,
        signature,
        ..
    } = function;
    let output = function.output();
    let mut signature = signature.clone();
    signature.asyncness = None;
    signature.output = {
        let call = quote_spanned!(output.span()=> ::longshore::TaskCall<#output>);
        ReturnType::Type(parse_quote!(->), parse_quote!(#call))
    };
    for input in &mut signature.inputs {
        if let FnArg::Typed(argument) = input
            && let syn::Pat::Ident(name) = &mut *argument.pat
        {
            name.mutability = None;
        }
    }
    quote!(#(#attributes)* #visibility #signature #body)
}

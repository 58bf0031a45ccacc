//! The function that replaces a task: it returns a call that can be awaited.

use longshore_spec::TaskName;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Type, parse_quote};

use crate::emit::names;
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
    quote!(__longshore::TaskName::checked_by_macro(#name))
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
    let key = plain_name(&function.signature.ident);
    let output = function.output();
    let facts = output_facts(&output, &quote!(::longshore::error::TaskTimedOut));
    let call = call(task, function, parameters);
    let names = names();
    let started = if task.retries > 0 {
        quote_spanned!(output.span()=> ::longshore::TaskCall::repeatable)
    } else {
        quote_spanned!(output.span()=> ::longshore::TaskCall::once)
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
        parameters,
        &quote!({
            #inner
            static __LONGSHORE_TASK: ::longshore::record::TaskRecord = {
                #names
                __longshore::TaskRecord {
                    key: ::core::concat!(::core::module_path!(), "::", #key),
                    name: #name,
                    retries: #retries,
                    retry_delay: #retry_delay,
                    timeout: #timeout,
                    tags: &[#(#tags),*],
                }
            };
            #started(&__LONGSHORE_TASK, #facts, #call)
        }),
    )
}

/// A closure that calls the function; with retries every call gets copies of the arguments.
fn call(task: &Task, function: &Function, parameters: &[Parameter]) -> TokenStream {
    let ident = &function.signature.ident;
    let names: Vec<_> = parameters.iter().map(|parameter| &parameter.name).collect();
    let copies = parameters
        .iter()
        .filter(|_| task.retries > 0)
        .map(|parameter| {
            let name = &parameter.name;
            let copy =
                quote_spanned!(parameter.r#type.span()=> ::longshore::__private::again(&#name));
            quote!(let #name = #copy;)
        });
    let called = match function.signature.asyncness {
        Some(_) => quote!(#ident(#(#names),*)),
        None => quote!(::longshore::__private::on_thread(move || #ident(#(#names),*))),
    };
    quote!(move || {
        #(#copies)*
        #called
    })
}

/// What is known of the output where its type is: whether it is a failure, and how it says that time was up.
pub(crate) fn output_facts(output: &Type, timed_out: &TokenStream) -> TokenStream {
    let of = output_of(output, timed_out);
    quote! {{
        use ::longshore::__private::{Failure as _, TimedOut as _};
        ::longshore::__private::Output { failure: #of.failure(), timed_out: #of.timed_out() }
    }}
}

/// What stands for the type of an output; the traits on it find out the rest.
pub(crate) fn output_of(output: &Type, timed_out: &TokenStream) -> TokenStream {
    quote!((&&::longshore::__private::OutputOf::<#output, #timed_out>::NEW))
}

/// A function of the right shape for callers of a task that has mistakes.
pub(crate) fn stand_in(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let inner = Function {
        // It stands there for its own errors alone; nothing calls it.
        attributes: vec![parse_quote!(#[allow(dead_code)])],
        visibility: syn::Visibility::Inherited,
        signature: function.signature.clone(),
        body: function.body.clone(),
    };
    let names = parameters.iter().map(|parameter| &parameter.name);
    outer(
        function,
        parameters,
        &quote!({
            #inner
            let _ = (#(#names),*);
            ::core::unreachable!()
        }),
    )
}

fn outer(function: &Function, parameters: &[Parameter], body: &TokenStream) -> TokenStream {
    let Function {
        attributes,
        visibility,
        ..
    } = function;
    let output = function.output();
    let mut signature = function.outer_signature();
    signature.asyncness = None;
    signature.output = {
        let call = quote_spanned!(output.span()=> ::longshore::TaskCall<#output>);
        ReturnType::Type(parse_quote!(->), parse_quote!(#call))
    };
    let many = many_arguments(parameters);
    quote!(#many #(#attributes)* #visibility #signature #body)
}

/// Number of parameters from which clippy has something to say, unless it is told otherwise.
const MANY: usize = 8;

/// The signature stands there twice, and clippy would count both; how many a run takes is what the server's form asks
/// for. It goes before the user's attributes, which may say otherwise.
pub(crate) fn many_arguments(parameters: &[Parameter]) -> Option<TokenStream> {
    (parameters.len() >= MANY).then(|| quote!(#[allow(clippy::too_many_arguments)]))
}

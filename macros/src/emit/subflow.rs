//! The function that replaces a flow: called from a flow's run it is a run of its own, and a plain call otherwise.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use crate::emit::task::{many_arguments, output_facts};
use crate::function::{Function, Parameter};

/// The user's signature around the user's function and what decides how it is called.
pub(crate) fn function(
    function: &Function,
    name: &TokenStream,
    parameters: &[Parameter],
) -> TokenStream {
    let Function {
        attributes,
        visibility,
        signature,
        ..
    } = function;
    // The user's own function stands inside, with its spans, so that errors in it show where they are.
    let inner = Function {
        attributes: Vec::new(),
        visibility: syn::Visibility::Inherited,
        signature: signature.clone(),
        body: function.body.clone(),
    };
    let outer = function.outer_signature();
    let body = body(function, name, parameters);
    // What a run gives its flow is the flow's own.
    let by_value = signature
        .asyncness
        .is_none()
        .then(|| quote!(#[allow(clippy::needless_pass_by_value)]));
    let many = many_arguments(parameters);
    quote!(#many #(#attributes)* #by_value #visibility #outer { #inner #body })
}

fn body(function: &Function, name: &TokenStream, parameters: &[Parameter]) -> TokenStream {
    let local = |name: &str| Ident::new(name, Span::mixed_site());
    let (subflow, given, again) = (local("subflow"), local("given"), local("_again"));
    let ident = &function.signature.ident;
    // A parameter may have the function's name.
    let mut called = ident.clone();
    called.set_span(ident.span().resolved_at(Span::mixed_site()));
    let names: Vec<&Ident> = parameters.iter().map(|parameter| &parameter.name).collect();
    let types = parameters.iter().map(|parameter| &parameter.r#type);
    let arguments: Vec<Ident> = (0..parameters.len())
        .map(|index| local(&format!("argument_{index}")))
        .collect();
    let output = function.output();
    let facts = output_facts(&output, &quote!(::longshore::error::FlowTimedOut));
    let is_async = function.signature.asyncness.is_some();
    let plain = if is_async {
        quote!(#called(#(#names),*).await)
    } else {
        quote!(#called(#(#names),*))
    };
    let call = if is_async {
        quote!(#called(#(#arguments),*))
    } else {
        quote_spanned! {output.span()=>
            ::longshore::__private::on_thread(move || #called(#(#arguments),*))
        }
    };
    let child = quote!(#subflow.run(
        #facts,
        move |#again: ::core::option::Option<&mut ::longshore::__private::SubflowArguments>| {
            let (#(#arguments,)*) = match #again {
                ::core::option::Option::None => #given.take()?,
                ::core::option::Option::Some(#again) => (#(#again.take::<#types>()?,)*),
            };
            ::core::option::Option::Some(#call)
        },
    ));
    let waited = if is_async {
        quote!(#child.await)
    } else {
        quote!(::longshore::__private::wait_anywhere(#child))
    };
    quote! {
        match ::longshore::__private::subflow(&#name, &[#(&#names),*]) {
            ::core::option::Option::None => #plain,
            ::core::option::Option::Some(#subflow) => {
                let mut #given = ::core::option::Option::Some((#(#names,)*));
                #waited
            }
        }
    }
}

//! The function that replaces a flow: called from a flow's run it is a run of its own, and a plain call otherwise.
//!
//! The user's own function becomes one of the type that stands beside it, where the flow's record reaches it, too. What
//! is left under its name hands a call to the library. It is no `async fn`, which would cost a state machine for every
//! flow, and it is `#[inline]`, so that nothing is compiled for a flow that no other code calls.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, ReturnType, Type, Visibility, parse_quote, parse_quote_spanned};

use crate::emit::task::{many_arguments, output_facts, output_of};
use crate::flow::Flow;
use crate::function::{Function, Parameter};
use crate::import::declaration_name;
use crate::siblings;

/// The function that others call.
pub(crate) fn outer(flow: &Flow, function: &Function, parameters: &[Parameter]) -> TokenStream {
    let visibility = &function.visibility;
    let attributes = function.attributes.iter().filter_map(of_outer);
    let names: Vec<&Ident> = parameters.iter().map(|parameter| &parameter.name).collect();
    let declaration = declaration_name(&function.signature.ident, Span::mixed_site());
    let output = function.output();
    let called = inner_path(function, &output);
    let facts = facts(flow, &output);
    let mut signature = function.outer_signature();
    let arity = arity(parameters);
    let call = if signature.asyncness.take().is_some() {
        let future: Type = parse_quote_spanned! {output.span()=>
            impl ::core::future::Future<Output = #output>
        };
        signature.output = ReturnType::Type(parse_quote!(->), Box::new(future));
        quote_spanned!(output.span()=> call::<_, #arity, _>)
    } else {
        quote_spanned!(output.span()=> call_plain::<_, #arity>)
    };
    let call = quote_spanned!(output.span()=> ::longshore::__private::#call);
    let is_inlined = function
        .attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("inline"));
    let inline = (!is_inlined).then(|| quote!(#[inline]));
    let many = many_arguments(parameters);
    // Runs begin at the user's own function, so it may be that nobody calls this one.
    quote! {
        #many
        #(#attributes)*
        #inline
        #[allow(dead_code)]
        #visibility #signature {
            #call(
                <#declaration as ::longshore::__private::Flow>::RECORD,
                #called,
                (#(#names,)*),
                #facts,
            )
        }
    }
}

/// The tuple of the arguments without their types: the number alone spares the compiler a look at all the others.
pub(crate) fn arity(parameters: &[Parameter]) -> TokenStream {
    let places = parameters.iter().map(|_| quote!(_,));
    quote!((#(#places)*))
}

/// The user's own function as a value, which is wrong only if its output is.
pub(crate) fn inner_path(function: &Function, output: &Type) -> TokenStream {
    let place = output.span();
    let declaration = declaration_name(&function.signature.ident, place);
    let mut called = function.signature.ident.clone();
    called.set_span(place);
    quote_spanned!(place=> #declaration::#called)
}

/// The user's own function, with its spans, so that errors in it show where they are.
pub(crate) fn inner(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let declaration = declaration_name(&function.signature.ident, Span::mixed_site());
    let attributes = function.attributes.iter();
    let mut attributes: Vec<Attribute> = attributes
        .filter(|one| !is_of_outer(one))
        .cloned()
        .collect();
    if attributes.iter().any(|one| !is_level(one)) {
        attributes.push(siblings::marker());
    }
    let inner = Function {
        attributes,
        visibility: Visibility::Inherited,
        signature: function.signature.clone(),
        body: function.body.clone(),
    };
    // What a run gives its flow is the flow's own, and what a flow may return is not up to its code.
    let plain = (function.signature.asyncness.is_none())
        .then(|| quote!(#[allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]));
    let new =
        (function.signature.ident == "new").then(|| quote!(#[allow(clippy::new_ret_no_self)]));
    let many = many_arguments(parameters);
    quote!(impl #declaration { #many #plain #new #inner })
}

/// Whether an attribute says something about the function as others see it.
fn is_of_outer(attribute: &Attribute) -> bool {
    ["doc", "deprecated", "must_use", "cfg", "inline"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

/// Levels of lints count for both; one that is expected is met in the user's own function.
fn of_outer(attribute: &Attribute) -> Option<Attribute> {
    let path = attribute.path();
    if path.is_ident("expect") {
        let lints = &attribute.meta.require_list().ok()?.tokens;
        return Some(parse_quote!(#[allow(#lints)]));
    }
    (is_level(attribute) || is_of_outer(attribute)).then(|| attribute.clone())
}

fn is_level(attribute: &Attribute) -> bool {
    ["allow", "warn", "deny", "forbid", "expect"]
        .iter()
        .any(|level| attribute.path().is_ident(level))
}

/// What is known of the output; as little as the flow needs.
fn facts(flow: &Flow, output: &Type) -> TokenStream {
    let error = quote!(::longshore::error::FlowTimedOut);
    if matches!(output, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        return quote!(::longshore::__private::Output::NO_FAILURE);
    }
    if flow.timeout.is_some() {
        return output_facts(output, &error);
    }
    let of = output_of(output, &error);
    quote! {{
        use ::longshore::__private::Failure as _;
        ::longshore::__private::Output::without_limit(#of.failure())
    }}
}

//! The registration of a flow and of its deployments.

use longshore_spec::FlowName;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::Ident;

use crate::deployment::Deployment;
use crate::emit::deployment;
use crate::flow::Flow;
use crate::function::{Function, Parameter, ParameterDefault};
use crate::parameters::{plain_name, typed_value};
use crate::problems::Problems;
use crate::schedule::optional;

/// The flow's name: as given, else the function's with `-` for `_`.
pub(crate) fn name(flow: &Flow, function: &Function, problems: &mut Problems) -> TokenStream {
    if let Some(name) = &flow.name {
        return name.to_token_stream();
    }
    let ident = &function.signature.ident;
    let name = plain_name(ident).replace('_', "-");
    if let Err(error) = name.parse::<FlowName>() {
        problems.push_rule(ident, &error);
    }
    quote!(::longshore::__private::spec::FlowName::from_static(#name))
}

/// Static records of the flow and its deployments, handed to `inventory`.
pub(crate) fn registration(
    flow: &Flow,
    name: &TokenStream,
    function: &Function,
    parameters: &[Parameter],
    deployments: &[Deployment],
) -> TokenStream {
    let ident = &function.signature.ident;
    let function_name = plain_name(ident);
    let source = source(ident);
    let description = match (&flow.description, function.description()) {
        (Some(given), _) => quote!(::core::option::Option::Some(#given)),
        (None, Some(doc)) => quote!(::core::option::Option::Some(#doc)),
        (None, None) => quote!(::core::option::Option::None),
    };
    let version = optional(flow.version.as_ref());
    let run_name = optional(flow.run_name.as_ref());
    let timeout = optional(flow.timeout.as_ref());
    let Flow {
        retries,
        retry_delay,
        ..
    } = flow;
    let defaults = parameters.iter().filter_map(default_function);
    let records = parameters.iter().map(parameter_record);
    let run = run(function, parameters);
    let deployments = deployments
        .iter()
        .map(|deployment| deployment::registration(deployment, parameters));
    quote! {
        const _: () = {
            #(#defaults)*
            #run
            static FLOW: ::longshore::record::FlowRecord = ::longshore::record::FlowRecord {
                name: #name,
                function: #function_name,
                package: ::core::env!("CARGO_PKG_NAME"),
                package_version: ::core::env!("CARGO_PKG_VERSION"),
                source: #source,
                description: #description,
                version: #version,
                run_name: #run_name,
                retries: #retries,
                retry_delay: &[#(#retry_delay),*],
                timeout: #timeout,
                parameters: &[#(#records),*],
                run,
            };
            ::longshore::__private::inventory::submit! {
                ::longshore::registry::RegisteredFlow(&FLOW)
            }
            #(#deployments)*
        };
    }
}

/// The place of some tokens as an expression of type `SourceLocation`.
pub(crate) fn source(place: &impl ToTokens) -> TokenStream {
    // `line!` reports the outermost expansion, which is the attribute's own line.
    let span = place.span();
    let line = quote_spanned!(span=> ::core::line!());
    quote!(::longshore::record::SourceLocation { file: ::core::file!(), line: #line })
}

fn default_name(parameter: &Parameter) -> Ident {
    let name = plain_name(&parameter.name);
    Ident::new(&format!("default_of_{name}"), Span::mixed_site())
}

fn default_function(parameter: &Parameter) -> Option<TokenStream> {
    let name = default_name(parameter);
    let r#type = &parameter.r#type;
    let value = match &parameter.default {
        ParameterDefault::None => return None,
        ParameterDefault::Value(value) => typed_value(value),
        ParameterDefault::Call(path) => quote!(#path()),
    };
    Some(quote!(fn #name() -> #r#type { #value }))
}

fn parameter_record(parameter: &Parameter) -> TokenStream {
    let name = plain_name(&parameter.name);
    let description = optional(parameter.description.as_ref());
    let r#type = &parameter.r#type;
    let default = match &parameter.default {
        ParameterDefault::None => quote!(DefaultValue::absent({
            #[allow(unused_imports)]
            use ::longshore::__private::Required as _;
            <::longshore::__private::Probe<#r#type>>::REQUIRED
        })),
        ParameterDefault::Value(_) => {
            let function = default_name(parameter);
            quote!(DefaultValue::Shown(|| {
                ::longshore::__private::serde_json::to_value(#function())
            }))
        }
        ParameterDefault::Call(_) => quote!(DefaultValue::PerRun),
    };
    let of = quote_spanned!(r#type.span()=> ::longshore::parameter::ParameterRecord::of);
    quote!(#of::<#r#type>(#name, #description, ::longshore::parameter::#default))
}

/// The function that takes the arguments apart and calls the flow.
fn run(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let ident = &function.signature.ident;
    let arguments = Ident::new("arguments", Span::mixed_site());
    let names: Vec<Ident> = (0..parameters.len())
        .map(|index| Ident::new(&format!("argument_{index}"), Span::mixed_site()))
        .collect();
    let reads = parameters.iter().zip(&names).map(|(parameter, name)| {
        let key = plain_name(&parameter.name);
        let r#type = &parameter.r#type;
        match parameter.default {
            ParameterDefault::None => {
                quote!(let #name: #r#type = #arguments.take(#key)?;)
            }
            _ => {
                let default = default_name(parameter);
                quote!(let #name: #r#type = #arguments.take_or_else(#key, #default)?;)
            }
        }
    });
    let output = function.output();
    let finish = quote_spanned!(output.span()=> ::longshore::__private::finish);
    let call = match function.signature.asyncness {
        Some(_) => quote!(#finish(#ident(#(#names),*).await)),
        None => quote!(::longshore::__private::blocking(move || #finish(#ident(#(#names),*))).await),
    };
    quote! {
        fn run(
            #[allow(unused_mut)] mut #arguments: ::longshore::parameter::Arguments,
        ) -> ::longshore::record::FlowFuture {
            ::std::boxed::Box::pin(async move {
                #(#reads)*
                #arguments.finish()?;
                #call
            })
        }
    }
}

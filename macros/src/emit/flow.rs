//! The registration of a flow and of its deployments.

use longshore_spec::FlowName;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use crate::deployment::Deployment;
use crate::emit::{deployment, elsewhere};
use crate::flow::Flow;
use crate::function::{Function, Parameter, ParameterDefault};
use crate::parameters::{Parameters, plain_name, typed_value};
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
///
/// Items have no hygiene: their names are long, so that the user's expressions beside them never mean them.
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
    let constants = parameters.iter().enumerate().map(parameter_constant);
    let names = (0..parameters.len()).map(parameter_name);
    let run = run(function, parameters);
    let deployments = deployments.iter().map(|deployment| {
        deployment::registration(
            deployment,
            &quote!(&__LONGSHORE_FLOW),
            Parameters::Here(parameters),
        )
    });
    let declaration = elsewhere::declaration(function);
    let takes = elsewhere::takes(function, parameters);
    quote! {
        #declaration
        const _: () = {
            #takes
            #(#constants)*
            #run
            static __LONGSHORE_FLOW: ::longshore::record::FlowRecord = ::longshore::record::FlowRecord {
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
                parameters: &[#(#names.record()),*],
                run: __longshore_run,
            };
            ::longshore::__private::inventory::submit! {
                ::longshore::registry::RegisteredFlow(&__LONGSHORE_FLOW)
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

fn parameter_name(index: usize) -> Ident {
    Ident::new(
        &format!("__LONGSHORE_PARAMETER_{index}"),
        Span::mixed_site(),
    )
}

/// A constant that ties a parameter's name to its type; the only place that asks anything of the type.
fn parameter_constant((index, parameter): (usize, &Parameter)) -> TokenStream {
    let constant = parameter_name(index);
    let name = plain_name(&parameter.name);
    let description = optional(parameter.description.as_ref());
    let r#type = &parameter.r#type;
    let default = match &parameter.default {
        ParameterDefault::None => quote!(Default::absent({
            #[allow(unused_imports)]
            use ::longshore::__private::Required as _;
            <::longshore::__private::Probe<#r#type>>::REQUIRED
        })),
        ParameterDefault::Value(value) => {
            let value = typed_value(value);
            quote!(Default::Shown({
                fn __longshore_default() -> #r#type { #value }
                __longshore_default
            }))
        }
        ParameterDefault::Call(path) => quote!(Default::PerRun(#path)),
    };
    let typed = quote_spanned! {r#type.span()=>
        ::longshore::parameter::typed::<#r#type>(
            #name, #description, ::longshore::parameter::#default
        )
    };
    quote!(const #constant: ::longshore::parameter::TypedParameter<#r#type> = #typed;)
}

/// The function that takes the arguments apart and calls the flow.
fn run(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let ident = &function.signature.ident;
    let arguments = Ident::new("arguments", Span::mixed_site());
    let names: Vec<Ident> = (0..parameters.len())
        .map(|index| Ident::new(&format!("argument_{index}"), Span::mixed_site()))
        .collect();
    let constants = (0..parameters.len()).map(parameter_name);
    let output = function.output();
    let call = match function.signature.asyncness {
        Some(_) => quote_spanned! {output.span()=>
            ::longshore::__private::finish(
                ::longshore::__private::entering(#ident(#(#names),*)).await
            )
        },
        None => quote_spanned! {output.span()=>
            ::longshore::__private::blocking(
                move || ::longshore::__private::enter(
                    move || ::longshore::__private::finish(#ident(#(#names),*))
                )
            ).await
        },
    };
    quote! {
        fn __longshore_run(
            #[allow(unused_mut)] mut #arguments: ::longshore::parameter::Arguments,
        ) -> ::longshore::record::FlowFuture {
            ::std::boxed::Box::pin(async move {
                #(let #names = #constants.take(&mut #arguments)?;)*
                #arguments.finish()?;
                #call
            })
        }
    }
}

//! The registration of a flow and of its deployments.

use longshore_spec::FlowName;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::deployment::Deployment;
use crate::emit::checks::{conversion, parameter_type, required};
use crate::emit::{deployment, elsewhere, names, subflow};
use crate::flow::Flow;
use crate::function::{Function, Parameter, ParameterDefault};
use crate::literal::{is_parameter, literal_of};
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
    quote!(__longshore::FlowName::checked_by_macro(#name))
}

/// The type that stands beside the function, with the function itself, and what is handed to `inventory`.
///
/// Items have no hygiene: their names are long, so that the user's expressions beside them never mean them.
pub(crate) fn registration(
    flow: &Flow,
    name: &TokenStream,
    function: &Function,
    parameters: &[Parameter],
    deployments: &[Deployment],
) -> TokenStream {
    let declaration = elsewhere::declaration(function);
    let inner = subflow::inner(function, parameters);
    let told = elsewhere::told(function, parameters);
    let record = record(flow, name, function, parameters);
    let types = parameters.iter().filter_map(parameter_type);
    let names = names();
    let flow = quote!(&__LONGSHORE_FLOW);
    let deployments: Vec<TokenStream> = deployments
        .iter()
        .map(|deployment| deployment::record(deployment, &flow, Parameters::Here(parameters)))
        .collect();
    let submission = deployment::submission(&quote!(__longshore::Some(#flow)), &deployments);
    quote! {
        #declaration
        #inner
        const _: () = {
            #names
            static __LONGSHORE_FLOW: __longshore::FlowRecord = #record;
            #(#types)*
            #told
            #submission
        };
    }
}

fn record(
    flow: &Flow,
    name: &TokenStream,
    function: &Function,
    parameters: &[Parameter],
) -> TokenStream {
    let ident = &function.signature.ident;
    let function_name = plain_name(ident);
    let source = source(ident);
    let description = match (&flow.description, function.description()) {
        (Some(given), _) => quote!(__longshore::Some(#given)),
        (None, Some(doc)) => quote!(__longshore::Some(#doc)),
        (None, None) => quote!(__longshore::None),
    };
    let version = optional(flow.version.as_ref());
    let run_name = optional(flow.run_name.as_ref());
    let timeout = optional(flow.timeout.as_ref());
    let Flow {
        retries,
        retry_delay,
        ..
    } = flow;
    let body = body(function, &subflow::arity(parameters));
    let parameters = parameters.iter().map(parameter_record);
    quote! {
        __longshore::FlowRecord {
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
            parameters: &[#(#parameters),*],
            body: #body,
        }
    }
}

/// The place of some tokens as an expression of type `SourceLocation`.
pub(crate) fn source(place: &impl ToTokens) -> TokenStream {
    quote_spanned!(place.span()=> __longshore::SourceLocation::here())
}

/// What ties a parameter's name to its type; the only place that asks anything of the type.
fn parameter_record(parameter: &Parameter) -> TokenStream {
    let name = plain_name(&parameter.name);
    let description = optional(parameter.description.as_ref());
    let r#type = &parameter.r#type;
    let default = match &parameter.default {
        ParameterDefault::None => {
            let required = required(r#type);
            quote!(Default::absent(#required))
        }
        ParameterDefault::Value(value) => match literal_of(r#type, value) {
            Some(literal) => quote!(Default::Literal(#literal)),
            None => {
                let value = typed_value(value);
                quote!(Default::Shown({
                    fn __longshore_default() -> #r#type { #value }
                    __longshore_default
                }))
            }
        },
        ParameterDefault::Call(path) => quote!(Default::PerRun(#path)),
    };
    let typed = if is_parameter(r#type) {
        quote!(__longshore::typed::<#r#type>(__longshore::#default))
    } else {
        let conversion = conversion(r#type);
        quote!(__longshore::typed_by::<#r#type>(__longshore::#default, #conversion))
    };
    quote!(__longshore::ParameterRecord::new(#name, #description, &#typed))
}

/// How a run calls the function; whether it returns what a flow may is told where its output is.
fn body(function: &Function, arity: &TokenStream) -> TokenStream {
    let output = function.output();
    let called = subflow::inner_path(function, &output);
    let body = match function.signature.asyncness {
        Some(_) => quote!(body),
        None => quote!(plain_body),
    };
    quote_spanned!(output.span()=> &::longshore::__private::#body::<_, #arity>(#called))
}

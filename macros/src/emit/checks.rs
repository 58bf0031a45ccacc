//! Checks that only rustc can make: types of values, constants, parameters without a value.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::deployment::Deployment;
use crate::emit::names;
use crate::function::{Parameter, ParameterDefault};
use crate::literal::{is_parameter, is_required};
use crate::parameters::{Parameters, plain_name};
use crate::ruled::Ruled;
use crate::signature::{innermost, written};

/// The checks of one function's deployments; in full only if the registration will not repeat them.
pub(crate) fn checks(
    parameters: &[Parameter],
    deployments: &[Deployment],
    registered: bool,
) -> TokenStream {
    let missing = deployments
        .iter()
        .flat_map(|deployment| missing_values(parameters, deployment));
    // With mistakes elsewhere nothing is registered; values still meet their types and tags their rule.
    let unregistered = (!registered).then(|| {
        let values = deployments
            .iter()
            .map(|deployment| unregistered(deployment, Parameters::Here(parameters)));
        quote!(#(#values)*)
    });
    quote!(#(#missing)* #unregistered)
}

/// What the record would have met if it were registered.
pub(crate) fn unregistered(deployment: &Deployment, parameters: Parameters<'_>) -> TokenStream {
    let names = names();
    let values = deployment
        .parameter_lists()
        .map(|list| list.tokens(parameters));
    let constants = constants(deployment);
    quote! {
        const _: () = {
            #names
            #(const _: __longshore::ParameterValues = #values;)*
        };
        #(const _: &str = #constants;)*
    }
}

/// Constants that stand where a rule applies, each checked once.
fn constants(deployment: &Deployment) -> Vec<TokenStream> {
    let slugs = deployment.schedules.iter();
    let slugs = slugs.filter_map(|schedule| schedule.slug.as_ref());
    [
        &deployment.name,
        &deployment.image,
        &deployment.queue,
        &deployment.pool,
        &deployment.storage,
        &deployment.path,
        &deployment.renamed_from,
    ]
    .into_iter()
    .flatten()
    .chain(slugs)
    .chain(&deployment.tags)
    .filter(|ruled| ruled.literal.is_none())
    .map(Ruled::text)
    .collect()
}

/// A scheduled deployment gives every parameter a value, since nobody is there to be asked.
fn missing_values(parameters: &[Parameter], deployment: &Deployment) -> Vec<TokenStream> {
    let mut checks = Vec::new();
    for parameter in parameters {
        let has_default = !matches!(parameter.default, ParameterDefault::None);
        if has_default || deployment.parameters.may_have(&parameter.name) {
            continue;
        }
        let lacking = deployment
            .schedules
            .iter()
            .find(|schedule| !schedule.parameters.may_have(&parameter.name));
        if let Some(schedule) = lacking {
            checks.push(missing_value(parameter, deployment, &schedule.place));
        }
    }
    checks
}

fn missing_value(
    parameter: &Parameter,
    deployment: &Deployment,
    place: &TokenStream,
) -> TokenStream {
    let name = plain_name(&parameter.name);
    let r#type = &parameter.r#type;
    let deployed = deployment
        .name
        .as_ref()
        .and_then(|name| name.literal.as_ref())
        .map(|name| format!(" `{}`", name.value()))
        .unwrap_or_default();
    let message = format!(
        "the deployment{deployed} is scheduled and gives no value for the parameter `{name}`\n\
         help: add `parameters({name} = ...)`, or give the parameter a default with \
         `#[param(default = ...)]`"
    );
    let panic = quote_spanned!(place.span()=> ::core::panic!(#message));
    let required = required(r#type);
    quote! {
        const _: () = if #required {
            #panic
        };
    }
}

/// A constant expression: whether a parameter of the type has to have a value.
pub(crate) fn required(r#type: &Type) -> TokenStream {
    if is_required(r#type) {
        return quote!(true);
    }
    quote!({
        #[allow(unused_imports)]
        use ::longshore::__private::Otherwise as _;
        <::longshore::__private::Probe<#r#type>>::REQUIRED
    })
}

/// A check of what a parameter's type implements, unless the type is known by name.
pub(crate) fn parameter_type(parameter: &Parameter) -> Option<TokenStream> {
    let r#type = &parameter.r#type;
    if is_parameter(r#type) {
        return None;
    }
    let name = written(r#type);
    let innermost = written(innermost(r#type));
    let probe = quote!(<::longshore::__private::Probe<#r#type>>);
    // The whole call has the type's span, so that the error is reported there.
    let check = quote_spanned! {r#type.span()=>
        ::longshore::__private::parameter_type(
            #name,
            #innermost,
            [#probe::SERIALIZES, #probe::DESERIALIZES, #probe::HAS_SCHEMA],
        )
    };
    Some(quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::longshore::__private::Otherwise as _;
            #check
        };
    })
}

/// An expression: how a type that is not known by name is read and shown.
pub(crate) fn conversion(r#type: &Type) -> TokenStream {
    quote!({
        #[allow(unused_imports)]
        use ::longshore::__private::Otherwise as _;
        <::longshore::__private::Probe<#r#type>>::CONVERSION
    })
}

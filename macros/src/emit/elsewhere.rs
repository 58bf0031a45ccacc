//! What joins a flow with a deployment that is declared away from it.
//!
//! Beside the function stands a type by whose name a `use` of the function finds the flow's record; what it is to be
//! held against, which the macro of the declaration cannot see, is then evaluated by the compiler.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use crate::deployment::Deployment;
use crate::emit::checks::unregistered;
use crate::emit::deployment::{record, submission};
use crate::emit::names;
use crate::function::{Function, Parameter};
use crate::import::{FlowPath, declaration_name};
use crate::parameters::Parameters;

/// The type beside the function; it can be named where the function can.
pub(crate) fn declaration(function: &Function) -> TokenStream {
    let name = declaration_name(&function.signature.ident, Span::mixed_site());
    let visibility = &function.visibility;
    quote! {
        #[doc(hidden)]
        #[allow(
            dead_code, missing_copy_implementations, missing_debug_implementations,
            non_camel_case_types, unreachable_pub
        )]
        #visibility struct #name;
    }
}

/// What the type stands for: the flow's record, and the type of each parameter.
pub(crate) fn told(function: &Function, parameters: &[Parameter]) -> TokenStream {
    let name = declaration_name(&function.signature.ident, Span::mixed_site());
    let takes = parameters.iter().enumerate().map(|(index, parameter)| {
        let r#type = &parameter.r#type;
        quote!(impl ::longshore::__private::Takes<#index, #r#type> for #name {})
    });
    quote! {
        impl ::longshore::__private::Flow for #name {
            const RECORD: &'static __longshore::FlowRecord = &__LONGSHORE_FLOW;
        }
        #(#takes)*
    }
}

/// The checks and registrations of deployments whose flow is only a path.
pub(crate) fn declared(flow: &FlowPath, deployments: &[Deployment], correct: bool) -> TokenStream {
    let module = flow.module();
    let place = flow.function.span();
    let declaration = declaration_name(&flow.function, place);
    let names = names();
    let found = quote_spanned!(place=> <__LongshoreFlow as ::longshore::__private::Flow>::RECORD);
    let checks = deployments.iter().map(|deployment| {
        let complete = complete(deployment);
        let secrets = secrets(deployment);
        quote!(#complete #secrets)
    });
    let rest = if correct {
        let flow = quote!(__LONGSHORE_FLOW);
        let records = deployments.iter();
        let records: Vec<TokenStream> = records
            .map(|deployment| record(deployment, &flow, Parameters::Elsewhere))
            .collect();
        submission(&quote!(__longshore::None), &records)
    } else {
        let values = deployments.iter();
        let values = values.map(|deployment| unregistered(deployment, Parameters::Elsewhere));
        quote!(#(#values)*)
    };
    quote! {
        const _: () = {
            #names
            // An import by `*` goes before this stand-in, so that a function which is no flow is told in our words.
            #[allow(dead_code, non_camel_case_types)]
            struct #declaration;
            // Neither is ever made, and the stand-in not even named if the import has one.
            #[allow(dead_code)]
            struct __LongshoreHere;
            const _: () = {
                #[allow(unused_imports)]
                use #module::*;
                impl ::longshore::__private::Reaches for __LongshoreHere {
                    type Flow = #declaration;
                }
            };
            type __LongshoreFlow = <__LongshoreHere as ::longshore::__private::Reaches>::Flow;
            const __LONGSHORE_FLOW: &__longshore::FlowRecord = #found;
            #(#checks)*
            #rest
        };
    }
}

/// A value of the parameter's type; a name that the flow does not know is told on the name.
pub(crate) fn given(name: &Ident, plain: &str, value: &TokenStream) -> TokenStream {
    let index = quote_spanned!(name.span()=>
        ::longshore::__private::parameter(__LONGSHORE_FLOW, #plain)
    );
    quote_spanned!(value.span()=>
        ::longshore::__private::given::<__LongshoreFlow, { #index }, _>(#value)
    )
}

/// A scheduled deployment gives every parameter a value.
fn complete(deployment: &Deployment) -> Option<TokenStream> {
    let name = deployment
        .name
        .as_ref()
        .and_then(|name| name.literal.as_ref())
        .map(syn::LitStr::value)
        .unwrap_or_default();
    let checks = deployment.schedules.iter().map(|schedule| {
        let given = deployment
            .parameters
            .names()
            .chain(schedule.parameters.names());
        quote_spanned!(schedule.place.span()=>
            ::longshore::__private::every_value(__LONGSHORE_FLOW, #name, &[#(#given),*]);
        )
    });
    (!deployment.schedules.is_empty()).then(|| quote!(const _: () = { #(#checks)* };))
}

/// The flow's program reads the secrets that it has been compiled with.
fn secrets(deployment: &Deployment) -> Option<TokenStream> {
    let (name, _) = deployment.secrets.first()?;
    let check = quote_spanned!(name.literal.span()=>
        ::longshore::__private::secrets_of(__LONGSHORE_FLOW, ::core::env!("CARGO_PKG_NAME"))
    );
    Some(quote!(const _: () = #check;))
}

//! The registration of one deployment.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, parse_quote};

use crate::deployment::Deployment;
use crate::emit::flow::source;
use crate::named::job_variable_values;
use crate::parameters::Parameters;
use crate::ruled::Ruled;
use crate::schedule::{Schedule, optional};

/// A `DeploymentParts`; `flow` is an expression of type `&'static FlowRecord`.
pub(crate) fn record(
    deployment: &Deployment,
    flow: &TokenStream,
    parameters: Parameters<'_>,
) -> TokenStream {
    let name = deployment.name.as_ref().map(Ruled::text);
    let source = source(&deployment.place);
    let package = match parameters {
        Parameters::Here(_) => quote!(__LONGSHORE_FLOW.package),
        Parameters::Elsewhere => quote!(::core::env!("CARGO_PKG_NAME")),
    };
    let texts = texts(deployment);
    let lists = lists(deployment, parameters);
    let plain = plain(deployment, parameters);
    quote! {
        __longshore::DeploymentParts {
            #texts
            #lists
            #plain
            ..__longshore::DeploymentParts::new(#name, #flow, #package, #source)
        }
    }
}

/// The fields that are texts under a rule.
fn texts(deployment: &Deployment) -> TokenStream {
    let fields = [
        ("image", &deployment.image),
        ("queue", &deployment.queue),
        ("pool", &deployment.pool),
        ("storage", &deployment.storage),
        ("path", &deployment.path),
        ("renamed_from", &deployment.renamed_from),
    ];
    let fields = fields.into_iter().filter_map(|(field, value)| {
        let (field, text) = (format_ident!("{field}"), value.as_ref()?.text());
        Some(quote!(#field: __longshore::Some(#text),))
    });
    fields.collect()
}

/// The fields that are lists.
fn lists(deployment: &Deployment, parameters: Parameters<'_>) -> TokenStream {
    let schedules = deployment.schedules.iter();
    let schedules = schedules.map(|schedule| schedule_record(schedule, parameters));
    let tags = deployment.tags.iter().map(ToTokens::to_token_stream);
    let environment = deployment.environment.iter().map(
        |(name, value)| quote!(__longshore::EnvironmentVariable { name: #name, value: #value }),
    );
    let secrets = deployment.secrets.iter().map(|(name, reference)| {
        quote!(__longshore::SecretRecord { name: #name, reference: #reference })
    });
    let fields: [(&str, Vec<TokenStream>); 4] = [
        ("schedules", schedules.collect()),
        ("tags", tags.collect()),
        ("environment", environment.collect()),
        ("secrets", secrets.collect()),
    ];
    let fields = fields.into_iter().filter(|(_, items)| !items.is_empty());
    fields
        .map(|(field, items)| {
            let field = format_ident!("{field}");
            quote!(#field: &[#(#items),*],)
        })
        .collect()
}

/// All other fields.
fn plain(deployment: &Deployment, parameters: Parameters<'_>) -> TokenStream {
    let mut fields = TokenStream::new();
    if !deployment.parameters.is_empty() {
        let values = deployment.parameters.tokens(parameters);
        fields.extend(quote!(parameters: #values,));
    }
    if !deployment.job_variables.is_empty() {
        let names = deployment.job_variables.iter().map(|(name, _)| name);
        let values = job_variable_values(&deployment.job_variables);
        fields.extend(quote!(job_variables: (&[#(#names),*], #values),));
    }
    if let Some(description) = &deployment.description {
        fields.extend(quote!(description: __longshore::Some(#description),));
    }
    if let Some(concurrency) = &deployment.concurrency {
        fields.extend(quote!(concurrency: __longshore::Some(#concurrency),));
    }
    if let Some(active) = deployment.active {
        fields.extend(quote!(active: __longshore::Some(#active),));
    }
    if let Some(catchup) = &deployment.catchup {
        fields.extend(quote!(catchup: #catchup,));
    }
    fields
}

/// What is handed to `inventory`; `flow` is an expression of type `Option<&'static FlowRecord>`.
pub(crate) fn submission(flow: &TokenStream, deployments: &[TokenStream]) -> TokenStream {
    // By its whole path: a short one waits for every import, and would be an error next to an attribute without one.
    quote! {
        ::longshore::__private::names::submit! {
            __longshore::Registration {
                flow: #flow,
                deployments: &[#(#deployments),*],
            }
        }
    }
}

/// A list of the deployments as a doc comment; it goes below what the user has written.
pub(crate) fn documentation(deployments: &[Deployment]) -> Option<Attribute> {
    if deployments.is_empty() {
        return None;
    }
    let mut text = String::from("\n# Deployments\n\n");
    for deployment in deployments {
        let name = deployment.name.as_ref().map(Ruled::shown);
        let when: Vec<&str> = deployment
            .schedules
            .iter()
            .map(|schedule| schedule.when.words.as_str())
            .collect();
        let when = match when.as_slice() {
            [] => "on demand".to_owned(),
            all => all.join("; "),
        };
        text.push_str(&format!("- `{}`: {when}", name.unwrap_or_default()));
        for (key, value) in [
            ("pool", &deployment.pool),
            ("queue", &deployment.queue),
            ("image", &deployment.image),
        ] {
            if let Some(value) = value {
                text.push_str(&format!(", {key} `{}`", value.shown()));
            }
        }
        text.push('\n');
    }
    Some(parse_quote!(#[doc = #text]))
}

fn schedule_record(schedule: &Schedule, parameters: Parameters<'_>) -> TokenStream {
    let slug = match &schedule.slug {
        Some(slug) => slug.text(),
        None => quote!("main"),
    };
    let when = &schedule.when.tokens;
    let active = optional(schedule.active.as_ref());
    let values = schedule.parameters.tokens(parameters);
    quote!(__longshore::schedule(#slug, #when, #active, #values))
}

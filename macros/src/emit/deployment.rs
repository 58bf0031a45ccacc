//! The registration of one deployment.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, parse_quote};

use crate::deployment::{Deployment, job_variable_values};
use crate::emit::flow::source;
use crate::parameters::Parameters;
use crate::schedule::{Schedule, optional};
use crate::value::Ruled;

/// A record for `inventory`; `flow` is an expression of type `&'static FlowRecord`.
pub(crate) fn registration(
    deployment: &Deployment,
    flow: &TokenStream,
    parameters: Parameters<'_>,
) -> TokenStream {
    let Deployment {
        name,
        tags,
        catchup,
        place,
        ..
    } = deployment;
    let source = source(place);
    let schedules = deployment
        .schedules
        .iter()
        .map(|schedule| schedule_record(schedule, parameters));
    let image = optional(deployment.image.as_ref());
    let queue = optional(deployment.queue.as_ref());
    let pool = optional(deployment.pool.as_ref());
    let storage = optional(deployment.storage.as_ref());
    let path = optional(deployment.path.as_ref());
    let values = deployment.parameters.tokens(parameters);
    let description = optional(deployment.description.as_ref());
    let concurrency = optional(deployment.concurrency.as_ref());
    let active = optional(deployment.active.as_ref());
    let environment = deployment.environment.iter().map(|(name, value)| {
        quote!(::longshore::record::EnvironmentVariable { name: #name, value: #value })
    });
    let variable_names = deployment.job_variables.iter().map(|(name, _)| name);
    let variable_values = job_variable_values(&deployment.job_variables);
    let secrets = deployment.secrets.iter().map(|(name, reference)| {
        quote!(::longshore::record::SecretRecord { name: #name, reference: #reference })
    });
    let renamed_from = optional(deployment.renamed_from.as_ref());
    quote! {
        ::longshore::__private::inventory::submit! {
            ::longshore::record::DeploymentRecord {
                name: #name,
                flow: #flow,
                package: ::core::env!("CARGO_PKG_NAME"),
                source: #source,
                schedules: &[#(#schedules),*],
                image: #image,
                queue: #queue,
                pool: #pool,
                storage: #storage,
                path: #path,
                parameters: #values,
                tags: &[#(#tags),*],
                description: #description,
                concurrency: #concurrency,
                active: #active,
                environment: &[#(#environment),*],
                job_variables: ::longshore::record::JobVariables {
                    names: &[#(#variable_names),*],
                    values: #variable_values,
                },
                secrets: &[#(#secrets),*],
                catchup: #catchup,
                renamed_from: #renamed_from,
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
        Some(slug) => quote!(#slug),
        None => quote!(::longshore::__private::spec::Slug::from_static("main")),
    };
    let when = &schedule.when.tokens;
    let active = optional(schedule.active.as_ref());
    let values = schedule.parameters.tokens(parameters);
    quote!(::longshore::record::ScheduleRecord {
        slug: #slug,
        schedule: #when,
        active: #active,
        parameters: #values,
    })
}

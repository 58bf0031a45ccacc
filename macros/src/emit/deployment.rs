//! The registration of one deployment.

use proc_macro2::TokenStream;
use quote::quote;

use crate::deployment::{Deployment, job_variable_values};
use crate::emit::flow::source;
use crate::function::Parameter;
use crate::schedule::{Schedule, optional};

/// A record for `inventory`; stands beside the flow's own record.
pub(crate) fn registration(deployment: &Deployment, parameters: &[Parameter]) -> TokenStream {
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
                flow: &__LONGSHORE_FLOW,
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

fn schedule_record(schedule: &Schedule, parameters: &[Parameter]) -> TokenStream {
    let slug = match &schedule.slug {
        Some(slug) => quote!(#slug),
        None => quote!(::longshore::__private::spec::Slug::from_static("main")),
    };
    let when = &schedule.schedule;
    let active = optional(schedule.active.as_ref());
    let values = schedule.parameters.tokens(parameters);
    quote!(::longshore::record::ScheduleRecord {
        slug: #slug,
        schedule: #when,
        active: #active,
        parameters: #values,
    })
}

//! List of the fields of a deployment that Longshore compares and writes.

use longshore_prefect::DeploymentUpdate;
use serde_json::{Value, json};

use super::Fields;

/// Declares the fields with their names on the server, in the order of a plan.
macro_rules! fields {
    ($($field:ident $name:literal,)*) => {
        /// Field of a deployment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field {
            $($field,)*
        }

        impl Field {
            pub(crate) const ALL: &[Self] = &[$(Self::$field,)*];

            /// Returns its name on the server.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)*
                }
            }
        }
    };
}

fields! {
    Tags "tags",
    Description "description",
    Version "version",
    Path "path",
    Entrypoint "entrypoint",
    WorkPool "work_pool_name",
    WorkQueue "work_queue_name",
    EnforceSchema "enforce_parameter_schema",
    ConcurrencyLimit "concurrency_limit",
    CollisionStrategy "collision_strategy",
    Paused "paused",
    Parameters "parameters",
    JobVariables "job_variables",
    Schema "parameter_openapi_schema",
}

impl Field {
    /// Returns its value as JSON.
    pub(super) fn value(self, fields: &Fields) -> Value {
        match self {
            Self::Tags => json!(fields.tags),
            Self::Description => json!(fields.description),
            Self::Version => json!(fields.version),
            Self::Path => json!(fields.path),
            Self::Entrypoint => json!(fields.entrypoint),
            Self::WorkPool => json!(fields.work_pool_name),
            Self::WorkQueue => json!(fields.work_queue_name),
            Self::EnforceSchema => json!(fields.enforce_parameter_schema),
            Self::ConcurrencyLimit => json!(fields.concurrency_limit),
            Self::CollisionStrategy => json!(fields.collision_strategy),
            Self::Paused => json!(fields.paused),
            Self::Parameters => json!(fields.parameters),
            Self::JobVariables => json!(fields.job_variables),
            Self::Schema => fields.parameter_openapi_schema.clone(),
        }
    }

    /// Writes its declared value into an update, with the fields that the server validates together with it.
    pub(super) fn write(self, fields: &Fields, update: &mut DeploymentUpdate) {
        match self {
            Self::Tags => update.tags = Some(fields.tags.clone()),
            Self::Description => update.description = Some(fields.description.clone()),
            Self::Version => update.version = Some(fields.version.clone()),
            Self::Path => update.path = Some(fields.path.clone()),
            Self::Entrypoint => update.entrypoint = Some(fields.entrypoint.clone()),
            // The server searches the queue in the pool of the same request.
            Self::WorkPool | Self::WorkQueue => {
                update.work_pool_name.clone_from(&fields.work_pool_name);
                update.work_queue_name.clone_from(&fields.work_queue_name);
            }
            // The server validates the values against the schema of the same request.
            Self::Parameters | Self::Schema | Self::EnforceSchema => {
                update.parameters = Some(fields.parameters.clone());
                update.parameter_openapi_schema = Some(fields.parameter_openapi_schema.clone());
                update.enforce_parameter_schema = Some(fields.enforce_parameter_schema);
            }
            Self::JobVariables => update.job_variables = Some(fields.job_variables.clone()),
            Self::ConcurrencyLimit | Self::CollisionStrategy => {
                update.concurrency_limit = Some(fields.concurrency_limit);
                update.concurrency_options = Some(fields.concurrency_options());
            }
            Self::Paused => update.paused = fields.paused,
        }
    }
}

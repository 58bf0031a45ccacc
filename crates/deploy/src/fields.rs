//! The fields of a deployment that Longshore owns, as declared and as stored.

mod hidden;

use longshore_prefect::{CollisionStrategy, ConcurrencyOptions, Deployment, DeploymentUpdate};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use hidden::environment_without_secrets;

/// The field that holds the parameters' schema; changes of it name the part behind a dot.
pub(crate) const SCHEMA: &str = "parameter_openapi_schema";

/// The job variable that holds the environment of runs.
pub(crate) const ENVIRONMENT: &str = "env";

/// The field of that variable; changes of it name the variable of the environment behind a dot.
const ENVIRONMENT_FIELD: &str = "job_variables.env";

/// Values that Longshore sets and compares; what is not here is left alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    /// Sorted.
    pub(crate) tags: Vec<String>,
    pub(crate) description: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) entrypoint: Option<String>,
    pub(crate) work_pool_name: Option<String>,
    pub(crate) work_queue_name: Option<String>,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) parameter_openapi_schema: Value,
    pub(crate) enforce_parameter_schema: bool,
    pub(crate) job_variables: Map<String, Value>,
    pub(crate) concurrency_limit: Option<u32>,
    pub(crate) collision_strategy: Option<CollisionStrategy>,
    /// `None` where the declaration leaves it to the operator.
    pub(crate) paused: Option<bool>,
}

/// One field that is not as declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FieldChange {
    /// Name of the field, with the key behind a dot where the field is a map.
    pub(crate) field: String,
    /// What the server has; null if nothing.
    pub(crate) old: Value,
    /// What is declared; null if nothing.
    pub(crate) new: Value,
}

impl Fields {
    /// The owned fields of a stored deployment, with the server's defaults made ours.
    pub(crate) fn stored(deployment: &Deployment) -> Self {
        let mut tags = deployment.tags.clone();
        tags.sort();
        let limit = deployment.concurrency_limit();
        let options = deployment.concurrency_options.as_ref();
        Self {
            tags,
            description: deployment
                .description
                .clone()
                .filter(|text| !text.is_empty()),
            version: deployment.version.clone(),
            path: deployment.path.clone(),
            entrypoint: deployment.entrypoint.clone(),
            work_pool_name: deployment.work_pool_name.clone(),
            work_queue_name: deployment.work_queue_name.clone(),
            parameters: deployment.parameters.clone(),
            parameter_openapi_schema: deployment
                .parameter_openapi_schema
                .clone()
                .unwrap_or(json!({})),
            enforce_parameter_schema: deployment.enforce_parameter_schema,
            job_variables: deployment.job_variables.clone(),
            concurrency_limit: limit,
            // Without options a run that finds no slot waits; without a limit none can be too many.
            collision_strategy: limit.map(|_| {
                options.map_or(CollisionStrategy::Enqueue, |options| {
                    options.collision_strategy.clone()
                })
            }),
            paused: Some(deployment.paused),
        }
    }

    /// The options that the server takes beside the limit.
    pub(crate) fn concurrency_options(&self) -> Option<ConcurrencyOptions> {
        self.collision_strategy
            .as_ref()
            .map(|strategy| ConcurrencyOptions {
                collision_strategy: strategy.clone(),
                grace_period_seconds: None,
            })
    }

    /// What must change in `stored` so that it is as declared here.
    pub(crate) fn changes_from(&self, stored: &Self) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        let mut compare = |field: &str, old: Value, new: Value| {
            if !same(&old, &new) {
                changes.push(FieldChange {
                    field: field.to_owned(),
                    old,
                    new,
                });
            }
        };
        compare("tags", json!(stored.tags), json!(self.tags));
        compare(
            "description",
            json!(stored.description),
            json!(self.description),
        );
        compare("version", json!(stored.version), json!(self.version));
        compare("path", json!(stored.path), json!(self.path));
        compare(
            "entrypoint",
            json!(stored.entrypoint),
            json!(self.entrypoint),
        );
        compare(
            "work_pool_name",
            json!(stored.work_pool_name),
            json!(self.work_pool_name),
        );
        compare(
            "work_queue_name",
            json!(stored.work_queue_name),
            json!(self.work_queue_name),
        );
        compare(
            "enforce_parameter_schema",
            json!(stored.enforce_parameter_schema),
            json!(self.enforce_parameter_schema),
        );
        compare(
            "concurrency_limit",
            json!(stored.concurrency_limit),
            json!(self.concurrency_limit),
        );
        compare(
            "collision_strategy",
            json!(stored.collision_strategy),
            json!(self.collision_strategy),
        );
        if self.paused.is_some() {
            compare("paused", json!(stored.paused), json!(self.paused));
        }
        compare_maps(
            "parameters",
            &stored.parameters,
            &self.parameters,
            &mut changes,
        );
        compare_job_variables(&stored.job_variables, &self.job_variables, &mut changes);
        compare_schemas(
            &stored.parameter_openapi_schema,
            &self.parameter_openapi_schema,
            &mut changes,
        );
        changes
    }

    /// The update that makes these changes.
    pub(crate) fn update(&self, changes: &[FieldChange]) -> DeploymentUpdate {
        let mut update = DeploymentUpdate::default();
        for change in changes {
            let field = change.field.split('.').next().unwrap_or_default();
            match field {
                "tags" => update.tags = Some(self.tags.clone()),
                "description" => update.description = Some(self.description.clone()),
                "version" => update.version = Some(self.version.clone()),
                "path" => update.path = Some(self.path.clone()),
                "entrypoint" => update.entrypoint = Some(self.entrypoint.clone()),
                // Sent together, since a queue is looked up in the pool of the same request.
                "work_pool_name" | "work_queue_name" => {
                    update.work_pool_name.clone_from(&self.work_pool_name);
                    update.work_queue_name.clone_from(&self.work_queue_name);
                }
                // Sent together, since the server judges the values by the schema.
                "parameters" | "parameter_openapi_schema" | "enforce_parameter_schema" => {
                    update.parameters = Some(self.parameters.clone());
                    update.parameter_openapi_schema = Some(self.parameter_openapi_schema.clone());
                    update.enforce_parameter_schema = Some(self.enforce_parameter_schema);
                }
                "job_variables" => update.job_variables = Some(self.job_variables.clone()),
                "concurrency_limit" | "collision_strategy" => {
                    update.concurrency_limit = Some(self.concurrency_limit);
                    update.concurrency_options = Some(self.concurrency_options());
                }
                "paused" => update.paused = self.paused,
                _ => {}
            }
        }
        update
    }
}

/// What must change in a stored map so that it is as declared, key by key.
pub(crate) fn compare_maps(
    field: &str,
    stored: &Map<String, Value>,
    declared: &Map<String, Value>,
    changes: &mut Vec<FieldChange>,
) {
    let added = declared.keys().filter(|key| !stored.contains_key(*key));
    let mut keys: Vec<&String> = stored.keys().chain(added).collect();
    keys.sort();
    for key in keys {
        let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
        let both = stored.contains_key(key) && declared.contains_key(key);
        let (old, new) = (of(stored), of(declared));
        if !both || !same(&old, &new) {
            changes.push(FieldChange {
                field: format!("{field}.{key}"),
                old,
                new,
            });
        }
    }
}

/// The environment is compared variable by variable.
fn compare_job_variables(
    stored: &Map<String, Value>,
    declared: &Map<String, Value>,
    changes: &mut Vec<FieldChange>,
) {
    let environment = |variables: &Map<String, Value>| variables.get(ENVIRONMENT).cloned();
    match (environment(stored), environment(declared)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let without = |variables: &Map<String, Value>| {
                let mut rest = variables.clone();
                rest.remove(ENVIRONMENT);
                rest
            };
            compare_maps(
                "job_variables",
                &without(stored),
                &without(declared),
                changes,
            );
            compare_maps(ENVIRONMENT_FIELD, &old, &new, changes);
        }
        _ => compare_maps("job_variables", stored, declared, changes),
    }
}

/// A schema is shown parameter by parameter; the rest of it as a whole.
fn compare_schemas(stored: &Value, declared: &Value, changes: &mut Vec<FieldChange>) {
    let parts = |schema: &Value| {
        let mut rest = schema.as_object().cloned().unwrap_or_default();
        let properties = rest.remove("properties");
        let properties = properties.as_ref().and_then(Value::as_object).cloned();
        (properties.unwrap_or_default(), rest)
    };
    let (old_properties, old_rest) = parts(stored);
    let (new_properties, new_rest) = parts(declared);
    compare_maps(
        &format!("{SCHEMA}.properties"),
        &old_properties,
        &new_properties,
        changes,
    );
    compare_maps(SCHEMA, &old_rest, &new_rest, changes);
}

/// Whether two values are the same to the server, to which 1 and 1.0 are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (left, right) => left == right,
    }
}

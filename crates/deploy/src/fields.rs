//! The fields of a deployment that Longshore owns, as declared and as stored.

mod field;
mod hidden;

use longshore_prefect::{CollisionStrategy, ConcurrencyOptions, Deployment, DeploymentUpdate};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use field::Field;
pub(crate) use hidden::environment_without_secrets;

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

    /// What must change in `stored` so that it is as declared here, each change with its field.
    pub(crate) fn changes_from(&self, stored: &Self) -> Vec<(Field, FieldChange)> {
        let of_field = |field: Field| {
            let changes = self.changes_of(field, stored).into_iter();
            changes.map(move |change| (field, change))
        };
        Field::ALL.iter().copied().flat_map(of_field).collect()
    }

    fn changes_of(&self, field: Field, stored: &Self) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        match field {
            Field::Parameters => compare_maps(
                field.name(),
                &stored.parameters,
                &self.parameters,
                &mut changes,
            ),
            Field::JobVariables => {
                compare_job_variables(&stored.job_variables, &self.job_variables, &mut changes);
            }
            Field::Schema => compare_schemas(
                &stored.parameter_openapi_schema,
                &self.parameter_openapi_schema,
                &mut changes,
            ),
            // Left to the operator.
            Field::Paused if self.paused.is_none() => {}
            simple => {
                let (old, new) = (simple.value(stored), simple.value(self));
                if !same(&old, &new) {
                    changes.push(FieldChange {
                        field: simple.name().to_owned(),
                        old,
                        new,
                    });
                }
            }
        }
        changes
    }

    /// The update that changes these fields.
    pub(crate) fn update(&self, fields: impl IntoIterator<Item = Field>) -> DeploymentUpdate {
        let mut update = DeploymentUpdate::default();
        for field in fields {
            field.write(self, &mut update);
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
    const NAME: &str = Field::JobVariables.name();
    let environment = |variables: &Map<String, Value>| variables.get(ENVIRONMENT).cloned();
    match (environment(stored), environment(declared)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let without = |variables: &Map<String, Value>| {
                let mut rest = variables.clone();
                rest.remove(ENVIRONMENT);
                rest
            };
            compare_maps(NAME, &without(stored), &without(declared), changes);
            compare_maps(ENVIRONMENT_FIELD, &old, &new, changes);
        }
        _ => compare_maps(NAME, stored, declared, changes),
    }
}

/// A schema is shown parameter by parameter; the rest of it as a whole.
fn compare_schemas(stored: &Value, declared: &Value, changes: &mut Vec<FieldChange>) {
    const NAME: &str = Field::Schema.name();
    let parts = |schema: &Value| {
        let mut rest = schema.as_object().cloned().unwrap_or_default();
        let properties = rest.remove("properties");
        let properties = properties.as_ref().and_then(Value::as_object).cloned();
        (properties.unwrap_or_default(), rest)
    };
    let (old_properties, old_rest) = parts(stored);
    let (new_properties, new_rest) = parts(declared);
    compare_maps(
        &format!("{NAME}.properties"),
        &old_properties,
        &new_properties,
        changes,
    );
    compare_maps(NAME, &old_rest, &new_rest, changes);
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

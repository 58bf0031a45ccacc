//! What the attributes, `longshore.toml` and the artifacts together declare.

use std::fmt;

use chrono::{DateTime, Utc};
use longshore::record::{
    Catchup, CollisionStrategy as DeclaredStrategy, DeploymentRecord, SourceLocation,
};
use longshore_prefect::{CollisionStrategy, DeploymentWrite, ScheduleWrite, WireSchedule};
use longshore_spec::fires::{FiresError, default_anchor};
use longshore_spec::{
    Anchor, DECLARED_DEPLOYMENT, Explain, ImageReferenceError, Schedule, SecretSource, TimeZone,
};
use longshore_storage::{Digest, Executable};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::LinkedPackage;
use crate::config::{Config, Setting};
use crate::fields::Fields;

/// Queue that every pool has; Prefect takes it where none is named.
pub(crate) const DEFAULT_QUEUE: &str = "default";

/// Program that fetches an artifact and becomes it, found on the worker's `PATH`.
pub(crate) const RUNNER: &str = "longshore-run";

/// A deployment by the names that find it on the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct DeploymentKey {
    pub(crate) flow: String,
    pub(crate) deployment: String,
}

impl DeploymentKey {
    /// The names of a record in the environment.
    pub(crate) fn of(record: &DeploymentRecord, config: &Config) -> Self {
        Self {
            flow: record.flow.name.to_string(),
            deployment: config.deployment_name(&record.name),
        }
    }
}

impl fmt::Display for DeploymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.flow, self.deployment)
    }
}

/// A deployment with the place of its declaration, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub(crate) key: DeploymentKey,
    pub(crate) place: SourceLocation,
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at {}", self.key, self.place)
    }
}

/// A stored artifact, or one that is about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredArtifact {
    /// Absolute path or URL of the binary in its store.
    pub(crate) location: String,
    pub(crate) digest: Digest,
    /// What it is made for; `None` if it is no Linux program.
    pub(crate) executable: Option<Executable>,
}

/// A deployment as it shall be.
#[derive(Debug, Clone)]
pub(crate) struct Desired {
    pub(crate) key: DeploymentKey,
    /// The name that it had before.
    pub(crate) former: Option<DeploymentKey>,
    /// Where the attribute stands.
    pub(crate) source: SourceLocation,
    /// Cargo package of its flow.
    pub(crate) package: &'static str,
    pub(crate) fields: Fields,
    pub(crate) schedules: Vec<ScheduleWrite>,
    /// The schedules as they were written, in the same order.
    pub(crate) written_schedules: Vec<&'static Schedule>,
    pub(crate) image: Option<String>,
    /// Names by which the flow reads its secrets.
    pub(crate) secrets: Vec<String>,
    /// Where its values come from.
    pub(crate) settings: Vec<Setting>,
    /// `None` if nothing was built, so that the fields of the artifact are unknown.
    pub(crate) artifact: Option<StoredArtifact>,
    /// Fields whose values are unknown because nothing was built.
    unknown: Vec<&'static str>,
}

/// A declaration that cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DesiredError {
    #[error("deployment `{deployment}` at {place} has no work pool")]
    NoPool {
        deployment: DeploymentKey,
        place: SourceLocation,
    },
    #[error(
        "deployment `{deployment}` at {place}: Longshore does not read Azure Key Vault yet, so no run could have {secrets}"
    )]
    KeyVault {
        deployment: DeploymentKey,
        place: SourceLocation,
        secrets: String,
    },
    #[error("deployment `{deployment}` at {place}: {what} cannot be written as JSON")]
    Values {
        deployment: DeploymentKey,
        place: SourceLocation,
        what: String,
        source: serde_json::Error,
    },
    #[error("deployment `{deployment}` at {place}: the environment makes its image unusable")]
    Image {
        deployment: DeploymentKey,
        place: SourceLocation,
        source: Box<ImageReferenceError>,
    },
    #[error(
        "deployment `{deployment}` at {place}: schedule `{slug}` has no anchor that can be sent"
    )]
    Anchor {
        deployment: DeploymentKey,
        place: SourceLocation,
        slug: String,
        source: Box<AnchorError>,
    },
}

/// An interval's anchor cannot be told as a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnchorError {
    #[error(transparent)]
    Default(FiresError),
    #[error("`{anchor}` is not a moment")]
    Parse {
        anchor: String,
        source: chrono::ParseError,
    },
}

impl Explain for DesiredError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoPool { .. } => Some(
                "give it `pool = \"...\"`, or name one in longshore.toml: `[defaults]`, `pool = \"default\"`"
                    .to_owned(),
            ),
            Self::KeyVault { .. } => Some(
                "put the value into a block of type Secret on the server, and write `block:<its name>`".to_owned(),
            ),
            Self::Values { .. } => None,
            Self::Image { source, .. } => source.help(),
            Self::Anchor { .. } => Some("give it `anchor = \"2026-01-01T00:00:00Z\"`".to_owned()),
        }
    }
}

impl Desired {
    /// Puts together what is declared for one deployment.
    ///
    /// # Errors
    /// It has no pool, a secret that cannot be read, or a value that cannot be written as JSON.
    pub(crate) fn new(
        record: &'static DeploymentRecord,
        package: &LinkedPackage,
        config: &Config,
        artifact: Option<&StoredArtifact>,
    ) -> Result<Self, DesiredError> {
        let key = DeploymentKey::of(record, config);
        let flow = record.flow;
        let pool = config.setting(record.pool.as_ref(), |of| of.pool.as_ref());
        let pool = pool.ok_or_else(|| DesiredError::NoPool {
            deployment: key.clone(),
            place: record.source,
        })?;
        let unreadable = unreadable_secrets(record);
        if !unreadable.is_empty() {
            return Err(DesiredError::KeyVault {
                deployment: key,
                place: record.source,
                secrets: unreadable.join(", "),
            });
        }
        let queue = config.setting(record.queue.as_ref(), |of| of.queue.as_ref());
        let image = config.image(record.image.as_ref());
        let image = image.map_err(|source| DesiredError::Image {
            deployment: key.clone(),
            place: record.source,
            source: Box::new(source),
        })?;
        let settings = config.explain(record, image.as_ref());
        let image = image.map(|image| image.value);
        let values = Values { key: &key, record };
        let mut tags: Vec<String> = record.tags.iter().map(ToString::to_string).collect();
        tags.push(config.owner_tag());
        tags.sort();
        tags.dedup();
        let mut job_variables = values.read("a job variable", record.job_variables.values.get())?;
        let command = config.runner.as_deref().unwrap_or(RUNNER);
        job_variables.insert("command".to_owned(), json!(command));
        if let Some(image) = &image {
            job_variables.insert("image".to_owned(), json!(image));
        }
        let environment = environment(record, config);
        if !environment.is_empty() {
            job_variables.insert("env".to_owned(), Value::Object(environment));
        }
        if let Some(artifact) = artifact {
            job_variables.insert("artifact".to_owned(), json!(artifact.location));
            job_variables.insert("sha256".to_owned(), json!(artifact.digest.to_string()));
        }
        let description = record.description.or(flow.description);
        let concurrency = record.concurrency;
        let fields = Fields {
            tags,
            description: description
                .map(str::to_owned)
                .filter(|text| !text.is_empty()),
            version: match flow.version {
                Some(version) => Some(version.to_owned()),
                None => artifact.map(|artifact| artifact.digest.short()),
            },
            path: Some(match &record.path {
                Some(path) => path.to_string(),
                None => package.folder.to_owned(),
            }),
            entrypoint: Some(format!("{}:{}", flow.source.file, flow.function)),
            work_pool_name: Some(pool.value.to_string()),
            work_queue_name: Some(
                queue.map_or(DEFAULT_QUEUE.to_owned(), |queue| queue.value.to_string()),
            ),
            parameters: values.read("a parameter", record.parameters.get())?,
            parameter_openapi_schema: flow.parameter_schema(),
            enforce_parameter_schema: true,
            job_variables,
            concurrency_limit: concurrency.map(|concurrency| concurrency.limit),
            collision_strategy: concurrency.map(|concurrency| match concurrency.on_collision {
                DeclaredStrategy::Enqueue => CollisionStrategy::Enqueue,
                DeclaredStrategy::CancelNew => CollisionStrategy::CancelNew,
            }),
            paused: record.active.map(|active| !active),
        };
        let mut schedules = Vec::new();
        for schedule in record.schedules {
            let what = format!("a parameter of schedule `{}`", schedule.slug);
            let written = wire_schedule(&schedule.schedule);
            schedules.push(ScheduleWrite {
                schedule: written.map_err(|source| DesiredError::Anchor {
                    deployment: key.clone(),
                    place: record.source,
                    slug: schedule.slug.to_string(),
                    source: Box::new(source),
                })?,
                // `schedules = true` has no say about what the attribute switches off.
                active: match config.schedules() {
                    Some(on) => Some(on && schedule.active != Some(false)),
                    None => schedule.active,
                },
                slug: Some(schedule.slug.to_string()),
                parameters: Some(values.read(&what, schedule.parameters.get())?),
            });
        }
        Ok(Self {
            former: record.renamed_from.as_ref().map(|former| DeploymentKey {
                flow: key.flow.clone(),
                deployment: config.deployment_name(former),
            }),
            fields,
            schedules,
            written_schedules: record
                .schedules
                .iter()
                .map(|schedule| &schedule.schedule)
                .collect(),
            image: image.map(|image| image.to_string()),
            secrets: record
                .secrets
                .iter()
                .map(|secret| secret.name.to_string())
                .collect(),
            settings,
            package: flow.package,
            source: record.source,
            artifact: artifact.cloned(),
            unknown: if artifact.is_some() {
                Vec::new()
            } else {
                artifact_fields(flow.version)
            },
            key,
        })
    }

    /// The same deployment with other values, a stored artifact among them.
    pub(crate) fn with(
        self,
        fields: Fields,
        schedules: Vec<ScheduleWrite>,
        artifact: StoredArtifact,
    ) -> Self {
        Self {
            former: None,
            fields,
            schedules,
            written_schedules: Vec::new(),
            artifact: Some(artifact),
            unknown: Vec::new(),
            ..self
        }
    }

    /// Its name and place, for messages.
    pub(crate) fn declaration(&self) -> Declaration {
        Declaration {
            key: self.key.clone(),
            place: self.source,
        }
    }

    /// Whether a field's value is unknown because nothing was built.
    pub(crate) fn is_unknown(&self, field: &str) -> bool {
        self.unknown.contains(&field)
    }

    /// The body that creates the deployment.
    pub(crate) fn write(&self, flow_id: Uuid) -> DeploymentWrite {
        let fields = self.fields.clone();
        let concurrency_options = fields.concurrency_options();
        DeploymentWrite {
            paused: fields.paused,
            schedules: self.schedules.clone(),
            parameters: fields.parameters,
            parameter_openapi_schema: fields.parameter_openapi_schema,
            enforce_parameter_schema: fields.enforce_parameter_schema,
            tags: fields.tags,
            description: fields.description,
            version: fields.version,
            path: fields.path,
            entrypoint: fields.entrypoint,
            work_pool_name: fields.work_pool_name,
            work_queue_name: fields.work_queue_name,
            job_variables: fields.job_variables,
            concurrency_limit: fields.concurrency_limit,
            concurrency_options,
            ..DeploymentWrite::new(self.key.deployment.clone(), flow_id)
        }
    }
}

/// The variables of the deployment's runs.
///
/// A pool may have no place for variables, so the declared name is there only where a run looks for its declaration.
fn environment(record: &DeploymentRecord, config: &Config) -> Map<String, Value> {
    let declared = record.environment.iter();
    let mut all: Map<String, Value> = declared
        .map(|variable| (variable.name.to_string(), json!(variable.value)))
        .collect();
    let is_looked_for = !record.secrets.is_empty() || record.catchup != Catchup::default();
    if is_looked_for && !config.suffix().is_empty() {
        all.insert(DECLARED_DEPLOYMENT.to_owned(), json!(record.name));
    }
    all
}

/// The secrets of a deployment that nothing can read yet.
fn unreadable_secrets(record: &DeploymentRecord) -> Vec<String> {
    let secrets = record.secrets.iter();
    let unreadable =
        secrets.filter(|secret| matches!(secret.reference.source(), SecretSource::KeyVault { .. }));
    unreadable
        .map(|secret| format!("`{} = \"{}\"`", secret.name, secret.reference))
        .collect()
}

/// Reads the values that the generated functions give.
struct Values<'a> {
    key: &'a DeploymentKey,
    record: &'static DeploymentRecord,
}

impl Values<'_> {
    fn read(
        &self,
        what: &str,
        values: Result<Map<String, Value>, serde_json::Error>,
    ) -> Result<Map<String, Value>, DesiredError> {
        values.map_err(|source| DesiredError::Values {
            deployment: self.key.clone(),
            place: self.record.source,
            what: what.to_owned(),
            source,
        })
    }
}

/// A schedule in Prefect's JSON; what the server would fill in by itself is always sent.
pub(crate) fn wire_schedule(schedule: &Schedule) -> Result<WireSchedule, AnchorError> {
    let timezone = Some(
        schedule
            .timezone()
            .map_or("UTC", TimeZone::as_str)
            .to_owned(),
    );
    Ok(match schedule {
        Schedule::Cron {
            expression, day_or, ..
        } => WireSchedule::Cron {
            cron: expression.to_string(),
            timezone,
            day_or: *day_or,
        },
        Schedule::Interval { every, anchor, .. } => WireSchedule::Interval {
            interval: every.as_duration().as_secs_f64(),
            anchor_date: Some(anchor_moment(anchor.as_ref(), schedule.timezone())?),
            timezone,
        },
        Schedule::Rrule { rule, start, .. } => WireSchedule::Rrule {
            rrule: rule.with_start(start.as_ref()),
            timezone,
        },
    })
}

fn anchor_moment(
    anchor: Option<&Anchor>,
    zone: Option<&TimeZone>,
) -> Result<DateTime<Utc>, AnchorError> {
    let anchor = match anchor {
        Some(anchor) => anchor.clone(),
        None => default_anchor(zone).map_err(AnchorError::Default)?,
    };
    let moment = DateTime::parse_from_rfc3339(anchor.as_str());
    moment
        .map(|moment| moment.with_timezone(&Utc))
        .map_err(|source| AnchorError::Parse {
            anchor: anchor.to_string(),
            source,
        })
}

/// The fields that come from the artifact unless the attribute or `longshore.toml` says otherwise.
fn artifact_fields(version: Option<&str>) -> Vec<&'static str> {
    let mut fields = vec!["job_variables.artifact", "job_variables.sha256"];
    if version.is_none() {
        fields.push("version");
    }
    fields
}

//! What Prefect 2 stores in another way than Prefect 3, or not at all.

use longshore::record::SourceLocation;
use longshore_prefect::{Capabilities, Deployment, DeploymentUpdate, DeploymentWrite};
use longshore_spec::Explain;
use serde_json::Value;
use uuid::Uuid;

use super::draft4;
use super::matching::{Matching, UnknownPause};
use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::fields::Field;

/// A declaration that this server cannot store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnsupportedError {
    #[error(
        "deployment `{deployment}` at {place}: `{attribute}` cannot be stored by Prefect {version}"
    )]
    Attribute {
        deployment: DeploymentKey,
        place: SourceLocation,
        attribute: &'static str,
        version: String,
    },
    #[error(
        "deployment `{deployment}` at {place}: `parameters` of schedule `{slug}` cannot be stored by Prefect {version}"
    )]
    ScheduleParameters {
        deployment: DeploymentKey,
        place: SourceLocation,
        slug: String,
        version: String,
    },
    #[error(
        "deployment `{deployment}` at {place}: `{keyword}` in the schema of its parameters cannot be stored by Prefect {version}"
    )]
    Keyword {
        deployment: DeploymentKey,
        place: SourceLocation,
        keyword: &'static str,
        version: String,
    },
    #[error(
        "the runner's command `{command}` has quotes, which workers of Prefect {version} do not know"
    )]
    Quotes { command: String, version: String },
    #[error(
        "deployment `{deployment}` at {place}: an operator has switched off one of its schedules on the server, and \
         it cannot be told which of `{}` that is now",
        slugs.join("`, `")
    )]
    Pause {
        deployment: DeploymentKey,
        place: SourceLocation,
        slugs: Vec<String>,
    },
}

impl Explain for UnsupportedError {
    fn help(&self) -> Option<String> {
        let text = match self {
            Self::Attribute { .. } => "leave it out, or use a server of Prefect 3",
            Self::ScheduleParameters { .. } => {
                "move the schedule to a deployment of its own with these parameters, or use a server of Prefect 3"
            }
            Self::Keyword { .. } => {
                "bound the parameter's type by `minimum` and `maximum`, or use a server of Prefect 3"
            }
            Self::Quotes { .. } => {
                "write it without quotes: its words are what stands between single blanks"
            }
            Self::Pause { .. } => {
                "give each of them `active = true` or `active = false`, or change one schedule per apply"
            }
        };
        Some(text.to_owned())
    }
}

impl UnsupportedError {
    /// The pause of an operator that a plan would have to guess about.
    pub(super) fn pause(desired: &Desired, unknown: UnknownPause) -> Self {
        Self::Pause {
            deployment: desired.key.clone(),
            place: desired.source,
            slugs: unknown.slugs,
        }
    }
}

/// Says what is declared in the words of this server; what it has no words for is a problem.
pub(super) fn express(
    desired: &mut [Desired],
    config: &Config,
    capabilities: &Capabilities,
) -> Vec<UnsupportedError> {
    let version = || capabilities.version().to_owned();
    let mut problems = Vec::new();
    let quoted = |command: &&String| command.contains(['\'', '"', '\\']);
    if let Some(command) = config.runner.as_ref().filter(quoted)
        && !capabilities.shell_commands()
    {
        problems.push(UnsupportedError::Quotes {
            command: command.clone(),
            version: version(),
        });
    }
    for desired in desired {
        problems.extend(unsupported(desired, capabilities));
        if !capabilities.modern_schemas() {
            let keywords = draft4::rewrite(&mut desired.fields.parameter_openapi_schema);
            problems.extend(
                keywords
                    .into_iter()
                    .map(|keyword| UnsupportedError::Keyword {
                        deployment: desired.key.clone(),
                        place: desired.source,
                        keyword,
                        version: version(),
                    }),
            );
        }
    }
    problems
}

/// What the server has no place for, in the keys of the attribute.
fn unsupported(desired: &Desired, capabilities: &Capabilities) -> Vec<UnsupportedError> {
    let mut problems = Vec::new();
    let version = || capabilities.version().to_owned();
    let (deployment, place) = (&desired.key, desired.source);
    for name in desired.write(Uuid::nil()).unsupported_on(capabilities) {
        let attribute = match name {
            // Without a slug a schedule is still found, by what it says.
            "schedule slug" => continue,
            "schedule parameters" => {
                let schedules = desired.schedules.iter();
                let overriding = schedules.filter(|schedule| {
                    schedule
                        .unsupported_on(capabilities)
                        .contains(&"schedule parameters")
                });
                problems.extend(
                    overriding.map(|schedule| UnsupportedError::ScheduleParameters {
                        deployment: deployment.clone(),
                        place,
                        slug: schedule.slug.clone().unwrap_or_default(),
                        version: version(),
                    }),
                );
                continue;
            }
            // The limit and what happens at it are one key of the attribute.
            "concurrency options" if desired.fields.concurrency_limit.is_some() => continue,
            "concurrency limit" | "concurrency options" => "concurrency",
            other => other,
        };
        problems.push(UnsupportedError::Attribute {
            deployment: deployment.clone(),
            place,
            attribute,
            version: version(),
        });
    }
    problems
}

/// The changes in a form that the server's PATCH takes; `Err` with the whole deployment where it takes none.
///
/// A whole write gives the schedules new ids, and undoes each pause that it does not say.
pub(super) fn narrowest(
    mut update: DeploymentUpdate,
    changed: &[Field],
    desired: &Desired,
    stored: &Deployment,
    matching: &Matching<'_>,
    capabilities: &Capabilities,
) -> Result<DeploymentUpdate, Box<DeploymentWrite>> {
    if capabilities.schema_updates() {
        return Ok(update);
    }
    if changed.contains(&Field::Schema) {
        return Err(Box::new(whole(desired, stored, matching)));
    }
    // Unchanged: it only goes along with parameters.
    update.parameter_openapi_schema = None;
    // Prefect 2 judges a pool by the job variables of the same request, and refuses if there are none.
    if update.work_pool_name.is_some() {
        update.job_variables = Some(desired.fields.job_variables.clone());
    }
    Ok(update)
}

fn whole(desired: &Desired, stored: &Deployment, matching: &Matching<'_>) -> DeploymentWrite {
    let mut write = desired.write(stored.flow_id);
    write.paused = write.paused.or(Some(stored.paused));
    write.schedules = matching.with_pauses();
    if let Some(Value::Array(steps)) = &stored.pull_steps {
        write.pull_steps.clone_from(steps);
    }
    write
}

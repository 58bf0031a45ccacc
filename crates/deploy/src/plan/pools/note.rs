//! What the job template of an existing work pool lets a run choose, and whether it starts `longshore-run`.

use std::collections::BTreeSet;

use longshore_prefect::WorkPool;
use longshore_storage::{ARTIFACT, SHA256};
use serde_json::{Value, json};

use super::placeholder::variables;
use super::update::{PoolUpdate, update};
use super::{Config, Desired, MissingPools, Observed, settings};
use crate::job_template::{PROCESS, Settings, Start};

/// Keys of a job configuration, by the setting that they are a part of: those of all workers that Prefect ships.
const KEYS: [(Setting, &[&str]); 6] = [
    (Setting::Command, &["args", "command", "entrypoint"]),
    (Setting::Environment, &["env", "envFrom", "environment"]),
    (Setting::WorkingDirectory, &["workingDir", "working_dir"]),
    (Setting::Image, &["image", "image_uri"]),
    (
        Setting::Identity,
        &[
            "executionRoleArn",
            "identities",
            "serviceAccount",
            "serviceAccountName",
            "service_account_name",
            "taskRoleArn",
        ],
    ),
    (
        Setting::Host,
        &[
            "hostNetwork",
            "hostPath",
            "network_mode",
            "networks",
            "privileged",
            "securityContext",
            "volumes",
        ],
    ),
];

/// Keys whose value contains all settings of a job, so that a variable in its place chooses all of them.
const WHOLE: [&str; 12] = [
    "arm_template",
    "container_create_kwargs",
    "containers",
    "initContainers",
    "job_body",
    "job_manifest",
    "job_spec",
    "spec",
    "taskDefinition",
    "task_definition",
    "task_run_request",
    "template",
];

/// Paths of differences that a warning shows.
const SHOWN: usize = 3;

/// A setting of a job that decides what is executed, or with which rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Setting {
    Command,
    Environment,
    WorkingDirectory,
    Image,
    Identity,
    Host,
}

impl Setting {
    /// Whether a run that chooses it decides what the worker executes.
    fn decides_what_is_executed(self) -> bool {
        matches!(
            self,
            Self::Command | Self::Environment | Self::WorkingDirectory
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Environment => "environment",
            Self::WorkingDirectory => "working directory",
            Self::Image => "image",
            Self::Identity => "identity",
            Self::Host => "access to the host",
        }
    }
}

/// A problem of an existing work pool that does not stop a plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolNote {
    pub(crate) pool: String,
    pub(crate) finding: Finding,
    /// The template that `--update-pools` writes, if there is one.
    pub(crate) template: Option<Value>,
}

/// What is wrong with the job template of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Runs choose what is executed; these are the settings that they choose.
    ChosenByRuns(Vec<&'static str>),
    /// The template starts another command than longshore.toml names.
    OtherCommand {
        found: Option<String>,
        wanted: String,
    },
    /// The template differs from what longshore.toml says, at these paths.
    OtherTemplate(Vec<String>),
}

impl PoolNote {
    /// What was found, as one line.
    pub(crate) fn message(&self) -> String {
        let pool = &self.pool;
        match &self.finding {
            Finding::ChosenByRuns(settings) => format!(
                "the job template of work pool `{pool}` lets each run choose its {}",
                settings.join(", ")
            ),
            Finding::OtherCommand {
                found: Some(found),
                wanted,
            } => format!(
                "the job template of work pool `{pool}` starts `{found}`, not `{wanted}` as longshore.toml says"
            ),
            Finding::OtherCommand {
                found: None,
                wanted,
            } => format!(
                "the job template of work pool `{pool}` starts Prefect's Python engine, not `{wanted}`"
            ),
            Finding::OtherTemplate(paths) => {
                let shown: Vec<String> = paths
                    .iter()
                    .take(SHOWN)
                    .map(|path| format!("`{path}`"))
                    .collect();
                let more = match paths.len().saturating_sub(SHOWN) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "the job template of work pool `{pool}` differs from longshore.toml at {}{more}",
                    shown.join(", ")
                )
            }
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        let pool = &self.pool;
        let replace = if self.template.is_some() {
            format!(
                "add `--update-pools` to replace the template (with a section `[pools.{pool}]` in longshore.toml), or replace it by hand with `pool_notes[].template` of `plan --output json`"
            )
        } else {
            "replace the variables in the template with constants".to_owned()
        };
        match self.finding {
            Finding::ChosenByRuns(_) => format!(
                "{replace}; set `open = true` in `[pools.{pool}]` if Python deployments share the pool"
            ),
            Finding::OtherCommand { .. } => replace,
            Finding::OtherTemplate(_) => "add `--update-pools` to write it; a Helm release of the worker with `config.baseJobTemplate` overwrites the template whenever the worker starts".to_owned(),
        }
    }

    /// The note for machines.
    pub(crate) fn json(&self) -> Value {
        let (finding, chosen) = match &self.finding {
            Finding::ChosenByRuns(settings) => ("chosen_by_runs", json!(settings)),
            Finding::OtherCommand { .. } => ("other_command", Value::Null),
            Finding::OtherTemplate(_) => ("other_template", Value::Null),
        };
        json!({
            "pool": self.pool,
            "finding": finding,
            "chosen_by_runs": chosen,
            "message": self.message(),
            "help": self.help(),
            "template": self.template,
        })
    }
}

/// Reads the templates of the existing pools that the deployments name, each once.
///
/// Workers do not read the templates of the embedded server, so that nothing can be said about them. Pools that the plan
/// updates are not reported.
pub(in crate::plan) fn pool_notes(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
    missing: MissingPools,
    updates: &[PoolUpdate],
) -> Vec<PoolNote> {
    if missing == MissingPools::CreateAny {
        return Vec::new();
    }
    let named = desired.iter();
    let named: BTreeSet<&String> = named
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .collect();
    let existing = named
        .into_iter()
        .filter(|name| updates.iter().all(|update| update.pool != **name))
        .filter_map(|name| observed.pools.get(name));
    existing.filter_map(|pool| note(pool, config)).collect()
}

fn note(pool: &WorkPool, config: &Config) -> Option<PoolNote> {
    let settings = settings(&pool.name, config);
    let found = |finding, template| PoolNote {
        pool: pool.name.clone(),
        finding,
        template,
    };
    // Where longshore.toml says what a template has, it is compared as a whole.
    if settings.kubernetes.is_some() || settings.own.is_some() {
        let update = update(pool, config)?;
        let changes = update.changes.into_iter();
        let paths = changes.map(|change| change.field).collect();
        return Some(found(Finding::OtherTemplate(paths), Some(update.template)));
    }
    let Start::Command(wanted) = settings.start else {
        return None;
    };
    let of_its_type = Settings {
        kind: &pool.kind,
        ..settings
    };
    let finding = finding(pool, of_its_type, wanted)?;
    let template = of_its_type.template(Some(&pool.base_job_template));
    Some(found(finding, template))
}

fn finding(pool: &WorkPool, settings: Settings<'_>, wanted: &str) -> Option<Finding> {
    let chosen = chosen_by_runs(&pool.base_job_template);
    if chosen.iter().any(|found| found.decides_what_is_executed()) {
        let names = chosen.into_iter().map(Setting::name);
        return Some(Finding::ChosenByRuns(names.collect()));
    }
    let configuration = &pool.base_job_template["job_configuration"];
    let found = match &configuration["command"] {
        Value::Null if pool.kind == PROCESS => None,
        // A command of the team's own may start `longshore-run` by itself; one of `--create-pools` is this alone.
        Value::String(found) => {
            let created = Settings {
                start: Start::Command(found),
                ..settings
            };
            let is_created = created.template(None)? == pool.base_job_template;
            Some(found.clone())
                .filter(|found| is_created && found != wanted)?
                .into()
        }
        _ => return None,
    };
    Some(Finding::OtherCommand {
        found,
        wanted: wanted.to_owned(),
    })
}

/// The settings that a run can choose in jobs of this template.
fn chosen_by_runs(template: &Value) -> BTreeSet<Setting> {
    let mut found = BTreeSet::new();
    let Some(configuration) = template.get("job_configuration") else {
        // The first worker of a pool without a template gives it Prefect's own, with these variables.
        return [
            Setting::Command,
            Setting::Environment,
            Setting::WorkingDirectory,
        ]
        .into();
    };
    // Prefect merges the variables of a run into an `env` that is a map, wherever the map comes from.
    let default = &template["variables"]["properties"]["env"]["default"];
    if configuration["env"].is_object() || default.is_object() {
        found.insert(Setting::Environment);
    }
    collect(configuration, None, &mut found);
    found
}

fn collect(value: &Value, part_of: Option<Setting>, found: &mut BTreeSet<Setting>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let is_chosen = value.as_str().is_some_and(is_chosen);
                if is_chosen && WHOLE.contains(&key.as_str()) {
                    found.extend(KEYS.iter().map(|(setting, _)| *setting));
                }
                let own = KEYS.iter().find(|(_, keys)| keys.contains(&key.as_str()));
                collect(value, own.map(|(setting, _)| *setting).or(part_of), found);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, part_of, found);
            }
        }
        Value::String(text) if is_chosen(text) => found.extend(part_of),
        _ => {}
    }
}

/// Whether a run chooses a part of this text, beside an artifact: `longshore-run` executes versions of the deployment's
/// program alone.
fn is_chosen(text: &str) -> bool {
    variables(text)
        .iter()
        .any(|name| ![ARTIFACT, SHA256].contains(name))
}

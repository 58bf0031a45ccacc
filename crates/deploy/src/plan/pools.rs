//! Work pools that a plan makes, with job templates of ours.

use longshore_prefect::WorkPoolWrite;
use serde_json::{Map, Value, json};

use super::error::PlanError;
use super::options::MissingPools;
use crate::config::Config;
use crate::desired::Desired;
use crate::observe::Observed;

/// Type of the pools whose workers start a process on their own machine.
const PROCESS: &str = "process";

/// Type of the pools whose workers start a job in a Kubernetes cluster.
const KUBERNETES: &str = "kubernetes";

/// The pools that are named and not there.
pub(super) fn missing_pools(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
    missing: MissingPools,
    problems: &mut Vec<PlanError>,
) -> Vec<WorkPoolWrite> {
    let mut names: Vec<&String> = desired
        .iter()
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .filter(|name| !observed.pools.contains_key(*name))
        .collect();
    names.sort();
    names.dedup();
    let mut pools = Vec::new();
    for name in names {
        let kind = config.pool_type(name);
        let template = match (missing, kind) {
            (MissingPools::CreateAny, _) => json!({}),
            (MissingPools::Create, PROCESS) => process_template(),
            (MissingPools::Create, KUBERNETES) => kubernetes_template(),
            (MissingPools::Create, _) => {
                problems.push(PlanError::NoTemplate {
                    pool: name.clone(),
                    kind: kind.to_owned(),
                });
                continue;
            }
            (MissingPools::Refuse, _) => {
                problems.push(no_such_pool(name, desired, observed));
                continue;
            }
        };
        pools.push(WorkPoolWrite {
            name: name.clone(),
            kind: kind.to_owned(),
            base_job_template: template,
            description: None,
            concurrency_limit: None,
        });
    }
    pools
}

fn no_such_pool(name: &String, desired: &[Desired], observed: &Observed) -> PlanError {
    let users = desired
        .iter()
        .filter(|desired| desired.fields.work_pool_name.as_ref() == Some(name));
    PlanError::NoSuchPool {
        pool: name.clone(),
        deployments: users.map(|desired| desired.key.clone()).collect(),
        existing: observed.pools.keys().cloned().collect(),
    }
}

/// The job template of Prefect's process worker, with the variables of an artifact.
fn process_template() -> Value {
    let used = [
        "command",
        "env",
        "labels",
        "name",
        "stream_output",
        "working_dir",
    ];
    let mut properties = common_variables();
    properties.insert(
        "working_dir".to_owned(),
        json!({ "title": "Working Directory", "type": "string", "format": "path" }),
    );
    json!({
        "job_configuration": placeholders(&used),
        "variables": { "type": "object", "properties": properties },
    })
}

/// The job template of Prefect's Kubernetes worker, with the variables of an artifact.
///
/// The command is given as `args`, so the image's own entrypoint stays in force, as in the template of Prefect.
fn kubernetes_template() -> Value {
    let used = [
        "command",
        "env",
        "job_watch_timeout_seconds",
        "labels",
        "name",
        "namespace",
        "pod_watch_timeout_seconds",
        "stream_output",
    ];
    let container = json!({
        "name": "prefect-job",
        "env": "{{ env }}",
        "image": "{{ image }}",
        "imagePullPolicy": "{{ image_pull_policy }}",
        "args": "{{ command }}",
        "resources": {
            "limits": { "cpu": "{{ cpu_limit }}", "memory": "{{ memory_limit }}" },
            "requests": { "cpu": "{{ cpu_request }}", "memory": "{{ memory_request }}" },
        },
    });
    let mut configuration = placeholders(&used);
    configuration.insert(
        "job_manifest".to_owned(),
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "generateName": "{{ name }}-",
                "labels": "{{ labels }}",
                "namespace": "{{ namespace }}",
            },
            "spec": {
                // The engine retries by itself; a second pod would run the flow twice.
                "backoffLimit": 0,
                "ttlSecondsAfterFinished": "{{ finished_job_ttl }}",
                "template": {
                    "spec": {
                        "parallelism": 1,
                        "completions": 1,
                        "restartPolicy": "Never",
                        "serviceAccountName": "{{ service_account_name }}",
                        "containers": [container],
                    },
                },
            },
        }),
    );
    let mut properties = common_variables();
    let own = json!({
        "cpu_limit": text("CPU Limit"),
        "cpu_request": text("CPU Request"),
        "finished_job_ttl": number("Seconds To Keep Finished Jobs"),
        "image": text("Image"),
        "image_pull_policy": {
            "title": "Image Pull Policy",
            "type": "string",
            "enum": ["IfNotPresent", "Always", "Never"],
            "default": "IfNotPresent",
        },
        "job_watch_timeout_seconds": number("Seconds To Wait For A Job"),
        "memory_limit": text("Memory Limit"),
        "memory_request": text("Memory Request"),
        "namespace": { "title": "Namespace", "type": "string", "default": "default" },
        "pod_watch_timeout_seconds": {
            "title": "Seconds To Wait For A Pod",
            "type": "integer",
            "default": 60,
        },
        "service_account_name": text("Service Account Name"),
    });
    properties.extend(own.as_object().cloned().unwrap_or_default());
    json!({
        "job_configuration": configuration,
        "variables": { "type": "object", "properties": properties },
    })
}

/// What every type of pool takes, the artifact among it.
fn common_variables() -> Map<String, Value> {
    let texts = |title: &str| json!({ "title": title, "type": "object", "additionalProperties": { "type": "string" } });
    [
        ("artifact", text("Artifact")),
        ("command", text("Command")),
        ("env", texts("Environment Variables")),
        ("labels", texts("Labels")),
        ("name", text("Name")),
        ("sha256", text("SHA-256")),
        (
            "stream_output",
            json!({ "title": "Stream Output", "type": "boolean", "default": true }),
        ),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}

fn text(title: &str) -> Value {
    json!({ "title": title, "type": "string" })
}

fn number(title: &str) -> Value {
    json!({ "title": title, "type": "integer" })
}

/// Each of these keys with the variable of the same name.
fn placeholders(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("{{{{ {name} }}}}"))))
        .collect()
}

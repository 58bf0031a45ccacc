//! Job templates of the work pools that a plan creates.

use serde_json::{Map, Value, json};

/// Type of the pools whose workers start a process on their own machine.
pub(super) const PROCESS: &str = "process";

/// Type of the pools whose workers start a job in a Kubernetes cluster.
const KUBERNETES: &str = "kubernetes";

/// Who decides what the workers of a pool execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start<'a> {
    /// The template: this command, in the worker's environment.
    ///
    /// The template then has no `env` at all. Prefect merges the variables of a run into an `env` that is a map, and
    /// a worker adds what Prefect itself needs to every job.
    Command(&'a str),
    /// Each run, by the variables `command`, `env` and `working_dir`, as in Prefect's own templates.
    ChosenByRuns,
}

impl Start<'_> {
    fn command(self) -> Value {
        match self {
            Self::Command(command) => json!(command),
            Self::ChosenByRuns => placeholder("command"),
        }
    }

    fn is_chosen_by_runs(self) -> bool {
        self == Self::ChosenByRuns
    }
}

/// The job template of a pool; `None` if Longshore has none for its type.
pub(super) fn job_template(kind: &str, start: Start<'_>) -> Option<Value> {
    match kind {
        PROCESS => Some(process_template(start)),
        KUBERNETES => Some(kubernetes_template(start)),
        _ => None,
    }
}

/// The job template of Prefect's process worker, with the variables of an artifact.
fn process_template(start: Start<'_>) -> Value {
    let mut configuration = placeholders(&["labels", "name", "stream_output"]);
    configuration.insert("command".to_owned(), start.command());
    let mut properties = common_variables();
    if start.is_chosen_by_runs() {
        configuration.extend(placeholders(&["env", "working_dir"]));
        properties.extend(variables_of_open_pools());
        properties.insert(
            "working_dir".to_owned(),
            json!({ "title": "Working Directory", "type": "string", "format": "path" }),
        );
    }
    json!({
        "job_configuration": configuration,
        "variables": { "type": "object", "properties": properties },
    })
}

/// The job template of Prefect's Kubernetes worker, with the variables of an artifact.
///
/// The command is given as `args`, so the image's own entrypoint stays in force, as in the template of Prefect.
fn kubernetes_template(start: Start<'_>) -> Value {
    let mut container = json!({
        "name": "prefect-job",
        "image": "{{ image }}",
        "imagePullPolicy": "{{ image_pull_policy }}",
        "args": start.command(),
        "resources": {
            "limits": { "cpu": "{{ cpu_limit }}", "memory": "{{ memory_limit }}" },
            "requests": { "cpu": "{{ cpu_request }}", "memory": "{{ memory_request }}" },
        },
    });
    let mut configuration = placeholders(&[
        "job_watch_timeout_seconds",
        "labels",
        "name",
        "namespace",
        "pod_watch_timeout_seconds",
        "stream_output",
    ]);
    configuration.insert("command".to_owned(), start.command());
    let mut properties = common_variables();
    properties.extend(kubernetes_variables());
    if start.is_chosen_by_runs() {
        container["env"] = placeholder("env");
        configuration.extend(placeholders(&["env"]));
        properties.extend(variables_of_open_pools());
    }
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
    json!({
        "job_configuration": configuration,
        "variables": { "type": "object", "properties": properties },
    })
}

fn kubernetes_variables() -> Map<String, Value> {
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
    own.as_object().cloned().unwrap_or_default()
}

/// Variables of every type of pool, including those of the artifact.
fn common_variables() -> Map<String, Value> {
    [
        ("artifact", text("Artifact")),
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

/// Variables by which a run chooses what is executed.
fn variables_of_open_pools() -> Map<String, Value> {
    [
        ("command", text("Command")),
        ("env", texts("Environment Variables")),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}

fn text(title: &str) -> Value {
    json!({ "title": title, "type": "string" })
}

fn texts(title: &str) -> Value {
    json!({ "title": title, "type": "object", "additionalProperties": { "type": "string" } })
}

fn number(title: &str) -> Value {
    json!({ "title": title, "type": "integer" })
}

/// Each of these keys with the variable of the same name.
fn placeholders(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), placeholder(name)))
        .collect()
}

fn placeholder(name: &str) -> Value {
    json!(format!("{{{{ {name} }}}}"))
}

//! The job template of Prefect's Kubernetes worker: an init container fetches the program, so that any image can run it.
//!
//! Variables of the template are what Prefect's own has, and what a deployment sets; who may create runs chooses them.
//! What decides which program is executed, in which environment and with which credentials, is a constant.

mod pod;

use longshore_storage::AllowedStores;
use serde_json::{Map, Value, json};

use super::variables::{
    named, number, of_artifacts, of_open_pools, placeholder, placeholders, text, texts,
};
use crate::config::Kubernetes;

/// Keys by which a run of Prefect's own template chooses what is executed.
const CHOSEN_BY_RUNS: [&str; 2] = ["command", "env"];

/// Seconds for which Kubernetes keeps a finished job.
const FINISHED_JOB_TTL: u32 = 60 * 60;

/// Seconds after which Kubernetes ends a job, also one whose pod never starts.
const ACTIVE_DEADLINE: u32 = 24 * 60 * 60;

/// The template `base`, or else Prefect's own, with the init container and without what a run could misuse.
pub(super) fn template(base: Option<&Value>, settings: &Kubernetes) -> Value {
    let mut template = base
        .filter(|base| is_of_kubernetes(base))
        .cloned()
        .unwrap_or_else(open_template);
    merge(&mut template, &overlay(settings));
    let spec = &mut template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"];
    merge(&mut spec["containers"][0], &pod::container(settings));
    template
}

/// Whether a template has a job with a container, which a pool without a worker does not have.
fn is_of_kubernetes(template: &Value) -> bool {
    let spec = &template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"];
    spec["containers"][0].is_object() && template["variables"]["properties"].is_object()
}

/// What is set and removed, except for the container of the run, as a JSON merge patch (RFC 7386).
fn overlay(settings: &Kubernetes) -> Value {
    let mut properties = variables(settings);
    properties.extend(named(CHOSEN_BY_RUNS.map(|name| (name, Value::Null))));
    json!({
        "job_configuration": {
            "command": null,
            "env": null,
            "job_manifest": {
                "spec": {
                    // The engine retries by itself; a second pod would run the flow twice.
                    "backoffLimit": 0,
                    "ttlSecondsAfterFinished": placeholder("finished_job_ttl"),
                    "activeDeadlineSeconds": placeholder("active_deadline_seconds"),
                    "template": pod::template(settings),
                },
            },
        },
        "variables": { "type": "object", "properties": properties },
    })
}

/// The variables that are added to Prefect's own, or have another default.
fn variables(settings: &Kubernetes) -> Map<String, Value> {
    let mut properties = of_artifacts();
    properties.extend(named([
        (
            "active_deadline_seconds",
            with_default(
                described(
                    number("Active Deadline Seconds"),
                    "Seconds after which Kubernetes ends the job, also one whose pod never starts.",
                ),
                json!(ACTIVE_DEADLINE),
            ),
        ),
        (
            "annotations",
            described(texts("Annotations"), "Annotations of the pod."),
        ),
        (
            "finished_job_ttl",
            with_default(number("Finished Job TTL"), json!(FINISHED_JOB_TTL)),
        ),
        (
            "gpu",
            described(
                number("GPU"),
                "Number of NVIDIA GPUs of the container (nvidia.com/gpu).",
            ),
        ),
        (
            "image_pull_secrets",
            described(
                objects("Image Pull Secrets"),
                "Secrets for private registries, such as [{\"name\": \"registry\"}].",
            ),
        ),
        ("node_selector", texts("Node Selector")),
        ("priority_class_name", text("Priority Class Name")),
        (
            "run_as_user",
            with_default(
                described(
                    json!({ "title": "Run As User", "type": "integer", "minimum": 1 }),
                    "Numeric id of the user and the group of both containers.",
                ),
                json!(pod::USER),
            ),
        ),
        (
            "tmp_size",
            with_default(
                described(text("Size Of /tmp"), "Size limit of the volume at /tmp."),
                json!("1Gi"),
            ),
        ),
        ("tolerations", objects("Tolerations")),
        (
            "volume",
            described(object("Volume"), "An additional volume of the pod."),
        ),
        (
            "volume_mount",
            described(object("Volume Mount"), "Where the container mounts it."),
        ),
    ]));
    properties.extend(resources());
    properties.extend(identity(settings));
    properties
}

/// Requests and limits of the container of a run.
fn resources() -> Map<String, Value> {
    named([
        ("cpu_limit", text("CPU Limit")),
        (
            "cpu_request",
            with_default(text("CPU Request"), json!("100m")),
        ),
        (
            "memory_limit",
            with_default(text("Memory Limit"), json!("1Gi")),
        ),
        (
            "memory_request",
            with_default(text("Memory Request"), json!("256Mi")),
        ),
    ])
}

/// Namespace and identity of the pod, with the defaults of longshore.toml.
fn identity(settings: &Kubernetes) -> Map<String, Value> {
    let default = |schema: Value, value: Option<&str>| match value {
        Some(value) => with_default(schema, json!(value)),
        None => schema,
    };
    let workload_identity = json!({
        "title": "Workload Identity",
        "description": "Whether the pod gets a token of its service account for Azure.",
        "type": "string",
        "enum": ["true", "false"],
        "default": if settings.workload_identity { "true" } else { "false" },
    });
    named([
        (
            "namespace",
            with_default(
                text("Namespace"),
                json!(settings.namespace.as_deref().unwrap_or("default")),
            ),
        ),
        (
            "service_account_name",
            default(
                text("Service Account Name"),
                settings.service_account.as_deref(),
            ),
        ),
        ("workload_identity", workload_identity),
    ])
}

/// Prefect's own template, with the variables of an artifact: each run chooses command and environment.
///
/// The command is given as `args`, so the image's own entrypoint stays in force, as in the template of Prefect.
pub(super) fn open_template() -> Value {
    let mut configuration = placeholders(&[
        "command",
        "env",
        "job_watch_timeout_seconds",
        "labels",
        "name",
        "namespace",
        "pod_watch_timeout_seconds",
        "stream_output",
    ]);
    let mut properties = super::variables::common();
    properties.extend(of_open_pools());
    properties.extend(of_prefect());
    configuration.insert("job_manifest".to_owned(), open_job());
    json!({
        "job_configuration": configuration,
        "variables": { "type": "object", "properties": properties },
    })
}

fn open_job() -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "{{ name }}-",
            "labels": "{{ labels }}",
            "namespace": "{{ namespace }}",
        },
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": "{{ finished_job_ttl }}",
            "template": {
                "spec": {
                    // Kubernetes drops both here; the worker's validation requires them.
                    "parallelism": 1,
                    "completions": 1,
                    "restartPolicy": "Never",
                    "serviceAccountName": "{{ service_account_name }}",
                    "containers": [{
                        "name": "prefect-job",
                        "image": "{{ image }}",
                        "imagePullPolicy": "{{ image_pull_policy }}",
                        "env": "{{ env }}",
                        "args": "{{ command }}",
                        "resources": {
                            "limits": { "cpu": "{{ cpu_limit }}", "memory": "{{ memory_limit }}" },
                            "requests": { "cpu": "{{ cpu_request }}", "memory": "{{ memory_request }}" },
                        },
                    }],
                },
            },
        },
    })
}

/// The variables of Prefect's own template that only Kubernetes has.
fn of_prefect() -> Map<String, Value> {
    named([
        ("cpu_limit", text("CPU Limit")),
        ("cpu_request", text("CPU Request")),
        ("finished_job_ttl", number("Seconds To Keep Finished Jobs")),
        ("image", text("Image")),
        (
            "image_pull_policy",
            json!({
                "title": "Image Pull Policy",
                "type": "string",
                "enum": ["IfNotPresent", "Always", "Never"],
                "default": "IfNotPresent",
            }),
        ),
        (
            "job_watch_timeout_seconds",
            number("Seconds To Wait For A Job"),
        ),
        ("memory_limit", text("Memory Limit")),
        ("memory_request", text("Memory Request")),
        (
            "namespace",
            with_default(text("Namespace"), json!("default")),
        ),
        (
            "pod_watch_timeout_seconds",
            with_default(number("Seconds To Wait For A Pod"), json!(60)),
        ),
        ("service_account_name", text("Service Account Name")),
    ])
}

fn object(title: &str) -> Value {
    json!({ "title": title, "type": "object" })
}

fn objects(title: &str) -> Value {
    json!({ "title": title, "type": "array", "items": { "type": "object" } })
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}

fn with_default(mut schema: Value, default: Value) -> Value {
    schema["default"] = default;
    schema
}

/// Applies a JSON merge patch (RFC 7386): `null` removes a key, and an array replaces the whole array.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The list of stores as `longshore-run` reads it.
fn stores(settings: &Kubernetes) -> Value {
    json!({ "name": AllowedStores::VARIABLE, "value": settings.stores.join(",") })
}

//! The pod of a run: an init container with access to the store, and the container of the deployment's image.

use serde_json::{Value, json};

use super::super::variables::placeholder;
use super::stores;
use crate::config::Kubernetes;

/// User and group of both containers; `nonroot` in distroless images.
pub(super) const USER: u32 = 65532;

/// Name of the volume with the program, and where both containers mount it.
const VOLUME: &str = "longshore";
const FOLDER: &str = "/longshore/bin";

/// Name of the volume at `/tmp`, the only folder that the container of a run can write.
const TMP: &str = "tmp";
const TMP_FOLDER: &str = "/tmp";

/// Largest program with `longshore-run` next to it.
const VOLUME_SIZE: &str = "1Gi";

/// Largest program in megabytes, below the size of the volume.
const LARGEST_PROGRAM: &str = "900";

/// Seconds between SIGTERM and SIGKILL.
const GRACE: u32 = 60;

/// Metadata and specification of the pod, without the container of the run.
pub(super) fn template(settings: &Kubernetes) -> Value {
    json!({
        "metadata": {
            "annotations": placeholder("annotations"),
            "labels": { "azure.workload.identity/use": placeholder("workload_identity") },
        },
        "spec": {
            // Kubernetes drops both here; the worker's validation requires them.
            "parallelism": 1,
            "completions": 1,
            "restartPolicy": "Never",
            "serviceAccountName": placeholder("service_account_name"),
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": GRACE,
            "nodeSelector": placeholder("node_selector"),
            "tolerations": placeholder("tolerations"),
            "priorityClassName": placeholder("priority_class_name"),
            "imagePullSecrets": placeholder("image_pull_secrets"),
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": placeholder("run_as_user"),
                "runAsGroup": placeholder("run_as_user"),
                "fsGroup": placeholder("run_as_user"),
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "volumes": [
                { "name": VOLUME, "emptyDir": { "sizeLimit": VOLUME_SIZE } },
                { "name": TMP, "emptyDir": { "sizeLimit": placeholder("tmp_size") } },
                placeholder("volume"),
            ],
            "initContainers": [init_container(settings)],
        },
    })
}

/// The container that fetches the program; it alone has credentials for the store, and none for Prefect.
fn init_container(settings: &Kubernetes) -> Value {
    let mut container = json!({
        "name": "longshore-fetch",
        "image": settings.runner_image.to_string(),
        "imagePullPolicy": "IfNotPresent",
        "args": ["fetch", "--into", FOLDER],
        "env": [
            { "name": "LONGSHORE_ARTIFACT", "value": placeholder("artifact") },
            { "name": "LONGSHORE_SHA256", "value": placeholder("sha256") },
            stores(settings),
            { "name": "LONGSHORE_CACHE_MEGABYTES", "value": LARGEST_PROGRAM },
        ],
        "resources": {
            "requests": { "cpu": "50m", "memory": "32Mi" },
            "limits": { "memory": "256Mi" },
        },
        "securityContext": security_context(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{ "name": VOLUME, "mountPath": FOLDER }],
    });
    if let Some(secret) = &settings.storage_secret {
        container["envFrom"] = json!([{ "secretRef": { "name": secret } }]);
    }
    container
}

/// What is set on the container of a run, as a merge patch; its image and resources are those of the template.
pub(super) fn container(settings: &Kubernetes) -> Value {
    let secrets = settings.env_secrets.iter();
    let secrets: Vec<Value> = secrets
        .map(|secret| json!({ "secretRef": { "name": secret } }))
        .collect();
    json!({
        "command": [format!("{FOLDER}/longshore-run")],
        "args": [],
        "workingDir": TMP_FOLDER,
        "env": [
            { "name": "LONGSHORE_FETCHED", "value": FOLDER },
            stores(settings),
            { "name": "HOME", "value": TMP_FOLDER },
            { "name": "TMPDIR", "value": TMP_FOLDER },
        ],
        "envFrom": if secrets.is_empty() { Value::Null } else { json!(secrets) },
        "resources": { "limits": { "nvidia.com/gpu": placeholder("gpu") } },
        "securityContext": security_context(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            { "name": VOLUME, "mountPath": FOLDER, "readOnly": true },
            { "name": TMP, "mountPath": TMP_FOLDER },
            placeholder("volume_mount"),
        ],
    })
}

/// What the Pod Security Standard `restricted` wants of each container, and a root file system that nobody writes.
fn security_context() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "readOnlyRootFilesystem": true,
    })
}

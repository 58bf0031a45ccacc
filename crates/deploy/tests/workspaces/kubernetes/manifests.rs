//! The manifests of the repository: the API server accepts them, and the rights in them are enough for a worker.

use longshore_rig::Kubernetes;
use serde_json::{Value, json};

use crate::workspace::repository;

/// Names of what a manifest declares, in the order in which `kubectl` prints them.
const ACCOUNTS_AND_RIGHTS: [&str; 4] = [
    "serviceaccount/flows",
    "serviceaccount/prefect-worker",
    "role.rbac.authorization.k8s.io/prefect-worker",
    "rolebinding.rbac.authorization.k8s.io/prefect-worker",
];

/// Rights that the worker has in its namespace, and rights that it must not have.
const ALLOWED: [(&str, &[&str]); 3] = [
    ("jobs.batch", &["create", "delete", "get", "list", "watch"]),
    ("pods", &["get", "list", "watch"]),
    ("pods/log", &["get"]),
];
const DENIED: [(&str, &[&str]); 5] = [
    ("secrets", &["create", "get", "list"]),
    ("pods", &["create", "delete"]),
    ("pods/exec", &["create"]),
    ("deployments.apps", &["create", "get"]),
    ("rolebindings.rbac.authorization.k8s.io", &["create"]),
];

/// Lets the API server judge all manifests, and applies accounts and rights to a namespace.
pub(super) fn apply(kubernetes: &Kubernetes, namespace: &str) {
    // The API server warns of pods that violate the standard.
    let warn = [("pod-security.kubernetes.io/warn", "restricted")];
    let judging = kubernetes.namespace(&format!("{namespace}-manifests"), &warn);
    let judging = judging.expect("a namespace");
    for folder in ["base", "overlays/aks"] {
        let folder = repository().join("kubernetes").join(folder);
        let rendered = kubernetes.run(&["kustomize", &folder.display().to_string()]);
        let rendered = rendered.expect("a kustomization");
        let (namespaces, others) = divided(&rendered, "kind: Namespace\n");
        let judged = kubernetes.apply(&namespaces, &["--dry-run=server"]);
        judged.expect("a namespace");
        let inside = |namespace: &str| {
            others.replace("namespace: flows\n", &format!("namespace: {namespace}\n"))
        };
        let options = ["--dry-run=server", "--warnings-as-errors"];
        let judged = kubernetes.apply(&inside(judging.name()), &options);
        let judged = judged.expect("the API server accepts the manifests");
        for name in ACCOUNTS_AND_RIGHTS
            .iter()
            .chain(&["deployment.apps/prefect-worker"])
        {
            assert!(judged.contains(name), "{name}: {judged}");
        }
        if folder.ends_with("base") {
            let others = inside(namespace);
            let (workload, rights) = divided(&others, "app.kubernetes.io/name: prefect-worker\n");
            assert!(!workload.is_empty());
            kubernetes.apply(&rights, &[]).expect("accounts and rights");
        }
    }
    check_rights(kubernetes, namespace, namespace, &ALLOWED, "yes");
    check_rights(kubernetes, namespace, namespace, &DENIED, "no");
    check_rights(kubernetes, namespace, "default", &ALLOWED, "no");
}

/// Applies the worker's Deployment with an image of Prefect, and waits until it is available.
///
/// It has one replica, no port and the address of the API server in its environment: pods of the rig's cluster use the
/// network of the machine, which does not route addresses of services.
pub(super) fn apply_worker(kubernetes: &Kubernetes, namespace: &str, image: &str) {
    let base = repository().join("kubernetes/base/worker.yaml");
    let text = std::fs::read_to_string(base).expect("the manifest");
    let (deployment, _) = divided(&text, "kind: Deployment\n");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("worker.yaml");
    std::fs::write(&file, deployment).expect("a file");
    let file = format!("--filename={}", file.display());
    let read = ["create", "--dry-run=client", "--output=json", &file];
    let mut worker = kubernetes.json(&read).expect("the manifest as JSON");
    worker["metadata"]["namespace"] = json!(namespace);
    worker["spec"]["replicas"] = json!(1);
    let container = &mut worker["spec"]["template"]["spec"]["containers"][0];
    container["image"] = json!(image);
    let parts = container.as_object_mut().expect("a container");
    parts.remove("ports");
    parts.remove("livenessProbe");
    let variables = container["env"].as_array_mut().expect("variables");
    variables.extend(api_server(kubernetes));
    let arguments = container["args"].as_array_mut().expect("arguments");
    arguments.retain(|argument| argument != "--with-healthcheck");
    let options = ["--namespace", namespace];
    let applied = kubernetes.apply(&worker.to_string(), &options);
    applied.expect("the worker");
    let [option, namespace] = options;
    let rolled_out = kubernetes.run(&[
        "rollout",
        "status",
        "deployment/prefect-worker",
        "--timeout=240s",
        option,
        namespace,
    ]);
    rolled_out.expect("the worker is available");
}

/// Returns the variables that name the API server for a pod.
fn api_server(kubernetes: &Kubernetes) -> [Value; 2] {
    let config = kubernetes.json(&["config", "view", "--output=json"]);
    let config = config.expect("the kubeconfig");
    let server = config["clusters"][0]["cluster"]["server"].as_str();
    let address = server.and_then(|server| server.strip_prefix("https://")?.split_once(':'));
    let (host, port) = address.expect("an address with a port");
    [
        json!({ "name": "KUBERNETES_SERVICE_HOST", "value": host }),
        json!({ "name": "KUBERNETES_SERVICE_PORT", "value": port }),
    ]
}

/// Checks what the worker of a namespace may do in a namespace.
fn check_rights(
    kubernetes: &Kubernetes,
    of: &str,
    inside: &str,
    rights: &[(&str, &[&str])],
    expected: &str,
) {
    for (resource, verbs) in rights {
        for verb in *verbs {
            let mut kubectl = kubernetes.kubectl();
            kubectl
                .args(["auth", "can-i", verb, resource, "--namespace", inside])
                .arg(format!("--as=system:serviceaccount:{of}:prefect-worker"));
            // The exit code is that of the answer.
            let output = kubectl.output().expect("kubectl");
            let answer = String::from_utf8_lossy(&output.stdout);
            assert_eq!(answer.trim(), expected, "{verb} {resource} in {inside}");
        }
    }
}

/// Divides a YAML stream into the documents that contain a string, and the others.
fn divided(stream: &str, text: &str) -> (String, String) {
    let (with, without): (Vec<&str>, Vec<&str>) = stream
        .split("---\n")
        .partition(|document| document.contains(text));
    (with.join("---\n"), without.join("---\n"))
}

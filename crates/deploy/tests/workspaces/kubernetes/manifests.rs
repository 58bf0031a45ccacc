//! The manifests of the repository: the API server accepts them, and the rights in them are enough for a worker.

use longshore_rig::Kubernetes;

use crate::workspace::repository;

/// Names of what a manifest declares, in the order in which `kubectl` prints them.
const ACCOUNTS_AND_RIGHTS: [&str; 4] = [
    "serviceaccount/flows",
    "serviceaccount/prefect-worker",
    "role.rbac.authorization.k8s.io/prefect-worker",
    "rolebinding.rbac.authorization.k8s.io/prefect-worker",
];

/// Lets the API server judge all manifests, and applies accounts and rights to a namespace.
pub(super) fn apply(kubernetes: &Kubernetes, namespace: &str) {
    for folder in ["base", "overlays/aks"] {
        let folder = repository().join("kubernetes").join(folder);
        let rendered = kubernetes.run(&["kustomize", &folder.display().to_string()]);
        let rendered = rendered.expect("a kustomization");
        let (namespaces, others) = divided(&rendered, "kind: Namespace\n");
        let judged = kubernetes.apply(&namespaces, &["--dry-run=server"]);
        judged.expect("a namespace");
        let others = others.replace("namespace: flows\n", &format!("namespace: {namespace}\n"));
        let judged = kubernetes.apply(&others, &["--dry-run=server"]);
        let judged = judged.expect("the API server accepts the manifests");
        for name in ACCOUNTS_AND_RIGHTS
            .iter()
            .chain(&["deployment.apps/prefect-worker"])
        {
            assert!(judged.contains(name), "{name}: {judged}");
        }
        if folder.ends_with("base") {
            let (workload, rights) = divided(&others, "app.kubernetes.io/name: prefect-worker\n");
            assert!(!workload.is_empty());
            kubernetes.apply(&rights, &[]).expect("accounts and rights");
        }
    }
}

/// The documents of a YAML stream that contain a text, and the others.
fn divided(stream: &str, text: &str) -> (String, String) {
    let (with, without): (Vec<&str>, Vec<&str>) = stream
        .split("---\n")
        .partition(|document| document.contains(text));
    (with.join("---\n"), without.join("---\n"))
}

//! Manifests of the repository's `kubernetes/`, and the work pool, that `init --kubernetes` adds.

macro_rules! file {
    ($path:literal) => {
        (
            concat!("kubernetes/", $path),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/kubernetes/", $path)),
        )
    };
}

/// Path and content of each manifest, of the Helm values and of the Dockerfile.
pub(super) const MANIFESTS: [(&str, &str); 9] = [
    file!("base/kustomization.yaml"),
    file!("base/namespace.yaml"),
    file!("base/network-policy.yaml"),
    file!("base/role.yaml"),
    file!("base/service-accounts.yaml"),
    file!("base/worker.yaml"),
    file!("helm/values.yaml"),
    file!("overlays/aks/kustomization.yaml"),
    file!("runner/Dockerfile"),
];

/// The pool that the worker of the manifests serves, for `longshore.toml`.
pub(super) const POOL: &str = r#"
[pools.kubernetes]  # deployments with `pool = "kubernetes"` run as pods; the worker is in kubernetes/
type = "kubernetes"
runner_image = "acmeflows.azurecr.io/longshore-run:0.1.0"  # built from kubernetes/runner; best by its digest
stores = ["az://acmeflows/flows"]
namespace = "flows"
service_account = "flows"
workload_identity = true  # or `storage_secret`, a Secret with credentials of the store
"#;

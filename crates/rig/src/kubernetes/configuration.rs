//! Configuration files and command lines of the cluster's servers.

use std::path::Path;

use super::binary::Programs;
use super::{PAUSE, Ports, write};
use crate::error::RigError;

/// Gives pods the network of the machine, except for namespaces that opt out.
pub(super) const HOST_NETWORK: &str = r#"apiVersion: admissionregistration.k8s.io/v1beta1
kind: MutatingAdmissionPolicy
metadata: {name: host-network}
spec:
  matchConstraints:
    namespaceSelector:
      matchExpressions: [{key: longshore.test/network, operator: NotIn, values: [pod]}]
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {expression: 'Object{spec: Object.spec{hostNetwork: true}}'}
---
apiVersion: admissionregistration.k8s.io/v1beta1
kind: MutatingAdmissionPolicyBinding
metadata: {name: host-network}
spec: {policyName: host-network}
"#;

/// A network without a bridge, which the loopback plugin alone makes ready.
const NETWORK: &str =
    r#"{"cniVersion": "0.4.0", "name": "rig", "plugins": [{"type": "loopback"}]}"#;

pub(super) fn write_containerd(folder: &Path, programs: &Programs) -> Result<(), RigError> {
    write(&folder.join("cni/10-loopback.conflist"), NETWORK)?;
    let plugins = programs.network_plugins();
    let (dir, plugins) = (folder.display(), plugins.display());
    // A process that may not lower `oom_score_adj`, as in a container, cannot start pods without the restriction.
    let text = format!(
        r#"version = 2
root = "{dir}/containerd/root"
state = "{dir}/containerd/state"
[grpc]
  address = "{dir}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{dir}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"#
    );
    write(&folder.join("containerd.toml"), text)
}

pub(super) fn etcd(folder: &Path, ports: &Ports) -> Vec<String> {
    let clients = format!("http://127.0.0.1:{}", ports.etcd);
    let peers = format!("http://127.0.0.1:{}", ports.etcd_peers);
    vec![
        "--name=rig".to_owned(),
        format!("--data-dir={}/etcd", folder.display()),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=rig={peers}"),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ]
}

pub(super) fn api_server(folder: &Path, ports: &Ports) -> Vec<String> {
    let file = |name: &str| format!("{}/certificates/{name}", folder.display());
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", ports.api),
        // The server refuses a loopback address; nothing uses this one.
        "--advertise-address=192.0.2.1".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
        "--authorization-mode=Node,RBAC".to_owned(),
        format!("--client-ca-file={}", file("ca.crt")),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-signing-key-file={}", file("tokens.key")),
        format!("--service-account-key-file={}", file("tokens.pub")),
        format!("--tls-cert-file={}", file("apiserver.crt")),
        format!("--tls-private-key-file={}", file("apiserver.key")),
        format!("--cert-dir={}/run", folder.display()),
        format!("--kubelet-client-certificate={}", file("admin.crt")),
        format!("--kubelet-client-key={}", file("admin.key")),
        format!("--kubelet-certificate-authority={}", file("ca.crt")),
        "--kubelet-preferred-address-types=Hostname".to_owned(),
        "--feature-gates=MutatingAdmissionPolicy=true".to_owned(),
        "--runtime-config=admissionregistration.k8s.io/v1beta1=true".to_owned(),
    ]
}

pub(super) fn controllers(folder: &Path) -> Vec<String> {
    let file = |name: &str| format!("{}/certificates/{name}", folder.display());
    vec![
        format!("--kubeconfig={}", file("admin.conf")),
        format!("--service-account-private-key-file={}", file("tokens.key")),
        format!("--root-ca-file={}", file("ca.crt")),
        "--use-service-account-credentials".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        "--secure-port=0".to_owned(),
        "--leader-elect=false".to_owned(),
        format!("--cert-dir={}/run", folder.display()),
    ]
}

pub(super) fn scheduler(folder: &Path) -> Vec<String> {
    vec![
        format!("--kubeconfig={}/certificates/admin.conf", folder.display()),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
        format!("--cert-dir={}/run", folder.display()),
    ]
}

pub(super) fn kubelet(folder: &Path) -> Vec<String> {
    let dir = folder.display();
    vec![
        format!("--config={dir}/kubelet.yaml"),
        format!("--kubeconfig={dir}/certificates/kubelet.conf"),
        "--hostname-override=localhost".to_owned(),
        format!("--root-dir={dir}/kubelet"),
        format!("--cert-dir={dir}/run"),
    ]
}

pub(super) fn write_kubelet(folder: &Path, ports: &Ports) -> Result<(), RigError> {
    let (dir, port) = (folder.display(), ports.kubelet);
    // This release starts on both versions of control groups.
    let text = format!(
        r#"apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: {port}
healthzPort: 0
readOnlyPort: 0
failCgroupV1: false
cgroupDriver: cgroupfs
failSwapOn: false
enforceNodeAllocatable: []
containerRuntimeEndpoint: unix://{dir}/containerd.sock
authentication:
  anonymous: {{enabled: false}}
  webhook: {{enabled: true}}
  x509: {{clientCAFile: {dir}/certificates/ca.crt}}
authorization: {{mode: Webhook}}
tlsCertFile: {dir}/certificates/kubelet.crt
tlsPrivateKeyFile: {dir}/certificates/kubelet.key
podLogsDir: {dir}/podlogs
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {{memory.available: 100Mi}}
"#
    );
    write(&folder.join("kubelet.yaml"), text)
}

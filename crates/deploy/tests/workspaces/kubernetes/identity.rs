//! Pods with a workload identity: an admission policy replaces Azure's webhook, and the rig's token endpoint exchanges the
//! token of the service account.

use longshore_prefect::StateType;
use longshore_rig::{EntraServer, Kubernetes};
use serde_json::{Value, json};

use super::scene::Scene;

const CLIENT: &str = "11111111-1111-1111-1111-111111111111";
const TENANT: &str = "22222222-2222-2222-2222-222222222222";

/// Admission policies of a namespace; deleted when the value is dropped.
pub(super) struct Policies {
    kubernetes: Kubernetes,
    names: Vec<String>,
}

impl Policies {
    /// Adds the certificate of the store to pods of runs, and an identity to pods with the label of Azure's webhook.
    pub(super) fn apply(kubernetes: &Kubernetes, namespace: &str, entra: &EntraServer) -> Self {
        let certificate = std::fs::read_to_string(entra.certificate()).expect("a certificate");
        let authority = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": "authority" },
            "data": { "certificate.pem": certificate },
        });
        let options = ["--namespace", namespace];
        let applied = kubernetes.apply(&authority.to_string(), &options);
        applied.expect("a ConfigMap");
        let mut policies = Self {
            kubernetes: kubernetes.clone(),
            names: Vec::new(),
        };
        let label = |name: &str| format!("object.metadata.?labels[?'{name}'].orValue('')");
        let is_of_run = format!("{} != ''", label("prefect.io/flow-run-id"));
        policies.add(namespace, "trust", &is_of_run, &trust());
        let has_label = format!("{} == 'true'", label("azure.workload.identity/use"));
        policies.add(namespace, "identity", &has_label, &identity(&entra.https()));
        policies
    }

    fn add(&mut self, namespace: &str, what: &str, condition: &str, pod: &Additions) {
        let name = format!("{namespace}-{what}");
        let policy = json!({
            "apiVersion": "admissionregistration.k8s.io/v1beta1",
            "kind": "MutatingAdmissionPolicy",
            "metadata": { "name": name },
            "spec": {
                "matchConstraints": {
                    "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
                    "resourceRules": [{
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }],
                },
                "matchConditions": [{ "name": what, "expression": condition }],
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "mutations": [
                    {
                        "patchType": "JSONPatch",
                        "jsonPatch": { "expression": pod.patch_of_volumes() },
                    },
                    {
                        "patchType": "ApplyConfiguration",
                        "applyConfiguration": { "expression": pod.containers() },
                    },
                ],
            },
        });
        let binding = json!({
            "apiVersion": "admissionregistration.k8s.io/v1beta1",
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": { "name": name },
            "spec": { "policyName": name },
        });
        for object in [policy, binding] {
            let applied = self.kubernetes.apply(&object.to_string(), &[]);
            applied.expect("a policy");
        }
        self.names.push(name);
    }
}

impl Drop for Policies {
    fn drop(&mut self) {
        for name in &self.names {
            for kind in ["mutatingadmissionpolicybinding", "mutatingadmissionpolicy"] {
                // The rig removes its cluster in any case.
                let _deleted = self.kubernetes.run(&["delete", kind, name]);
            }
        }
    }
}

/// Additions of a policy to a pod, as CEL expressions.
struct Additions {
    volume: String,
    containers: String,
}

impl Additions {
    /// Returns a patch, since an apply configuration cannot set the sources of a volume.
    fn patch_of_volumes(&self) -> String {
        let volume = &self.volume;
        format!(
            "[JSONPatch{{op: 'add', path: '/spec/volumes/-', value: Object.spec.volumes{{{volume}}}}}]"
        )
    }

    fn containers(&self) -> String {
        format!("Object{{spec: Object.spec{{{}}}}}", self.containers)
    }
}

/// Adds the certificate of the store to the init container.
fn trust() -> Additions {
    Additions {
        volume: "name: 'authority', configMap: Object.spec.volumes.configMap{name: 'authority'}"
            .to_owned(),
        containers: container(
            "initContainers",
            "longshore-fetch",
            &[("SSL_CERT_FILE", "/authority/certificate.pem")],
            ("authority", "/authority"),
        ),
    }
}

/// Adds the volume and variables of Azure's webhook to all containers
/// (<https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html>).
fn identity(authority: &str) -> Additions {
    const FOLDER: &str = "/var/run/secrets/azure/tokens";
    let file = format!("{FOLDER}/azure-identity-token");
    let variables = [
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_FEDERATED_TOKEN_FILE", &file),
        ("AZURE_AUTHORITY_HOST", authority),
    ];
    let mount = ("azure-identity-token", FOLDER);
    let containers = [
        ("initContainers", "longshore-fetch"),
        ("containers", "prefect-job"),
    ]
    .map(|(list, name)| container(list, name, &variables, mount));
    let token = "Object.spec.volumes.projected.sources.serviceAccountToken{\
                 audience: 'api://AzureADTokenExchange', expirationSeconds: 3600, path: 'azure-identity-token'}";
    let sources =
        format!("[Object.spec.volumes.projected.sources{{serviceAccountToken: {token}}}]");
    Additions {
        volume: format!(
            "name: 'azure-identity-token', projected: Object.spec.volumes.projected{{sources: {sources}}}"
        ),
        containers: containers.join(", "),
    }
}

/// Returns an expression that adds variables and a mount to a container.
fn container(
    list: &str,
    name: &str,
    variables: &[(&str, &str)],
    (volume, path): (&str, &str),
) -> String {
    let kind = format!("Object.spec.{list}");
    let variables: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("{kind}.env{{name: '{name}', value: '{value}'}}"))
        .collect();
    format!(
        "{list}: [{kind}{{name: '{name}', env: [{}], volumeMounts: [{kind}.volumeMounts{{\
         name: '{volume}', mountPath: '{path}', readOnly: true}}]}}]",
        variables.join(", ")
    )
}

/// The init container has no Secret and uses the identity of the service account.
pub(super) async fn a_workload_identity_fetches(scene: &Scene) {
    let id = scene.start_of("quick", "identity", json!({})).await;
    let state = scene.ended(id).await.state.expect("a state");
    let said = scene.logs_of_pod(id, "longshore-fetch");
    assert_eq!(state.kind, StateType::Completed, "{state:?}\n{said}");
    let identity = format!("as the workload identity with client id `{CLIENT}`");
    assert!(said.contains(&identity), "{said}");
    let asked = scene.entra.asked();
    assert!(
        asked.contains(&format!("POST /{TENANT}/oauth2/v2.0/token")),
        "{asked}"
    );
    let claims = claims_of_assertion(&asked);
    assert_eq!(claims["aud"], json!(["api://AzureADTokenExchange"]));
    let account = format!("system:serviceaccount:{}:flows", scene.namespace.name());
    assert_eq!(claims["sub"], json!(account));
}

/// Returns the claims of the service account's token in the requests.
fn claims_of_assertion(asked: &str) -> Value {
    use base64::Engine as _;
    let (_, assertion) = asked.split_once("client_assertion=").expect("an assertion");
    let claims = assertion.split('.').nth(1).expect("claims");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims);
    serde_json::from_slice(&claims.expect("base64")).expect("JSON")
}

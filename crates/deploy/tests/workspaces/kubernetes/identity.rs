//! Pods with a workload identity, as the webhook of Azure makes them: an admission policy in its place, and an endpoint
//! that gives a token for the service account's own.

use longshore_prefect::StateType;
use longshore_rig::{EntraServer, Kubernetes};
use serde_json::{Value, json};

use super::scene::Scene;

const CLIENT: &str = "11111111-1111-1111-1111-111111111111";
const TENANT: &str = "22222222-2222-2222-2222-222222222222";

/// Policies of a namespace; they go with this value.
pub(super) struct Policies {
    kubernetes: Kubernetes,
    names: Vec<String>,
}

impl Policies {
    /// Makes pods trust the certificate of the store, and gives identities to those that have the webhook's label.
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
                // The rig's cluster goes away in any case.
                let _deleted = self.kubernetes.run(&["delete", kind, name]);
            }
        }
    }
}

/// What a policy adds to a pod, as expressions in CEL.
struct Additions {
    volume: String,
    containers: String,
}

impl Additions {
    /// A patch, since the sources of a volume cannot be merged.
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

/// The init container with the certificate of the test's store.
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

/// What Azure's webhook adds to all containers
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

/// An expression that adds variables and a mount to a container.
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

/// Its init container has no Secret, and says whose rights it has used.
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

/// The claims of the token with which the pod has shown who it is.
fn claims_of_assertion(asked: &str) -> Value {
    use base64::Engine as _;
    let (_, assertion) = asked.split_once("client_assertion=").expect("an assertion");
    let claims = assertion.split('.').nth(1).expect("claims");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims);
    serde_json::from_slice(&claims.expect("base64")).expect("JSON")
}

//! Workers that lack one right each.
//!
//! The worker uses the other rights of `kubernetes/base/role.yaml` only to delete jobs and to describe crashes.

use longshore_rig::Worker;
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::Scene;

const NEEDED: [(&str, &str); 5] = [
    ("jobs", "create"),
    ("jobs", "list"),
    ("jobs", "watch"),
    ("pods", "list"),
    ("pods", "watch"),
];

/// The log of the worker or of the run names the missing right.
pub(super) async fn each_missing_right_is_named(scene: &Scene) {
    let namespace = scene.namespace.name();
    let role = scene
        .kubernetes
        .get(&["role", "prefect-worker", "--namespace", namespace]);
    let rules = role.expect("the role")["rules"].take();
    for (resource, verb) in NEEDED {
        let account = format!("without-{verb}-{resource}");
        create(scene, &account, &without(&rules, resource, verb));
        let worker = scene.worker_of(&account);
        let id = scene.start("quick", json!({})).await;
        let message = format!("cannot {verb} resource \"{resource}\"");
        let is_said = async || said(scene, &worker, id).await.contains(&message);
        scene.until(id, &message, is_said).await;
    }
}

async fn said(scene: &Scene, worker: &Worker, id: Uuid) -> String {
    let log = std::fs::read_to_string(worker.log()).unwrap_or_default();
    let messages = scene.messages(id).await.join("\n");
    // Lines contain JSON of the API server.
    format!("{log}\n{messages}").replace('\\', "")
}

/// The rules without one right.
fn without(rules: &Value, resource: &str, verb: &str) -> Value {
    let mut rules = rules.clone();
    for rule in rules.as_array_mut().expect("rules") {
        if rule["resources"] == json!([resource]) {
            let verbs = rule["verbs"].as_array_mut().expect("verbs");
            verbs.retain(|other| other != verb);
        }
    }
    rules
}

/// A service account with these rules.
fn create(scene: &Scene, account: &str, rules: &Value) {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let namespace = scene.namespace.name();
    let version = format!("{RBAC}/v1");
    let metadata = json!({ "name": account });
    let subject = json!({ "kind": "ServiceAccount", "name": account, "namespace": namespace });
    let objects = json!({ "apiVersion": "v1", "kind": "List", "items": [
        { "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata },
        { "apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules },
        {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": { "apiGroup": RBAC, "kind": "Role", "name": account },
            "subjects": [subject],
        },
    ]});
    let applied = scene
        .kubernetes
        .apply(&objects.to_string(), &["--namespace", namespace]);
    applied.expect("a service account");
}

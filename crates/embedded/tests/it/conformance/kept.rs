//! What runs show and read: artifacts, variables and secret blocks.

use longshore_prefect::ArtifactWrite;
use serde_json::{Value, json};
use uuid::Uuid;

use super::engine::made;
use crate::api::Api;

pub(super) async fn artifacts_belong_to_runs_and_change(api: &Api) {
    let run = made(api).await;
    let write = |key: Option<&str>, kind: &str, data: Value| ArtifactWrite {
        key: key.map(str::to_owned),
        kind: kind.to_owned(),
        data,
        description: Some("what".to_owned()),
        flow_run_id: Some(run),
        task_run_id: None,
    };
    let rows = json!([{ "a": 1 }]).to_string();
    for artifact in [
        write(Some("a-text"), "markdown", json!("# Title")),
        write(Some("b-table"), "table", json!(rows)),
    ] {
        let made = api.client.create_artifact(&artifact).await;
        assert_eq!(made.expect("an artifact").key, artifact.key);
    }
    let progress = write(Some("c-progress"), "progress", json!(10.0));
    let made = api.client.create_artifact(&progress).await;
    let id = made.expect("an artifact").id;
    let updated = api.client.update_artifact(id, &json!(80.5)).await;
    updated.expect("an update");
    let found = api.client.artifacts(run).await.expect("the artifacts");
    let told: Vec<_> = found
        .iter()
        .map(|artifact| (artifact.kind.as_deref(), &artifact.data))
        .collect();
    assert_eq!(
        told,
        [
            (Some("markdown"), &json!("# Title")),
            (Some("table"), &json!(rows)),
            (Some("progress"), &json!(80.5))
        ]
    );
    let missing = api.client.update_artifact(Uuid::new_v4(), &json!(1)).await;
    assert_eq!(missing.expect_err("a refusal").status(), Some(404));
    let refused = write(Some("A Text"), "markdown", json!(""));
    let refused = api.client.create_artifact(&refused).await;
    assert_eq!(refused.expect_err("a refusal").status(), Some(422));
}

pub(super) async fn variables_are_found_by_name(api: &Api) {
    let name = format!("variable_{}", Uuid::new_v4().simple());
    assert_eq!(api.client.variable(&name).await.expect("an answer"), None);
    let body = json!({ "name": name, "value": "42" });
    assert_eq!(api.post("/variables/", &body).await.0, 201);
    assert_eq!(api.post("/variables/", &body).await.0, 409);
    let found = api.client.variable(&name).await.expect("an answer");
    assert_eq!(found, Some(json!("42")));
    let body = json!({ "name": "Not a name", "value": "42" });
    assert_eq!(api.post("/variables/", &body).await.0, 422);
}

pub(super) async fn secret_blocks_give_their_values_to_those_who_ask(api: &Api) {
    let name = format!("secret-{}", Uuid::new_v4().simple());
    let found = api.client.secret_block(&name).await.expect("an answer");
    assert_eq!(found, None);
    let (_, kind) = api.get("/block_types/slug/secret").await;
    let filter = json!({ "block_schemas": { "block_type_id": { "any_": [kind["id"]] } } });
    let (_, schemas) = api.post("/block_schemas/filter", &filter).await;
    let body = json!({
        "name": name,
        "data": { "value": "hunter2" },
        "block_type_id": kind["id"],
        "block_schema_id": schemas[0]["id"],
    });
    assert_eq!(api.post("/block_documents/", &body).await.0, 201);
    assert_eq!(api.post("/block_documents/", &body).await.0, 409);
    let found = api.client.secret_block(&name).await.expect("an answer");
    assert_eq!(found, Some(json!("hunter2")));
    let path = format!("/block_types/slug/secret/block_documents/name/{name}");
    let (_, shown) = api.get(&path).await;
    assert_eq!(shown["data"]["value"], json!("********"));
}

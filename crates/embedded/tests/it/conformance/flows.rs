use serde_json::json;

use crate::api::{Api, unique};

pub(super) async fn a_flow_is_made_once(api: &Api) {
    let name = unique("flow");
    let (status, first) = api
        .post("/flows/", &json!({ "name": name, "tags": ["a"] }))
        .await;
    assert_eq!(status, 201);
    let (status, second) = api
        .post("/flows/", &json!({ "name": name, "tags": ["b"] }))
        .await;
    assert_eq!(
        (status, &second["id"], &second["tags"]),
        (200, &first["id"], &json!(["a"]))
    );
    let flow = api
        .client
        .upsert_flow(&name, &["c".to_owned()])
        .await
        .expect("the flow");
    assert_eq!(
        (json!(flow.id), flow.tags),
        (first["id"].clone(), vec!["a".to_owned()])
    );
    let read = api
        .client
        .flow(flow.id)
        .await
        .expect("an answer")
        .expect("the flow");
    assert_eq!(read.name, name);
}

pub(super) async fn flows_are_found_by_name(api: &Api) {
    let (first, second) = (api.flow().await, api.flow().await);
    let found = api
        .client
        .flows_by_name(&[&first.name, &second.name, "no such flow"])
        .await
        .expect("flows");
    let by_id = api
        .client
        .flows_by_id(&[first.id, second.id])
        .await
        .expect("flows");
    assert_eq!(by_id, found);
    let mut ids: Vec<_> = found.iter().map(|flow| flow.id).collect();
    ids.sort();
    let mut expected = vec![first.id, second.id];
    expected.sort();
    assert_eq!(ids, expected);
    assert_eq!(api.client.flows_by_name(&[]).await.expect("no flows"), []);
}

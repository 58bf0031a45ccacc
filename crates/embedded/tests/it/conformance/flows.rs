use serde_json::json;
use uuid::Uuid;

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

/// One more than the ids that go into a filter.
pub(super) async fn flows_beyond_a_page_of_names_are_found(api: &Api) {
    let flow = api.flow().await;
    let mut names: Vec<String> = (0..200).map(|_| unique("no such flow")).collect();
    names.push(flow.name.clone());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = api.client.flows_by_name(&names).await.expect("flows");
    assert_eq!(found, std::slice::from_ref(&flow));
    let mut ids: Vec<Uuid> = (0..200).map(|_| Uuid::new_v4()).collect();
    ids.push(flow.id);
    assert_eq!(api.client.flows_by_id(&ids).await.expect("flows"), [flow]);
}

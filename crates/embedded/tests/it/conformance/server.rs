use reqwest::Method;
use serde_json::json;

use crate::api::Api;

pub(super) async fn health_and_version_are_told(api: &Api) {
    assert!(api.client.health().await.expect("health"));
    let version = api.client.version().await.expect("a version");
    assert_eq!(
        api.client
            .capabilities()
            .await
            .expect("capabilities")
            .version(),
        version
    );
    assert_eq!(api.get("/ready").await, (200, json!({ "message": "OK" })));
    assert_eq!(api.get("/version").await, (200, json!("0.8.4")));
}

pub(super) async fn collections_need_their_slash(api: &Api) {
    for path in ["/flows", "/deployments", "/work_pools", "/logs"] {
        assert_eq!(api.post(path, &json!({})).await.0, 307, "{path}");
    }
}

pub(super) async fn paths_that_are_none(api: &Api) {
    assert_eq!(
        api.get("/nothing").await,
        (404, json!({ "detail": "Not Found" }))
    );
    assert_eq!(
        api.get("/deployments/not-an-id").await,
        (404, json!({ "detail": "Not Found" }))
    );
    let deletion = api.raw(Method::DELETE, "/deployments/", None).await;
    assert_eq!(deletion, (405, json!({ "detail": "Method Not Allowed" })));
}

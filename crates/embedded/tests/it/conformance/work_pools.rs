use longshore_prefect::WorkPoolWrite;
use serde_json::{Value, json};

use crate::api::{Api, unique};

pub(super) async fn a_pool_has_a_default_queue(api: &Api) {
    let template = json!({
        "job_configuration": { "command": "{{ command }}", "env": "{{ env }}" },
        "variables": {
            "type": "object",
            "properties": { "command": { "type": "string" }, "env": { "type": "object" } },
        },
    });
    let made = api.pool_with(template.clone()).await;
    let pool = api
        .client
        .work_pool(&made.name)
        .await
        .expect("an answer")
        .expect("the pool");
    assert_eq!(
        (pool.id, pool.kind.as_str(), &pool.base_job_template),
        (made.id, "process", &template)
    );
    assert!(
        api.client
            .work_pools()
            .await
            .expect("pools")
            .iter()
            .any(|known| known.id == pool.id)
    );
    let queues = api.client.work_queues(&pool.name).await.expect("queues");
    assert_eq!(queues.len(), 1);
    assert_eq!(
        (queues[0].name.as_str(), queues[0].priority),
        ("default", Some(1))
    );
    assert_eq!(
        api.client
            .work_pool("no such pool")
            .await
            .expect("an answer"),
        None
    );
    let error = api
        .client
        .work_queues("no such pool")
        .await
        .expect_err("no such pool");
    assert_eq!(
        (error.status(), error.detail()),
        (Some(404), Some("Work pool \"no such pool\" not found."))
    );
}

pub(super) async fn queues_are_made_on_demand(api: &Api) {
    let pool = api.pool().await;
    for queue in ["one", "two", "one"] {
        let mut write = api.write().await;
        write.work_pool_name = Some(pool.name.clone());
        write.work_queue_name = Some(queue.to_owned());
        api.client
            .write_deployment(&write)
            .await
            .expect("a deployment");
    }
    api.client
        .create_work_queue(&pool.name, "three")
        .await
        .expect("a queue");
    let taken = api
        .client
        .create_work_queue(&pool.name, "three")
        .await
        .expect_err("the name is taken");
    assert_eq!(taken.status(), Some(409));
    let queues = api.client.work_queues(&pool.name).await.expect("queues");
    let mut names: Vec<_> = queues
        .iter()
        .map(|queue| (queue.priority, queue.name.as_str()))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            (Some(1), "default"),
            (Some(2), "one"),
            (Some(3), "two"),
            (Some(4), "three")
        ]
    );
    let mut write = api.write().await;
    write.work_pool_name = Some(pool.name);
    let deployment = api.deploy(&write).await;
    assert_eq!(deployment.work_queue_name.as_deref(), Some("default"));
}

pub(super) async fn a_deleted_pool_leaves_its_deployments(api: &Api) {
    let (pool, mut write) = (api.pool().await, api.write().await);
    write.work_pool_name = Some(pool.name.clone());
    let id = api.deploy(&write).await.id;
    let path = format!("/work_pools/{}", pool.name.replace(' ', "%20"));
    assert_eq!(
        api.raw(reqwest::Method::DELETE, &path, None).await,
        (204, Value::Null)
    );
    let left = api.deployment(id).await;
    assert_eq!(left.work_pool_name, None);
    assert_eq!(
        api.client.work_pool(&pool.name).await.expect("an answer"),
        None
    );
}

fn pool(name: &str, base_job_template: Value) -> WorkPoolWrite {
    WorkPoolWrite {
        name: name.to_owned(),
        kind: "process".to_owned(),
        base_job_template,
        description: None,
        concurrency_limit: None,
    }
}

pub(super) async fn a_pool_that_is_named_twice_is_refused(api: &Api) {
    let made = api.pool().await;
    let error = api
        .client
        .create_work_pool(&pool(&made.name, json!({})))
        .await
        .expect_err("the name is taken");
    assert_eq!(
        (error.status(), error.detail()),
        (
            Some(409),
            Some("A work pool with this name already exists.")
        )
    );
    let error = api
        .client
        .create_work_pool(&pool("Prefect-x", json!({})))
        .await
        .expect_err("a reserved name");
    assert_eq!(error.status(), Some(403));
    assert_eq!(
        error.detail(),
        Some("Work pools starting with 'Prefect' are reserved for internal use.")
    );
    let error = api
        .client
        .create_work_pool(&pool("a/b", json!({})))
        .await
        .expect_err("a refused character");
    assert_eq!(error.status(), Some(422));
}

pub(super) async fn templates_are_checked(api: &Api) {
    let properties = json!({ "type": "object", "properties": { "a": {} } });
    let cases = [
        (json!({ "variables": properties }), "must contain both"),
        (
            json!({ "job_configuration": { "x": "{{ b }}" }, "variables": properties }),
            "undeclared variable(s): b.",
        ),
    ];
    for (template, reason) in cases {
        let error = api
            .client
            .create_work_pool(&pool(&unique("pool"), template))
            .await
            .expect_err(reason);
        assert_eq!(error.status(), Some(422));
        let detail = error.detail().expect("a detail");
        assert!(
            detail.starts_with("base_job_template: ") && detail.contains(reason),
            "{detail}"
        );
    }
}

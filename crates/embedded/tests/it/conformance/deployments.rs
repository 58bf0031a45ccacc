use std::collections::HashSet;

use longshore_prefect::{
    CollisionStrategy, ConcurrencyOptions, DeploymentFilter, DeploymentUpdate, DeploymentWrite,
    ScheduleWrite, WireSchedule,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::{Api, unique};

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

pub(super) fn daily() -> ScheduleWrite {
    let schedule = WireSchedule::Cron {
        cron: "0 6 * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    ScheduleWrite {
        schedule,
        active: Some(true),
        slug: None,
        parameters: None,
    }
}

pub(super) async fn a_write_creates_and_then_replaces(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    let first = api
        .client
        .write_deployment(&write)
        .await
        .expect("a deployment");
    assert!(first.created);
    write.description = Some("changed".to_owned());
    let second = api
        .client
        .write_deployment(&write)
        .await
        .expect("the deployment");
    assert!(!second.created);
    assert_eq!(second.deployment.id, first.deployment.id);
    assert_eq!(second.deployment.description.as_deref(), Some("changed"));
    assert_eq!(second.deployment.schedules.len(), 1);
    assert_ne!(
        second.deployment.schedules[0].id,
        first.deployment.schedules[0].id
    );
}

pub(super) async fn fields_come_back_as_written(api: &Api) {
    let pool = api.pool().await;
    let mut write = api.write().await;
    write.paused = Some(true);
    write.parameters = object(json!({ "a": 1, "deep": { "list": [1, 2.5, null, "x"] } }));
    write.parameter_openapi_schema = json!({
        "title": "Parameters", "type": "object", "required": ["a"], "definitions": {},
        "properties": { "a": { "title": "a", "position": 0, "type": "integer" } },
    });
    write.tags = vec!["b".to_owned(), "longshore:w/default".to_owned()];
    write.description = Some("text\nwith lines".to_owned());
    write.version = Some("abc123".to_owned());
    write.path = Some("projects/p/f".to_owned());
    write.entrypoint = Some("projects/p/f/src/lib.rs:f".to_owned());
    write.work_pool_name = Some(pool.name.clone());
    write.work_queue_name = Some("q".to_owned());
    write.job_variables = object(json!({ "env": { "A": "1" }, "command": "run" }));
    let id = api.deploy(&write).await.id;
    let read = api.deployment(id).await;
    assert_eq!(
        (&read.name, read.flow_id, read.paused),
        (&write.name, write.flow_id, true)
    );
    assert_eq!(
        (&read.parameters, &read.tags),
        (&write.parameters, &write.tags)
    );
    assert_eq!(
        read.parameter_openapi_schema.as_ref(),
        Some(&write.parameter_openapi_schema)
    );
    assert_eq!(
        (&read.description, &read.version),
        (&write.description, &write.version)
    );
    assert_eq!(
        (&read.path, &read.entrypoint),
        (&write.path, &write.entrypoint)
    );
    assert_eq!(read.pull_steps, Some(json!([])));
    assert_eq!(
        (&read.work_pool_name, &read.work_queue_name),
        (&write.work_pool_name, &write.work_queue_name)
    );
    assert_eq!(read.job_variables, write.job_variables);
    assert!(read.enforce_parameter_schema);
    assert!(read.created.is_some() && read.updated.is_some());
}

pub(super) async fn names_of_all_kinds_are_found(api: &Api) {
    let flow = api.flow().await;
    for name in [
        "with space",
        "ünïcode 例",
        "a?b#c+d:e\\f.g",
        "'quoted\"",
        ".",
    ] {
        let write = DeploymentWrite::new(name, flow.id);
        let id = api
            .client
            .write_deployment(&write)
            .await
            .expect(name)
            .deployment
            .id;
        let found = api
            .client
            .deployment_by_name(&flow.name, name)
            .await
            .expect("an answer")
            .expect(name);
        assert_eq!((found.id, found.name.as_str()), (id, name));
    }
    let path = format!(
        "/deployments/name/{}/with%20space",
        flow.name.replace(' ', "%20")
    );
    assert_eq!(api.get(&path).await.1["name"], "with space");
    assert_eq!(
        api.client
            .deployment_by_name(&flow.name, "none")
            .await
            .expect("an answer"),
        None
    );
}

pub(super) async fn filters_join_their_conditions(api: &Api) {
    let (pool, owner) = (api.pool().await, unique("owner"));
    let mut expected = Vec::new();
    for tags in [vec![owner.clone(), "x".to_owned()], vec![owner.clone()]] {
        let mut write = api.write().await;
        write.tags = tags;
        write.work_pool_name = Some(pool.name.clone());
        expected.push(api.deploy(&write).await);
    }
    let [both, owned] = expected.as_slice() else {
        panic!("two deployments")
    };
    let flow = api
        .client
        .flow(both.flow_id)
        .await
        .expect("an answer")
        .expect("the flow");
    let all = DeploymentFilter {
        tags_all: vec![owner.clone()],
        ..DeploymentFilter::default()
    };
    let cases = [
        (all.clone(), 2),
        (
            DeploymentFilter {
                tags_all: vec![owner.clone(), "x".to_owned()],
                ..all.clone()
            },
            1,
        ),
        (
            DeploymentFilter {
                names: Some(vec![owned.name.clone(), "none".to_owned()]),
                ..all.clone()
            },
            1,
        ),
        (
            DeploymentFilter {
                names: Some(Vec::new()),
                ..all.clone()
            },
            0,
        ),
        (
            DeploymentFilter {
                flow_names: Some(vec![flow.name.clone()]),
                ..all.clone()
            },
            1,
        ),
        (
            DeploymentFilter {
                work_pool: Some(pool.name.clone()),
                ..DeploymentFilter::default()
            },
            2,
        ),
        (
            DeploymentFilter {
                work_pool: Some("none".to_owned()),
                ..all.clone()
            },
            0,
        ),
    ];
    for (filter, count) in cases {
        assert_eq!(
            api.client
                .deployments(&filter)
                .await
                .expect("deployments")
                .len(),
            count,
            "{filter:?}"
        );
    }
    let body = json!({ "deployments": { "tags": { "all_": [owner] } } });
    assert_eq!(api.post("/deployments/count", &body).await, (200, json!(2)));
}

/// One more than a page holds.
pub(super) async fn pages_are_complete(api: &Api) {
    let (flow, owner) = (api.flow().await, unique("owner"));
    for number in 0..201 {
        let mut write = DeploymentWrite::new(format!("d{number}"), flow.id);
        write.tags = vec![owner.clone()];
        api.client
            .write_deployment(&write)
            .await
            .expect("a deployment");
    }
    let filter = DeploymentFilter {
        tags_all: vec![owner.clone()],
        ..DeploymentFilter::default()
    };
    let found = api.client.deployments(&filter).await.expect("deployments");
    let names: HashSet<_> = found
        .iter()
        .map(|deployment| deployment.name.clone())
        .collect();
    assert_eq!((found.len(), names.len()), (201, 201));
    let body = json!({ "deployments": { "tags": { "all_": [owner] } }, "sort": "NAME_DESC", "limit": 2, "offset": 1 });
    let (_, page) = api.post("/deployments/filter", &body).await;
    assert_eq!(
        (&page[0]["name"], &page[1]["name"], &page[2]),
        (&json!("d98"), &json!("d97"), &Value::Null)
    );
}

pub(super) async fn an_update_changes_what_it_names(api: &Api) {
    let (pool, mut write) = (api.pool().await, api.write().await);
    write.schedules = vec![daily()];
    write.description = Some("before".to_owned());
    write.version = Some("1".to_owned());
    write.tags = vec!["a".to_owned()];
    let before = api.deploy(&write).await;
    let update = DeploymentUpdate {
        description: Some(None),
        tags: Some(vec!["b".to_owned()]),
        work_pool_name: Some(pool.name.clone()),
        work_queue_name: Some("new".to_owned()),
        job_variables: Some(object(json!({ "command": "x" }))),
        ..DeploymentUpdate::default()
    };
    api.client
        .update_deployment(before.id, &update)
        .await
        .expect("an update");
    let after = api.deployment(before.id).await;
    assert_eq!(
        (after.description.as_deref(), after.version.as_deref()),
        (None, Some("1"))
    );
    assert_eq!(
        (after.tags, &after.job_variables["command"]),
        (vec!["b".to_owned()], &json!("x"))
    );
    assert_eq!(
        (after.work_pool_name, after.work_queue_name),
        (Some(pool.name.clone()), Some("new".to_owned()))
    );
    assert_eq!(after.schedules[0].id, before.schedules[0].id);
    let queue = DeploymentUpdate {
        work_queue_name: Some("newer".to_owned()),
        ..DeploymentUpdate::default()
    };
    api.client
        .update_deployment(before.id, &queue)
        .await
        .expect("an update");
    let moved = api.deployment(before.id).await;
    assert_eq!(
        (moved.work_pool_name, moved.work_queue_name),
        (Some(pool.name), Some("newer".to_owned()))
    );
    let missing = api
        .client
        .update_deployment(Uuid::new_v4(), &update)
        .await
        .expect_err("no such deployment");
    assert!(missing.is_not_found());
    assert_eq!(missing.detail(), Some("Deployment not found."));
}

pub(super) async fn a_deleted_deployment_is_gone(api: &Api) {
    let write = api.write().await;
    let id = api.deploy(&write).await.id;
    assert!(api.client.delete_deployment(id).await.expect("a deletion"));
    assert!(
        !api.client
            .delete_deployment(id)
            .await
            .expect("nothing to delete")
    );
    assert_eq!(api.client.deployment(id).await.expect("an answer"), None);
    let again = api
        .client
        .write_deployment(&write)
        .await
        .expect("a new deployment");
    assert!(again.created && again.deployment.id != id);
}

pub(super) async fn pausing_is_kept_by_an_update(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    let id = api.deploy(&write).await.id;
    api.client.set_paused(id, true).await.expect("a pause");
    let update = DeploymentUpdate {
        description: Some(Some("x".to_owned())),
        ..DeploymentUpdate::default()
    };
    api.client
        .update_deployment(id, &update)
        .await
        .expect("an update");
    let paused = api.deployment(id).await;
    assert!(paused.paused);
    assert_eq!(paused.schedules.len(), 1);
    api.client.set_paused(id, false).await.expect("going on");
    assert!(!api.deployment(id).await.paused);
    for route in ["pause_deployment", "resume_deployment"] {
        assert_eq!(
            api.post(&format!("/deployments/{id}/{route}"), &json!({}))
                .await,
            (200, Value::Null)
        );
    }
}

pub(super) async fn what_is_left_out_of_a_write_is_kept(api: &Api) {
    let mut write = api.write().await;
    write.schedules = vec![daily()];
    write.parameters = object(json!({ "a": 1 }));
    write.tags = vec!["t".to_owned()];
    write.description = Some("text".to_owned());
    write.paused = Some(true);
    write.job_variables = object(json!({ "a": 1 }));
    write.labels = object(json!({ "k": "v" }));
    write.concurrency_limit = Some(2);
    let id = api.deploy(&write).await.id;
    let (status, after) = api
        .post(
            "/deployments/",
            &json!({ "name": write.name, "flow_id": write.flow_id }),
        )
        .await;
    assert_eq!((status, &after["id"]), (200, &json!(id)));
    assert_eq!(
        (&after["paused"], &after["tags"], &after["description"]),
        (&json!(true), &json!(["t"]), &json!("text"))
    );
    assert_eq!(
        (
            &after["job_variables"],
            &after["global_concurrency_limit"]["limit"]
        ),
        (&json!({ "a": 1 }), &json!(2))
    );
    assert_eq!(
        (&after["schedules"], &after["parameters"]),
        (&json!([]), &json!({}))
    );
    assert_eq!(after["labels"], json!({ "prefect.flow.id": write.flow_id }));
}

pub(super) async fn concurrency_and_labels_come_back(api: &Api) {
    let mut write = api.write().await;
    write.concurrency_limit = Some(3);
    let options = ConcurrencyOptions {
        collision_strategy: CollisionStrategy::CancelNew,
        grace_period_seconds: Some(60),
    };
    write.concurrency_options = Some(options.clone());
    write.labels = object(json!({ "team": "x", "n": 1 }));
    let deployment = api.deploy(&write).await;
    assert_eq!(
        (
            deployment.concurrency_limit(),
            deployment.concurrency_options
        ),
        (Some(3), Some(options))
    );
    assert_eq!(
        (&deployment.labels["team"], &deployment.labels["n"]),
        (&json!("x"), &json!(1))
    );
    let update = DeploymentUpdate {
        concurrency_limit: Some(None),
        concurrency_options: Some(None),
        ..DeploymentUpdate::default()
    };
    api.client
        .update_deployment(deployment.id, &update)
        .await
        .expect("an update");
    let after = api.deployment(deployment.id).await;
    assert_eq!(
        (after.concurrency_limit(), after.concurrency_options),
        (None, None)
    );
}

/// Why an update of the queue must name the pool too.
pub(super) async fn a_queue_alone_means_the_agents_pool(api: &Api) {
    let (pool, mut write) = (api.pool().await, api.write().await);
    write.work_pool_name = Some(pool.name.clone());
    let id = api.deploy(&write).await.id;
    assert_eq!(
        api.patch(
            &format!("/deployments/{id}"),
            &json!({ "work_queue_name": unique("queue") })
        )
        .await
        .0,
        204
    );
    let after = api.deployment(id).await;
    assert_eq!(after.work_pool_name.as_deref(), Some("default-agent-pool"));
}

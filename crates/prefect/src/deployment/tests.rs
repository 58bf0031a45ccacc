use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{Capabilities, ScheduleWrite, WireSchedule};

fn capabilities(version: &str) -> Capabilities {
    version.parse().expect("a version")
}

fn full() -> DeploymentWrite {
    let schedule = WireSchedule::Cron {
        cron: "0 6 * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    let mut write = DeploymentWrite::new("eu", Uuid::nil());
    write.paused = Some(true);
    write.schedules = vec![ScheduleWrite {
        schedule,
        active: Some(true),
        slug: Some("main".to_owned()),
        parameters: json!({ "a": 1 }).as_object().cloned(),
    }];
    write.concurrency_limit = Some(1);
    write.labels.insert("k".to_owned(), json!("v"));
    write
}

#[test]
fn a_write_to_3_holds_every_field() {
    let body = full().body(&capabilities("3.8.8"));
    assert_eq!(
        body,
        json!({
            "name": "eu",
            "flow_id": Uuid::nil(),
            "paused": true,
            "schedules": [{
                "schedule": { "cron": "0 6 * * *", "timezone": null, "day_or": true },
                "active": true,
                "slug": "main",
                "parameters": { "a": 1 },
            }],
            "parameters": {},
            "parameter_openapi_schema": {},
            "enforce_parameter_schema": true,
            "tags": [],
            "description": null,
            "version": null,
            "path": null,
            "entrypoint": null,
            "pull_steps": [],
            "work_pool_name": null,
            "work_queue_name": null,
            "job_variables": {},
            "concurrency_limit": 1,
            "concurrency_options": null,
            "labels": { "k": "v" },
        })
    );
    assert!(full().unsupported_on(&capabilities("3.8.8")).is_empty());
}

#[test]
fn what_2_cannot_store_is_left_out_and_named() {
    let old = capabilities("2.20.26");
    let body = full().body(&old);
    for key in ["concurrency_limit", "concurrency_options", "labels"] {
        assert_eq!(body.get(key), None, "{key}");
    }
    let schedule = json!({ "schedule": { "cron": "0 6 * * *", "timezone": null, "day_or": true }, "active": true });
    assert_eq!(body["schedules"], json!([schedule]));
    let named = [
        "concurrency limit",
        "labels",
        "schedule slug",
        "schedule parameters",
    ];
    assert_eq!(full().unsupported_on(&old), named);
    assert!(
        DeploymentWrite::new("eu", Uuid::nil())
            .unsupported_on(&old)
            .is_empty()
    );
}

#[test]
fn an_update_sends_what_is_set() {
    let update = DeploymentUpdate {
        paused: Some(false),
        description: Some(None),
        ..DeploymentUpdate::default()
    };
    assert_eq!(
        crate::request::json_of(&update),
        json!({ "paused": false, "description": null })
    );
    assert_eq!(
        crate::request::json_of(&DeploymentUpdate::default()),
        json!({})
    );
    let update = DeploymentUpdate {
        parameter_openapi_schema: Some(json!({})),
        ..update
    };
    assert_eq!(
        update.unsupported_on(&capabilities("2.20.26")),
        ["parameter schema"]
    );
    assert!(update.unsupported_on(&capabilities("3.8.8")).is_empty());
}

#[test]
fn answers_of_both_generations_are_read() {
    let id = Uuid::new_v4();
    let common =
        json!({ "id": id, "name": "eu", "flow_id": id, "tags": null, "unknown": { "a": 1 } });
    let with = |more: Value| {
        let mut all = common.clone();
        all.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().expect("an object"));
        serde_json::from_value::<Deployment>(all).expect("a deployment")
    };
    let old = with(json!({
        "infra_overrides": { "a": 1 },
        "created": "2026-01-01T00:00:00.123456+00:00",
        "schedules": [{ "id": id, "active": true, "catchup": false, "schedule": { "interval": 60.0 } }],
    }));
    let new = with(json!({
        "job_variables": { "a": 1 },
        "created": "2026-01-01T00:00:00.123456Z",
        "global_concurrency_limit": { "limit": 2, "name": "x" },
        "concurrency_options": { "collision_strategy": "LATER" },
    }));
    assert_eq!(
        (&old.job_variables, old.created),
        (&new.job_variables, new.created)
    );
    assert_eq!(
        (old.concurrency_limit(), new.concurrency_limit()),
        (None, Some(2))
    );
    let strategy = new
        .concurrency_options
        .map(|options| options.collision_strategy);
    assert_eq!(strategy, Some(CollisionStrategy::Other("LATER".to_owned())));
    assert!(matches!(
        old.schedules[0].schedule,
        WireSchedule::Interval { .. }
    ));
    assert!(old.tags.is_empty());
}

#[test]
fn a_schedule_of_an_unknown_kind_is_read() {
    let schedule: WireSchedule =
        serde_json::from_value(json!({ "moon": "full" })).expect("a schedule");
    assert_eq!(schedule, WireSchedule::Other(json!({ "moon": "full" })));
}

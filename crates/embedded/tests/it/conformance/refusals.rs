use longshore_prefect::{DeploymentWrite, WireSchedule};
use serde_json::{Value, json};
use uuid::Uuid;

use super::deployments::daily;
use crate::api::Api;

pub(super) async fn names_with_refused_characters(api: &Api) {
    for character in ["/", "%", "&", "<", ">"] {
        let name = format!("a{character}b");
        let error = api.client.upsert_flow(&name, &[]).await.expect_err(&name);
        assert_eq!((error.status(), error.attempts()), (Some(422), 1));
        assert!(
            error
                .detail()
                .is_some_and(|detail| detail.starts_with("name: ")),
            "{error}"
        );
    }
}

pub(super) async fn what_does_not_exist(api: &Api) {
    let write = DeploymentWrite::new("d", Uuid::new_v4());
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("no such flow");
    assert_eq!(error.status(), Some(409));
    assert!(
        error
            .detail()
            .is_some_and(|detail| detail.starts_with("Data integrity conflict.")),
        "{error}"
    );
    let mut write = api.write().await;
    write.work_pool_name = Some("nowhere".to_owned());
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("no such pool");
    assert_eq!(
        (error.status(), error.detail()),
        (Some(404), Some("Work pool \"nowhere\" not found."))
    );
    assert_eq!(
        api.client
            .deployment(Uuid::new_v4())
            .await
            .expect("an answer"),
        None
    );
    assert_eq!(
        api.client
            .flow_run(Uuid::new_v4())
            .await
            .expect("an answer"),
        None
    );
    assert_eq!(
        api.client.flow(Uuid::new_v4()).await.expect("an answer"),
        None
    );
    let read = api.get("/deployments/name/no/thing").await;
    assert_eq!(read, (404, json!({ "detail": "Deployment not found" })));
}

/// The shapes of a refusal, which the client's one error is read from; the fourth is that of
/// [`a_wrong_auth_string_is_refused`].
pub(super) async fn refusals_have_three_shapes(api: &Api) {
    let (status, by_model) = api.post("/flows/", &json!({ "name": [] })).await;
    assert_eq!(status, 422);
    let entry = first(&by_model);
    assert_eq!(entry["loc"], json!(["body", "name"]));
    assert!(entry["msg"].is_string() && entry["type"].is_string());
    assert!(by_model["exception_detail"].is_array() && by_model.get("detail").is_none());

    let missing = Uuid::new_v4();
    let by_route = api.get(&format!("/flow_runs/{missing}")).await;
    assert_eq!(by_route, (404, json!({ "detail": "Flow run not found" })));

    let proposed = json!({ "state": { "type": "PENDING" } });
    let by_engine = api
        .post(&format!("/flow_runs/{missing}/set_state"), &proposed)
        .await;
    let told = format!("Flow run with id {missing} not found");
    assert_eq!(by_engine, (404, json!({ "exception_message": told })));
}

/// For a server with an auth string; the fourth shape is that of 500 and 503 as well.
pub(crate) async fn a_wrong_auth_string_is_refused(api: &Api) {
    for auth in [None, Some("longshore:guess")] {
        let stranger = api.with_auth(auth);
        let refused = json!({ "exception_message": "Unauthorized" });
        assert_eq!(
            stranger.post("/flows/filter", &json!({})).await,
            (401, refused)
        );
        let error = stranger.client.work_pools().await.expect_err("a stranger");
        assert_eq!(
            (error.status(), error.detail(), error.attempts()),
            (Some(401), Some("Unauthorized"), 1)
        );
        assert!(stranger.client.health().await.expect("health is open"));
    }
    assert!(api.client.work_pools().await.is_ok());
}

/// The first entry of a 422's list.
fn first(answer: &Value) -> &Value {
    assert_eq!(answer["exception_message"], "Invalid request received.");
    &answer["exception_detail"][0]
}

pub(super) async fn unknown_fields_and_filters(api: &Api) {
    let flow = api.flow().await;
    let deployment = |extra: Value| {
        let mut body = json!({ "name": "d", "flow_id": flow.id });
        body.as_object_mut()
            .expect("an object")
            .extend(extra.as_object().cloned().expect("an object"));
        body
    };
    let cases = [
        (
            "/flows/",
            json!({ "name": "x", "bogus": 1 }),
            json!(["body", "bogus"]),
        ),
        ("/flows/", json!({}), json!(["body", "name"])),
        (
            "/deployments/",
            deployment(json!({ "bogus": 1 })),
            json!(["body", "bogus"]),
        ),
        (
            "/deployments/",
            deployment(
                json!({ "schedules": [{ "schedule": { "cron": "* * * * *" }, "bogus": 1 }] }),
            ),
            json!(["body", "schedules", 0, "bogus"]),
        ),
        (
            "/deployments/filter",
            json!({ "deployments": { "bogus": {} } }),
            json!(["body", "deployments", "bogus"]),
        ),
    ];
    for (path, body, location) in cases {
        let (status, answer) = api.post(path, &body).await;
        assert_eq!((status, &first(&answer)["loc"]), (422, &location), "{body}");
    }
    let (status, _) = api
        .post(
            "/deployments/filter",
            &json!({ "no_such_filter": {}, "limit": 0 }),
        )
        .await;
    assert_eq!(status, 200);
}

pub(super) async fn pages_that_are_too_large(api: &Api) {
    let detail = json!({ "detail": "Invalid limit: must be less than or equal to 200." });
    for path in [
        "/deployments/filter",
        "/flows/filter",
        "/flow_runs/filter",
        "/work_pools/filter",
        "/logs/filter",
    ] {
        assert_eq!(
            api.post(path, &json!({ "limit": 201 })).await,
            (422, detail.clone()),
            "{path}"
        );
        let (status, answer) = api.post(path, &json!({ "offset": -1 })).await;
        assert_eq!(
            (status, &first(&answer)["loc"]),
            (422, &json!(["body", "offset"])),
            "{path}"
        );
        let (status, answer) = api.post(path, &json!({ "limit": 0 })).await;
        assert_eq!((status, answer), (200, json!([])), "{path}");
    }
}

pub(super) async fn a_schedule_is_told_by_the_kind_that_was_sent(api: &Api) {
    let cron = |cron: &str, zone: Option<&str>| WireSchedule::Cron {
        cron: cron.to_owned(),
        timezone: zone.map(str::to_owned),
        day_or: true,
    };
    let cases = [
        (cron("61 * * * *", None), "61 * * * *"),
        (cron("every day", None), "every day"),
        (cron("0 6 * * *", Some("+01:00")), "timezone"),
        (
            WireSchedule::Interval {
                interval: 0.0,
                anchor_date: None,
                timezone: None,
            },
            "",
        ),
        (
            WireSchedule::Rrule {
                rrule: "FREQ=SOMETIMES".to_owned(),
                timezone: None,
            },
            "SOMETIMES",
        ),
    ];
    for (schedule, named) in cases {
        let mut write = api.write().await;
        write.schedules = vec![daily()];
        write.schedules[0].schedule = schedule.clone();
        let error = api
            .client
            .write_deployment(&write)
            .await
            .expect_err("an invalid schedule");
        assert_eq!(error.status(), Some(422), "{schedule:?}");
        let detail = error.detail().expect("a detail");
        assert!(detail.contains(named), "{schedule:?}: {detail}");
        assert!(
            !detail.to_lowercase().contains("field required"),
            "{schedule:?}: {detail}"
        );
        assert!(detail.len() < 400, "{schedule:?}: {detail}");
        let found = api
            .client
            .deployment_by_name("no such flow", &write.name)
            .await
            .expect("an answer");
        assert_eq!(found, None);
    }
}

pub(super) async fn job_variables_that_break_the_template(api: &Api) {
    let pool = api
        .pool_with(json!({
            "job_configuration": { "command": "{{ command }}", "stream_output": "{{ stream_output }}" },
            "variables": {
                "type": "object",
                "properties": { "command": { "type": "string" }, "stream_output": { "type": "boolean" } },
            },
        }))
        .await;
    let mut write = api.write().await;
    write.work_pool_name = Some(pool.name);
    write.job_variables.insert("unknown".to_owned(), json!(1));
    api.client
        .write_deployment(&write)
        .await
        .expect("unknown variables are taken");
    write
        .job_variables
        .insert("stream_output".to_owned(), json!("x"));
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("a wrong type");
    assert_eq!(error.status(), Some(422));
    let expected = "Error creating deployment: Validation failed for field 'stream_output'. Failure reason: 'x' is not";
    assert!(
        error
            .detail()
            .is_some_and(|detail| detail.starts_with(expected)),
        "{error}"
    );
    write
        .job_variables
        .insert("stream_output".to_owned(), json!(null));
    api.client
        .write_deployment(&write)
        .await
        .expect("`null` is no value");
}

pub(super) async fn parameters_that_break_the_schema(api: &Api) {
    let mut write = api.write().await;
    write.parameter_openapi_schema = json!({
        "type": "object",
        "properties": { "n": { "type": "integer" }, "must": { "type": "string" } },
        "required": ["must"],
        "definitions": {},
    });
    write.parameters.insert("n".to_owned(), json!("x"));
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("a wrong type");
    assert_eq!(error.status(), Some(422));
    let reason = "Validation failed for field 'n'. Failure reason: 'x' is not";
    assert!(
        error.detail().is_some_and(|detail| detail.contains(reason)),
        "{error}"
    );
    write.parameters.insert("n".to_owned(), json!(1));
    let deployment = api.deploy(&write).await.id;
    let path = format!("/deployments/{deployment}");
    let (status, answer) = api
        .patch(&path, &json!({ "parameters": { "n": "x" } }))
        .await;
    assert_eq!(status, 409);
    let detail = answer["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with(&format!("Error updating deployment: {reason}")),
        "{detail}"
    );
    let (status, answer) = api
        .post(&format!("{path}/create_flow_run"), &json!({}))
        .await;
    assert_eq!(status, 409);
    let detail = answer["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with("Error creating flow run: Validation failed"),
        "{detail}"
    );
    assert!(detail.contains("'must' is a required property"), "{detail}");
}

pub(super) async fn values_that_only_3_checks(api: &Api) {
    let mut write = api.write().await;
    write.concurrency_limit = Some(0);
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("no run at once");
    assert_eq!(error.status(), Some(422));
    let mut write = api.write().await;
    write
        .parameters
        .insert("a".to_owned(), json!("x".repeat(513 * 1024)));
    let error = api
        .client
        .write_deployment(&write)
        .await
        .expect_err("too much");
    assert_eq!(error.status(), Some(422));
    assert!(
        error.to_string().len() < 2000,
        "the parameters are not part of the message"
    );
    let (status, _) = api.post("/flows/", &json!({ "name": "" })).await;
    assert_eq!(status, 422);
    let flow = api.flow().await;
    let body = json!({ "name": "d", "flow_id": flow.id, "concurrency_options": { "collision_strategy": "BOGUS" } });
    assert_eq!(api.post("/deployments/", &body).await.0, 422);
}

pub(super) async fn states_with_a_time_of_their_own(api: &Api) {
    let write = api.write().await;
    let deployment = api.deploy(&write).await.id;
    let (_, run) = api
        .post(
            &format!("/deployments/{deployment}/create_flow_run"),
            &json!({}),
        )
        .await;
    let path = format!(
        "/flow_runs/{}/set_state",
        run["id"].as_str().expect("an id")
    );
    let body = json!({ "state": { "type": "RUNNING", "timestamp": "2020-01-01T00:00:00Z" } });
    let (status, answer) = api.post(&path, &body).await;
    assert_eq!(
        (status, &first(&answer)["loc"]),
        (422, &json!(["body", "state", "timestamp"]))
    );
    assert_eq!(
        api.post(&path, &json!({ "state": { "type": "BOGUS" } }))
            .await
            .0,
        422
    );
}

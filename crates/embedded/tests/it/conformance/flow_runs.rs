use chrono::{DateTime, Duration, Utc};
use longshore_prefect::{FlowRunWrite, Log, SetStateStatus, State, StateType};
use serde_json::json;
use uuid::Uuid;

use crate::api::Api;

/// The deployment of a new flow, and a run of it that is due.
async fn made(api: &Api) -> (Uuid, Uuid) {
    let write = api.write().await;
    let deployment = api.deploy(&write).await.id;
    (
        deployment,
        api.client
            .create_flow_run(deployment, &FlowRunWrite::new("key"))
            .await
            .expect("a run")
            .id,
    )
}

pub(super) async fn a_run_is_made_once_per_key(api: &Api) {
    let mut write = api.write().await;
    write.parameters.insert("a".to_owned(), json!(1));
    write.parameters.insert("b".to_owned(), json!(1));
    write.tags = vec!["deployment".to_owned()];
    let deployment = api.deploy(&write).await.id;
    let mut wanted = FlowRunWrite::new("key");
    wanted.name = Some("first".to_owned());
    wanted.parameters.insert("b".to_owned(), json!(2));
    wanted.tags = vec!["run".to_owned()];
    wanted.job_variables.insert("x".to_owned(), json!("y"));
    let first = api
        .client
        .create_flow_run(deployment, &wanted)
        .await
        .expect("a run");
    assert_eq!(
        (first.name.as_str(), first.deployment_id, first.flow_id),
        ("first", Some(deployment), write.flow_id)
    );
    assert_eq!(json!(first.parameters), json!({ "a": 1, "b": 2 }));
    let mut tags = first.tags.clone();
    tags.sort();
    assert_eq!(
        (tags, &first.job_variables["x"]),
        (vec!["deployment".to_owned(), "run".to_owned()], &json!("y"))
    );
    assert_eq!(
        first.state.as_ref().map(|state| state.kind),
        Some(StateType::Scheduled)
    );
    assert!(!first.auto_scheduled && first.expected_start_time.is_some());
    let second = api
        .client
        .create_flow_run(deployment, &FlowRunWrite::new("key"))
        .await
        .expect("the same run");
    assert_eq!((second.id, second.parameters), (first.id, first.parameters));
    let (status, _) = api
        .post(
            &format!("/deployments/{deployment}/create_flow_run"),
            &json!({ "idempotency_key": "key" }),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        api.client
            .scheduled_runs(&[deployment])
            .await
            .expect("runs"),
        []
    );
}

pub(super) async fn a_run_is_claimed_once(api: &Api) {
    let (_, id) = made(api).await;
    let claim = Uuid::new_v4();
    let pending = || State::new(StateType::Pending);
    let first = api
        .client
        .set_flow_run_state(id, pending(), claim)
        .await
        .expect("an answer");
    assert_eq!(first.status, SetStateStatus::Accept);
    let repeated = api
        .client
        .set_flow_run_state(id, pending(), claim)
        .await
        .expect("an answer");
    assert_eq!(repeated.status, SetStateStatus::Reject);
    assert!(repeated.is_repetition(claim));
    assert_eq!(
        repeated.details.reason.as_deref(),
        Some("This run has already made this state transition.")
    );
    let other = api
        .client
        .set_flow_run_state(id, pending(), Uuid::new_v4())
        .await
        .expect("an answer");
    assert_eq!(other.status, SetStateStatus::Abort);
    assert_eq!(
        other.state.map(|state| state.kind),
        Some(StateType::Pending)
    );
    for kind in [StateType::Running, StateType::Completed] {
        let answer = api
            .client
            .set_flow_run_state(id, State::new(kind), Uuid::new_v4())
            .await
            .expect("an answer");
        assert_eq!(answer.status, SetStateStatus::Accept);
    }
    let done = api
        .client
        .flow_run(id)
        .await
        .expect("an answer")
        .expect("the run");
    assert_eq!(
        (
            done.run_count,
            done.start_time.is_some(),
            done.end_time.is_some()
        ),
        (1, true, true)
    );
    let crashed = State::new(StateType::Crashed);
    let answer = api
        .client
        .set_flow_run_state(id, crashed, Uuid::new_v4())
        .await
        .expect("an answer");
    assert_eq!(
        answer.details.reason.as_deref(),
        Some("Run is already in terminal state COMPLETED.")
    );
    let missing = Uuid::new_v4();
    let error = api
        .client
        .set_flow_run_state(missing, pending(), claim)
        .await
        .expect_err("no such run");
    let detail = format!("Flow run with id {missing} not found");
    assert_eq!(
        (error.status(), error.detail()),
        (Some(404), Some(detail.as_str()))
    );
}

pub(super) async fn a_future_run_waits(api: &Api) {
    let write = api.write().await;
    let deployment = api.deploy(&write).await.id;
    let due: DateTime<Utc> = Utc::now() + Duration::hours(1);
    let mut wanted = FlowRunWrite::new("key");
    let mut state = State::new(StateType::Scheduled);
    state.state_details.scheduled_time = Some(due);
    wanted.state = Some(state);
    let made = api
        .client
        .create_flow_run(deployment, &wanted)
        .await
        .expect("a run");
    assert!(
        made.expected_start_time
            .is_some_and(|time| (time - due).abs() < Duration::milliseconds(1))
    );
    let running = || State::new(StateType::Running);
    let answer = api
        .client
        .set_flow_run_state(made.id, running(), Uuid::new_v4())
        .await
        .expect("an answer");
    assert_eq!(answer.status, SetStateStatus::Wait);
    assert!(
        answer
            .details
            .delay_seconds
            .is_some_and(|seconds| (3590.0..=3600.0).contains(&seconds))
    );
    let (status, runs) = api
        .post(
            "/flow_runs/filter",
            &json!({
                "flow_runs": {
                    "deployment_id": { "any_": [deployment] },
                    "state": { "type": { "any_": ["SCHEDULED"] } },
                    "expected_start_time": { "after_": Utc::now() },
                },
                "sort": "EXPECTED_START_TIME_ASC",
            }),
        )
        .await;
    assert_eq!(
        (status, &runs[0]["id"], &runs[0]["state_type"]),
        (200, &json!(made.id), &json!("SCHEDULED"))
    );
}

pub(super) async fn a_failed_run_is_retried(api: &Api) {
    let (_, id) = made(api).await;
    let policy = json!({ "empirical_policy": { "retries": 1, "retry_delay": 0 } });
    assert_eq!(api.patch(&format!("/flow_runs/{id}"), &policy).await.0, 204);
    let set = async |kind| {
        api.client
            .set_flow_run_state(id, State::new(kind), Uuid::new_v4())
            .await
            .expect("an answer")
    };
    set(StateType::Running).await;
    let retried = set(StateType::Failed).await;
    assert_eq!(retried.status, SetStateStatus::Reject);
    let state = retried.state.expect("a state");
    assert_eq!(
        (state.kind, state.name.as_deref()),
        (StateType::Scheduled, Some("AwaitingRetry"))
    );
    assert_eq!(set(StateType::Running).await.status, SetStateStatus::Accept);
    assert_eq!(set(StateType::Failed).await.status, SetStateStatus::Accept);
    assert_eq!(
        api.client
            .flow_run(id)
            .await
            .expect("an answer")
            .expect("the run")
            .run_count,
        2
    );
}

pub(super) async fn deleting_a_deployment_keeps_finished_runs(api: &Api) {
    let (deployment, waiting) = made(api).await;
    let finished = api
        .client
        .create_flow_run(deployment, &FlowRunWrite::new("second"))
        .await
        .expect("a run")
        .id;
    for kind in [StateType::Running, StateType::Completed] {
        api.client
            .set_flow_run_state(finished, State::new(kind), Uuid::new_v4())
            .await
            .expect("an answer");
    }
    assert!(
        api.client
            .delete_deployment(deployment)
            .await
            .expect("a deletion")
    );
    assert_eq!(api.client.flow_run(waiting).await.expect("an answer"), None);
    let kept = api
        .client
        .flow_run(finished)
        .await
        .expect("an answer")
        .expect("the run");
    assert_eq!(kept.deployment_id, Some(deployment));
}

pub(super) async fn a_run_is_deleted_once(api: &Api) {
    let (deployment, id) = made(api).await;
    let waiting = api.client.waiting_runs(&[deployment]).await.expect("runs");
    assert_eq!(
        waiting.iter().map(|run| run.id).collect::<Vec<_>>(),
        [id],
        "a run made by hand waits as well"
    );
    assert!(api.client.delete_flow_run(id).await.expect("a deletion"));
    assert!(!api.client.delete_flow_run(id).await.expect("an answer"));
    assert_eq!(api.client.flow_run(id).await.expect("an answer"), None);
    assert_eq!(
        api.client.waiting_runs(&[deployment]).await.expect("runs"),
        []
    );
    let path = format!("/flow_runs/{id}");
    let (status, body) = api.raw(reqwest::Method::DELETE, &path, None).await;
    assert_eq!(
        (status, body),
        (404, json!({ "detail": "Flow run not found" }))
    );
    let again = api
        .client
        .create_flow_run(deployment, &FlowRunWrite::new("key"))
        .await
        .expect("a run");
    assert_ne!(again.id, id, "the key of a deleted run is free");
}

pub(super) async fn logs_come_back_in_order(api: &Api) {
    let (_, id) = made(api).await;
    let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let log = |second: i64| Log {
        name: "prefect.flow_runs".to_owned(),
        level: 20,
        message: format!("message {second}"),
        timestamp: start + Duration::seconds(second),
        flow_run_id: Some(id),
        task_run_id: None,
    };
    api.client.add_logs(&[log(2), log(0)]).await.expect("logs");
    api.client.add_logs(&[log(1)]).await.expect("a log");
    assert_eq!(
        api.client.logs(id).await.expect("logs"),
        [log(0), log(1), log(2)]
    );
}

/// More than two pages, most of them of one timestamp.
pub(super) async fn logs_of_one_timestamp_come_back_once(api: &Api) {
    let (_, id) = made(api).await;
    let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let logs: Vec<Log> = (0..500)
        .map(|number: i64| Log {
            name: "prefect.flow_runs".to_owned(),
            level: 20,
            message: format!("message {number:03}"),
            timestamp: start + Duration::seconds(number.clamp(100, 400)),
            flow_run_id: Some(id),
            task_run_id: None,
        })
        .collect();
    api.client.add_logs(&logs).await.expect("logs");
    let mut found = api.client.logs(id).await.expect("logs");
    assert!(found.is_sorted_by_key(|log| log.timestamp));
    found.sort_by(|left, right| left.message.cmp(&right.message));
    assert!(found == logs, "{} logs", found.len());
}

/// One more than a page holds, beside those of another run.
pub(super) async fn logs_are_those_of_one_run(api: &Api) {
    let (deployment, id) = made(api).await;
    let other = api
        .client
        .create_flow_run(deployment, &FlowRunWrite::new("other"))
        .await
        .expect("a run")
        .id;
    let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let log = |run: Uuid, number: i64| Log {
        name: "prefect.flow_runs".to_owned(),
        level: 20,
        message: format!("message {number}"),
        timestamp: start + Duration::milliseconds(number),
        flow_run_id: Some(run),
        task_run_id: None,
    };
    let expected: Vec<Log> = (0..201).map(|number| log(id, number)).collect();
    api.client.add_logs(&[log(other, 7)]).await.expect("a log");
    api.client.add_logs(&expected).await.expect("logs");
    assert_eq!(api.client.logs(id).await.expect("logs"), expected);
    assert_eq!(api.client.logs(other).await.expect("logs"), [log(other, 7)]);
    assert_eq!(api.client.logs(Uuid::new_v4()).await.expect("none"), []);
}

//! Runs that a scheduler of the same process makes.

use chrono::{DateTime, TimeDelta, Utc};
use longshore_embedded::{Fire, FireDecision, Scheduling};
use longshore_prefect::{FlowRun, ScheduleWrite, WireSchedule};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::api::{Fixture, embedded};

struct Scene {
    fixture: Fixture,
    deployment: Uuid,
    schedule: Uuid,
    now: DateTime<Utc>,
}

impl Scene {
    async fn new() -> Self {
        let fixture = embedded().await;
        let mut write = fixture.api.write().await;
        write.parameters.insert("a".to_owned(), json!(1));
        write.parameters.insert("b".to_owned(), json!(1));
        write.tags = vec!["ours".to_owned()];
        write.schedules = vec![ScheduleWrite {
            schedule: WireSchedule::Cron {
                cron: "0 6 * * *".to_owned(),
                timezone: None,
                day_or: true,
            },
            active: Some(true),
            slug: Some("main".to_owned()),
            parameters: Some(Map::from_iter([("b".to_owned(), json!(2))])),
        }];
        let written = fixture.api.client.write_deployment(&write).await;
        let deployment = written.expect("a deployment").deployment;
        Self {
            deployment: deployment.id,
            schedule: deployment.schedules[0].id,
            fixture,
            now: DateTime::from_timestamp(1_900_000_000, 0).expect("a time"),
        }
    }

    async fn scheduling(&self) -> Scheduling {
        let read = self.fixture.server.scheduling().await;
        read.expect("the schedules")
    }

    /// A fire time so many minutes after the scene's own.
    fn fire(&self, minutes: i64) -> Fire {
        Fire {
            deployment: self.deployment,
            schedule: self.schedule,
            at: self.now + TimeDelta::minutes(minutes),
        }
    }

    async fn decide(&self, decisions: Vec<FireDecision>) -> usize {
        let decided = self.fixture.server.decide(None, decisions).await;
        decided.expect("runs")
    }

    async fn runs(&self) -> Vec<FlowRun> {
        let of = [self.deployment];
        let runs = self.fixture.api.client.scheduled_runs(&of).await;
        runs.expect("runs")
    }

    async fn pause(&self, paused: bool) {
        let client = &self.fixture.api.client;
        let set = client.set_paused(self.deployment, paused).await;
        set.expect("an answer");
    }
}

#[tokio::test]
async fn a_fire_time_makes_one_run() {
    let scene = Scene::new().await;
    let fires = || {
        vec![
            FireDecision::Run(scene.fire(0)),
            FireDecision::Run(scene.fire(1)),
        ]
    };
    assert_eq!(scene.decide(fires()).await, 2);
    assert_eq!(scene.decide(fires()).await, 0);
    let runs = scene.runs().await;
    assert_eq!(runs.len(), 2);
    let run = &runs[0];
    assert!(run.auto_scheduled);
    assert_eq!(run.expected_start_time, Some(scene.now));
    assert_eq!(json!(run.parameters), json!({ "a": 1, "b": 2 }));
    assert_eq!(run.tags, ["ours", "auto-scheduled"]);
    let message = run
        .state
        .as_ref()
        .and_then(|state| state.message.as_deref());
    assert_eq!(message, Some("Flow run scheduled"));
}

#[tokio::test]
async fn a_fire_time_that_is_skipped_loses_its_run() {
    let scene = Scene::new().await;
    let (first, second) = (scene.fire(0), scene.fire(1));
    scene
        .decide(vec![FireDecision::Run(first), FireDecision::Run(second)])
        .await;
    let made = scene
        .decide(vec![
            FireDecision::Skip(first),
            FireDecision::Skip(scene.fire(2)),
        ])
        .await;
    assert_eq!(made, 0);
    let runs = scene.runs().await;
    let times: Vec<_> = runs.iter().map(|run| run.expected_start_time).collect();
    assert_eq!(times, [Some(second.at)]);
}

#[tokio::test]
async fn what_is_paused_or_gone_makes_no_run() {
    let scene = Scene::new().await;
    let before = scene.scheduling().await;
    assert_eq!(before.deployments.len(), 1);
    assert_eq!(before.decided_until, None);
    assert_eq!(before.deployments[0].schedules[0].id, scene.schedule);
    scene.pause(true).await;
    assert_eq!(scene.scheduling().await.deployments, []);
    assert_eq!(
        scene.decide(vec![FireDecision::Run(scene.fire(0))]).await,
        0
    );
    scene.pause(false).await;
    let since = |scheduling: &Scheduling| scheduling.deployments[0].schedules[0].since;
    assert!(since(&scene.scheduling().await) > since(&before));
    let foreign = Fire {
        schedule: Uuid::new_v4(),
        ..scene.fire(0)
    };
    assert_eq!(scene.decide(vec![FireDecision::Run(foreign)]).await, 0);
    let client = &scene.fixture.api.client;
    let deleted = client.delete_deployment(scene.deployment).await;
    deleted.expect("an answer");
    assert_eq!(
        scene.decide(vec![FireDecision::Run(scene.fire(0))]).await,
        0
    );
    assert_eq!(scene.scheduling().await.deployments, []);
}

#[tokio::test]
async fn it_is_kept_until_when_was_decided() {
    let scene = Scene::new().await;
    let decided = scene.fixture.server.decide(Some(scene.now), Vec::new());
    assert_eq!(decided.await.expect("an answer"), 0);
    assert_eq!(scene.scheduling().await.decided_until, Some(scene.now));
}

#[tokio::test]
async fn changes_are_told_by_what_they_concern() {
    let scene = Scene::new().await;
    let changes = scene.fixture.server.changes();
    let before = *changes.borrow();
    scene.decide(vec![FireDecision::Run(scene.fire(0))]).await;
    let run = scene.runs().await.remove(0);
    let after_run = *changes.borrow();
    assert_eq!(after_run.deployments, before.deployments);
    assert!(after_run.flow_runs > before.flow_runs);
    let client = &scene.fixture.api.client;
    let log = longshore_prefect::Log {
        name: "prefect.flow_runs".to_owned(),
        level: 20,
        message: "message".to_owned(),
        timestamp: scene.now,
        flow_run_id: Some(run.id),
        task_run_id: None,
    };
    client.add_logs(&[log]).await.expect("a log");
    assert_eq!(*changes.borrow(), after_run);
    scene.pause(true).await;
    assert!(changes.borrow().deployments > after_run.deployments);
}

#[tokio::test]
async fn runs_of_later_fire_times_are_deleted() {
    let scene = Scene::new().await;
    let fires = [0, 60, 120, 5_000_000].map(|minutes| scene.fire(minutes));
    let foreign = Fire {
        schedule: Uuid::new_v4(),
        ..fires[0]
    };
    scene.decide(fires.map(FireDecision::Run).to_vec()).await;
    let farthest = scene.runs().await.pop().expect("the latest run");
    for (latest, deleted, left) in [
        (vec![], 0, 4),
        (vec![foreign], 0, 4),
        (vec![fires[3]], 0, 4),
        (vec![fires[1], foreign], 2, 2),
        (vec![fires[1]], 0, 2),
    ] {
        let server = &scene.fixture.server;
        let count = server.delete_later_runs(latest).await.expect("an answer");
        assert_eq!((count, scene.runs().await.len()), (deleted, left));
    }
    // The same fire time can make a run again.
    assert_eq!(scene.decide(vec![FireDecision::Run(fires[3])]).await, 1);
    let client = &scene.fixture.api.client;
    assert_eq!(client.flow_run(farthest.id).await.expect("an answer"), None);
}

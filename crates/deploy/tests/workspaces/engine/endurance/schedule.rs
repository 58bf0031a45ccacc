//! A schedule that fires by itself.

use longshore_rig::Version;
use serde_json::{Value, json};

use super::super::observer::{Observer, until, without_submission};

pub(super) const FLOWS: &str = r#"
use longshore::{deployment, flow};

/// Tells when it was due.
#[flow]
#[deployment(name = "often", schedule = interval("30s"))]
async fn tick() {
    let due = longshore::run().and_then(|run| run.scheduled_time());
    tracing::info!("due at {}", due.map_or(-1, |due| due.timestamp()));
}
"#;

/// The server's scheduler has made runs, and the worker has started them, each once.
pub(super) fn check(observer: &Observer, version: Version) {
    let ended = || {
        let filter = json!({
            "deployments": { "id": { "any_": [observer.deployment("often")] } },
            "flow_runs": { "state": { "type": { "any_": ["COMPLETED", "FAILED", "CRASHED"] } } },
            "sort": "EXPECTED_START_TIME_ASC",
        });
        let runs = observer.post("/flow_runs/filter", &filter);
        runs.as_array().expect("runs").clone()
    };
    let runs = until(
        || "no run of the schedule has ended".to_owned(),
        || Some(ended()).filter(|runs| !runs.is_empty()),
    );
    let mut fires = Vec::new();
    for run in &runs {
        let id = run["id"].as_str().and_then(|id| id.parse().ok());
        let id = id.expect("an id");
        assert_eq!(run["state_type"], "COMPLETED", "{run}");
        assert_eq!(
            (&run["auto_scheduled"], &run["run_count"]),
            (&json!(true), &json!(1))
        );
        let tags = run["tags"].as_array().expect("tags");
        assert!(tags.contains(&json!("auto-scheduled")), "{tags:?}");
        if version == Version::Prefect3 {
            assert_eq!(run["created_by"]["type"], "SCHEDULE", "{run}");
        }
        let states = observer.ask(|| observer.client.flow_run_states(id));
        let names = states.into_iter().filter_map(|state| state.name).collect();
        let once = ["Scheduled", "Pending", "Running", "Completed"];
        assert_eq!(without_submission(names), once);
        let due = observer.run(id).expected_start_time.expect("a time");
        assert_eq!(
            due.timestamp() % 30,
            0,
            "the beginning or the middle of a minute, as of the schedule"
        );
        let lines = until(
            || "the run has no log".to_owned(),
            || Some(observer.logs(id)).filter(|lines| !lines.is_empty()),
        );
        assert_eq!(lines, [(format!("due at {}", due.timestamp()), 20, None)]);
        fires.push(due);
    }
    fires.dedup();
    assert_eq!(
        fires.len(),
        runs.len(),
        "each fire time once: {}",
        Value::from(runs)
    );
}

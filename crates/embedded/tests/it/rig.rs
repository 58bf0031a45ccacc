//! The same checks against real servers.

use std::time::Duration;

use longshore_prefect::{ScheduleWrite, WireSchedule};
use longshore_rig::{Database, PrefectServer, Version};
use tokio::time::{Instant, sleep};

use crate::api::Api;
use crate::conformance::{self, refusals};

/// The scheduler looks every few seconds; a busy machine takes longer.
const SCHEDULER: Duration = Duration::from_secs(120);

/// Starting blocks for some seconds; nothing else runs in these tests meanwhile.
fn start(version: Version) -> (PrefectServer, Api) {
    let server = PrefectServer::start(version).expect("a Prefect server");
    let api = Api::new(server.api_url(), None);
    (server, api)
}

/// The scheduler's runs are seen, and a pause deletes them; the embedded server has no scheduler.
async fn check_scheduled_runs(api: &Api) {
    let mut write = api.write().await;
    let schedule = WireSchedule::Cron {
        cron: "0 6 * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    write.schedules = vec![ScheduleWrite {
        schedule,
        active: None,
        slug: None,
        parameters: None,
    }];
    let id = api.deploy(&write).await.id;
    let deadline = Instant::now() + SCHEDULER;
    let runs = loop {
        let runs = api.client.scheduled_runs(&[id]).await.expect("runs");
        if runs.len() > 1 {
            break runs;
        }
        assert!(
            Instant::now() < deadline,
            "the scheduler made no runs within {SCHEDULER:?}"
        );
        sleep(Duration::from_millis(200)).await;
    };
    assert!(
        runs.iter()
            .all(|run| run.auto_scheduled && run.deployment_id == Some(id))
    );
    assert!(runs.is_sorted_by_key(|run| run.expected_start_time));
    api.client.set_paused(id, true).await.expect("a pause");
    assert_eq!(api.client.scheduled_runs(&[id]).await.expect("runs"), []);
}

async fn check_prefect_3(api: &Api) {
    assert_eq!(api.client.version().await.expect("a version"), "3.8.8");
    let mut failures = conformance::failures_of_both(api).await;
    failures.extend(conformance::failures_of_3(api).await);
    check_scheduled_runs(api).await;
    assert!(failures.is_empty(), "{failures:?}");
}

#[tokio::test]
async fn prefect_3_passes_the_checks() {
    let (_server, api) = start(Version::Prefect3);
    check_prefect_3(&api).await;
}

/// This one has an auth string as well, which no further server has to be started for.
#[tokio::test]
async fn prefect_3_on_postgresql_passes_the_checks() {
    let auth = "admin:secret";
    let settings = vec![("PREFECT_SERVER_API_AUTH_STRING", auth.to_owned())];
    let server = PrefectServer::start_on(Database::PostgreSql, Version::Prefect3, settings)
        .expect("a Prefect server on PostgreSQL");
    let api = Api::new(server.api_url(), Some(auth.to_owned()));
    refusals::a_wrong_auth_string_is_refused(&api).await;
    check_prefect_3(&api).await;
}

#[tokio::test]
async fn prefect_2_passes_what_is_common() {
    let (_server, api) = start(Version::Prefect2);
    assert_eq!(api.client.version().await.expect("a version"), "2.20.26");
    let failures = conformance::failures_of_both(&api).await;
    check_scheduled_runs(&api).await;
    assert!(failures.is_empty(), "{failures:?}");
}

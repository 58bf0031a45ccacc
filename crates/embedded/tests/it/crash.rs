//! The process is killed at every write in turn, before and after it is stored.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use longshore_embedded::{Embedded, Options, WritePhase};
use longshore_prefect::{
    DeploymentFilter, DeploymentWrite, ScheduleWrite, WireSchedule, WorkPoolWrite,
};
use serde_json::json;
use tokio::process::Command;

use crate::api::Api;

const FOLDER: &str = "LONGSHORE_TEST_CRASH_FOLDER";
const KILL_AT: &str = "LONGSHORE_TEST_CRASH_AT";

/// The writes of [`apply`]: a pool, a flow, and two deployments, the first of them with a queue.
const WRITES: u64 = 4;

/// What a deploy does, and what it can do again after a crash.
async fn apply(api: &Api) {
    if api
        .client
        .work_pool("pool")
        .await
        .expect("an answer")
        .is_none()
    {
        let pool = WorkPoolWrite {
            name: "pool".to_owned(),
            kind: "process".to_owned(),
            base_job_template: json!({}),
            description: None,
            concurrency_limit: None,
        };
        api.client.create_work_pool(&pool).await.expect("a pool");
    }
    let flow = api.client.upsert_flow("flow", &[]).await.expect("a flow");
    let known = api
        .client
        .deployments(&DeploymentFilter::default())
        .await
        .expect("deployments");
    for name in ["eu", "us"] {
        if known.iter().all(|deployment| deployment.name != name) {
            let mut write = DeploymentWrite::new(name, flow.id);
            write.work_pool_name = Some("pool".to_owned());
            write.work_queue_name = Some("kubernetes".to_owned());
            let schedule = WireSchedule::Cron {
                cron: "0 6 * * *".to_owned(),
                timezone: None,
                day_or: true,
            };
            write.schedules = vec![ScheduleWrite {
                schedule,
                active: None,
                slug: Some("main".to_owned()),
                parameters: None,
            }];
            api.client
                .write_deployment(&write)
                .await
                .expect("a deployment");
        }
    }
}

async fn serve(folder: &Path, options: Options) -> (longshore_embedded::Server, Api) {
    let server = Embedded::open_with(folder, options)
        .expect("a database")
        .serve()
        .await
        .expect("a server");
    let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
    (server, api)
}

/// Everything that is stored is whole: each deployment has its schedule, queue and flow.
async fn check(api: &Api, deployments: usize) {
    let stored = api
        .client
        .deployments(&DeploymentFilter::default())
        .await
        .expect("deployments");
    assert_eq!(stored.len(), deployments);
    for deployment in &stored {
        assert_eq!(deployment.schedules.len(), 1);
        assert_eq!(deployment.work_pool_name.as_deref(), Some("pool"));
        assert_eq!(deployment.work_queue_name.as_deref(), Some("kubernetes"));
        let found = api
            .client
            .deployment_by_name("flow", &deployment.name)
            .await
            .expect("an answer");
        assert_eq!(found.map(|found| found.id), Some(deployment.id));
    }
    if deployments > 0 {
        let queues = api.client.work_queues("pool").await.expect("queues");
        assert_eq!(queues.len(), 2);
    }
}

/// Not a test by itself: the process that the test below starts and that kills itself.
#[tokio::test]
async fn the_process_that_is_killed() {
    let (Ok(folder), Ok(kill_at)) = (std::env::var(FOLDER), std::env::var(KILL_AT)) else {
        return;
    };
    let (phase, ordinal) = kill_at.split_once(' ').expect("phase and ordinal");
    let phase = if phase == "before" {
        WritePhase::BeforeCommit
    } else {
        WritePhase::AfterCommit
    };
    let ordinal: u64 = ordinal.parse().expect("a number");
    let on_write = move |at: WritePhase, number: u64| {
        if at == phase && number == ordinal {
            std::process::abort();
        }
    };
    let (_server, api) = serve(
        Path::new(&folder),
        Options {
            on_write: Some(Arc::new(on_write)),
        },
    )
    .await;
    apply(&api).await;
}

async fn run_killed(folder: &Path, kill_at: &str) -> ExitStatus {
    Command::new(std::env::current_exe().expect("the test binary"))
        .args([
            "--exact",
            "crash::the_process_that_is_killed",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(KILL_AT, kill_at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .expect("a process")
}

#[tokio::test]
async fn a_kill_at_any_write_leaves_a_whole_state() {
    use std::os::unix::process::ExitStatusExt as _;
    for ordinal in 1..=WRITES {
        for phase in ["before", "after"] {
            let kill_at = format!("{phase} {ordinal}");
            let folder = tempfile::tempdir().expect("a folder");
            let status = run_killed(folder.path(), &kill_at).await;
            assert!(status.signal().is_some(), "killed at {kill_at}: {status}");
            let (server, api) = serve(folder.path(), Options::default()).await;
            let stored = if phase == "before" {
                ordinal - 1
            } else {
                ordinal
            };
            check(
                &api,
                usize::try_from(stored.saturating_sub(2)).expect("a number"),
            )
            .await;
            apply(&api).await;
            check(&api, 2).await;
            server.shutdown().await;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let status = run_killed(folder.path(), &format!("before {}", WRITES + 1)).await;
    assert!(status.success(), "there are no more writes than {WRITES}");
}

//! The same checks against real servers.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use longshore_prefect::{ScheduleWrite, WireSchedule};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::api::Api;
use crate::conformance;

/// The path of a Python in whose environment Prefect 3.8.8 is installed.
const PREFECT_3: &str = "LONGSHORE_RIG_PREFECT_3";

/// The path of a Python in whose environment Prefect 2.20.26 is installed.
const PREFECT_2: &str = "LONGSHORE_RIG_PREFECT_2";

/// A first start makes the database, which takes 10 s on a fast machine.
const START: Duration = Duration::from_secs(120);

struct RealServer {
    child: Child,
    url: String,
    _home: tempfile::TempDir,
}

impl RealServer {
    async fn start(variable: &str) -> Self {
        let Ok(python) = std::env::var(variable) else {
            panic!("{variable} is not set: it is the path of the python of a venv with Prefect")
        };
        let home = tempfile::tempdir().expect("a folder");
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            listener
                .local_addr()
                .expect("an address")
                .port()
                .to_string()
        };
        let url = format!("http://127.0.0.1:{port}/api");
        let child = Command::new(python)
            // 2.x has no module that `python -m` could run.
            .args([
                "-c",
                "from prefect.cli import app; app()",
                "server",
                "start",
            ])
            .args(["--host", "127.0.0.1", "--port", &port])
            .env("PREFECT_HOME", home.path())
            .env("PREFECT_API_URL", &url)
            .env("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
            .env("PREFECT_UI_ENABLED", "false")
            .env("DO_NOT_TRACK", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("python starts");
        let server = Self {
            child,
            url,
            _home: home,
        };
        server.wait_for_health().await;
        server
    }

    async fn wait_for_health(&self) {
        let http = reqwest::Client::builder().tls_certs_only([]).no_proxy();
        let api = Api::new(self.url.clone(), None);
        let http = http.build().expect("a client");
        let deadline = Instant::now() + START;
        loop {
            let answer = http.get(format!("{}/health", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                assert!(api.client.health().await.expect("health"));
                return;
            }
            assert!(
                Instant::now() < deadline,
                "Prefect did not start within {START:?}"
            );
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Asks it to end, as a kill of 2.x leaves its child behind.
    async fn stop(mut self) {
        if let Some(id) = self.child.id() {
            let kill = Command::new("kill")
                .arg(id.to_string())
                .status()
                .await
                .expect("kill");
            assert!(kill.success());
        }
        self.child.wait().await.expect("Prefect ends");
    }
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
    let id = api
        .client
        .write_deployment(&write)
        .await
        .expect("a deployment")
        .deployment
        .id;
    let deadline = Instant::now() + START;
    let runs = loop {
        let runs = api.client.scheduled_runs(&[id]).await.expect("runs");
        if runs.len() > 1 {
            break runs;
        }
        assert!(
            Instant::now() < deadline,
            "the scheduler made no runs within {START:?}"
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

#[tokio::test]
async fn prefect_3_passes_the_checks() {
    let server = RealServer::start(PREFECT_3).await;
    let api = Api::new(server.url.clone(), None);
    assert_eq!(api.client.version().await.expect("a version"), "3.8.8");
    let mut failures = conformance::failures_of_both(&api).await;
    failures.extend(conformance::failures_of_3(&api).await);
    check_scheduled_runs(&api).await;
    server.stop().await;
    assert!(failures.is_empty(), "{failures:?}");
}

#[tokio::test]
async fn prefect_2_passes_what_is_common() {
    let server = RealServer::start(PREFECT_2).await;
    let api = Api::new(server.url.clone(), None);
    assert_eq!(api.client.version().await.expect("a version"), "2.20.26");
    let failures = conformance::failures_of_both(&api).await;
    check_scheduled_runs(&api).await;
    server.stop().await;
    assert!(failures.is_empty(), "{failures:?}");
}

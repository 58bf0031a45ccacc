//! `run`: one run of a deployment, started and watched.

use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use longshore_embedded::Embedded;
use longshore_prefect::{Client, DeploymentWrite, FlowRun, FlowRunWrite, Log, State, StateType};
use serde_json::{Value, json};
use uuid::Uuid;

use super::running::{ended, opened, start, workspace, write};
use crate::run::watch::Watch;
use crate::target::{Target, embedded_options};

const FILE: &str = "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n\
                    [env.\"pr-*\"]\nsuffix = \"-{env}\"\n";

async fn runs(root: &Path) -> Vec<FlowRun> {
    let (server, client) = opened(root).await;
    let all = client.deployments(&Default::default()).await.unwrap();
    let ids: Vec<Uuid> = all.iter().map(|deployment| deployment.id).collect();
    let mut runs = client.waiting_runs(&ids).await.unwrap();
    server.shutdown().await;
    runs.retain(|run| !run.auto_scheduled);
    runs
}

#[tokio::test]
async fn a_run_is_created_with_the_deployments_parameters() {
    let folder = workspace();
    let root = folder.path();
    write(root, "longshore.toml", FILE);
    let (code, text) = ended(start(root, &["run", "daily/eu"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("deployment `daily/eu` is not on the server")
            && text.contains("help: run `deploy` first"),
        "{text}"
    );
    let (code, text) = ended(start(root, &[]));
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = ended(start(root, &["run", "daily/eu", "--at", "+1h"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(" of daily/eu\n")
            && text.contains("state  Scheduled")
            && text.contains("notice: the embedded server only keeps the run"),
        "{text}"
    );
    let found = runs(root).await;
    assert_eq!(found.len(), 1);
    assert!(text.contains(&found[0].id.to_string()), "{text}");
    assert_eq!(
        Value::from(found[0].parameters.clone()),
        json!({ "days": 7 })
    );
    let wait = found[0].expected_start_time.unwrap() - Utc::now();
    assert!((50..=60).contains(&wait.num_minutes()), "{wait}");
    // The suffix of the environment is added; in the environment nothing is deployed yet.
    let (code, text) = ended(start(root, &["run", "daily/eu", "--env", "pr-1"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("deployment `daily/eu-pr-1` is not on the server")
            && text.contains("help: run `deploy --env pr-1` first"),
        "{text}"
    );
    let (code, text) = ended(start(root, &["run", "daily/eu", "--watch"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("nothing runs on the embedded server"),
        "{text}"
    );
    assert_eq!(runs(root).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_before_a_server_is_asked() {
    let folder = workspace();
    for (words, expected) in [
        (
            ["daily/ue", "--param", "days=7"],
            "declares no deployment `daily/ue`\nhelp: write `daily/eu`",
        ),
        (
            ["daily/eu", "--param", "dys=7"],
            "the flow `daily` has no parameter `dys`",
        ),
        (
            ["daily/eu", "--at", "2020-01-01T00:00:00Z"],
            "`2020-01-01 00:00:00 UTC` is past",
        ),
    ] {
        let (code, text) = ended(start(folder.path(), &[&["run"], words.as_slice()].concat()));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    assert!(!folder.path().join(".longshore").exists());
}

/// A server with one run, as the worker and the engine see it.
struct Scene {
    client: Client,
    run: Uuid,
}

impl Scene {
    async fn new(server: &longshore_embedded::Server) -> Self {
        let client = Client::new(embedded_options(server)).unwrap();
        let flow = client.upsert_flow("daily", &[]).await.unwrap();
        let deployment = DeploymentWrite::new("eu".to_owned(), flow.id);
        let deployment = client
            .write_deployment(&deployment)
            .await
            .unwrap()
            .deployment;
        let write = FlowRunWrite {
            name: Some("amber".to_owned()),
            ..FlowRunWrite::new("once")
        };
        let run = client.create_flow_run(deployment.id, &write).await.unwrap();
        Self {
            client,
            run: run.id,
        }
    }

    async fn log(&self, message: &str, level: i32) {
        let log = Log {
            name: "prefect.flow_runs".to_owned(),
            level,
            message: message.to_owned(),
            timestamp: Utc::now(),
            flow_run_id: Some(self.run),
            task_run_id: None,
        };
        self.client.add_logs(&[log]).await.unwrap();
    }

    async fn set(&self, kind: StateType, message: Option<&str>) {
        let state = State {
            message: message.map(str::to_owned),
            ..State::new(kind)
        };
        let id = Uuid::new_v4();
        self.client
            .set_flow_run_state(self.run, state, id)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn states_and_logs_are_told_once_each_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Embedded::open(folder.path())
        .unwrap()
        .serve()
        .await
        .unwrap();
    let scene = Scene::new(&server).await;
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let watching = async {
        let mut say = |line: &str| sender.send(line.to_owned()).unwrap();
        let watch = Watch::new(&scene.client, scene.run, Duration::from_millis(10));
        watch.follow(&mut say).await.unwrap().unwrap()
    };
    // Each step waits until the one before was told, so that no look can skip one.
    let acting = async {
        let mut told = Vec::new();
        let mut next = async || {
            let line = lines.recv().await.unwrap();
            told.push(line.split_once(' ').unwrap().1.to_owned());
        };
        next().await;
        scene.set(StateType::Pending, None).await;
        next().await;
        scene.set(StateType::Running, None).await;
        next().await;
        scene.log("one", 20).await;
        next().await;
        scene.log("two", 40).await;
        next().await;
        scene.set(StateType::Failed, Some("it broke")).await;
        next().await;
        told
    };
    let (ended, told) = tokio::join!(watching, acting);
    assert_eq!(
        told,
        [
            "state    Scheduled",
            "state    Pending",
            "state    Running",
            "info     one",
            "error    two",
            "state    Failed: it broke",
        ]
    );
    assert_eq!(ended.state.unwrap().kind, StateType::Failed);
    assert!(lines.try_recv().is_err(), "something was told twice");
    server.shutdown().await;
}

// The command talks to a server in this process, which looks like any Prefect to it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_watching_and_not_the_run() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Command;

    let folder = workspace();
    let root = folder.path();
    let server = Embedded::open(&root.join("live"))
        .unwrap()
        .serve()
        .await
        .unwrap();
    let profile = format!(
        "active = \"live\"\n[profiles.live]\nPREFECT_API_URL = {:?}\nPREFECT_API_AUTH_STRING = {:?}\n",
        server.api_url(),
        server.auth_string()
    );
    write(root, "prefect-home/profiles.toml", &profile);
    let apply = ["--create-pools", "--yes", "--profile", "dev"];
    let (code, text) = ended(start(root, &apply));
    assert_eq!(code, Some(0), "{text}");
    let mut watching = start(root, &["run", "daily/eu", "--watch"]);
    let stdout = BufReader::new(watching.stdout.take().unwrap());
    let mut lines = stdout.lines().map(Result::unwrap);
    let id = lines.find_map(|line| line.strip_prefix("  id     ").map(str::to_owned));
    assert!(lines.any(|line| line.ends_with("state    Scheduled")));
    let pid = watching.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let (code, text) = ended(watching);
    assert_eq!(code, Some(130), "{text}");
    assert!(
        text.contains("stopped watching; the run `") && text.contains("` goes on"),
        "{text}"
    );
    let client = Client::new(embedded_options(&server)).unwrap();
    let run = client.flow_run(id.unwrap().parse().unwrap()).await.unwrap();
    assert_eq!(run.unwrap().state.unwrap().kind, StateType::Scheduled);
    server.shutdown().await;
}

#[test]
fn the_page_of_a_run_follows_from_the_address_of_the_api() {
    let id = Uuid::nil();
    let target = |url: &str| {
        let variable = |name: &str| (name == "PREFECT_API_URL").then(|| url.to_owned());
        let found = longshore_prefect::Target::from_environment(&variable, None);
        Target::Prefect(found.unwrap().unwrap())
    };
    for (api, version, expected) in [
        (
            "http://127.0.0.1:4200/api",
            "3.8.8",
            Some(format!("http://127.0.0.1:4200/runs/flow-run/{id}")),
        ),
        (
            "https://prefect.acme.com/api/",
            "2.20.26",
            Some(format!("https://prefect.acme.com/flow-runs/flow-run/{id}")),
        ),
        (
            "https://api.prefect.cloud/api/accounts/a1/workspaces/w1",
            "3.8.8",
            Some(format!(
                "https://app.prefect.cloud/account/a1/workspace/w1/runs/flow-run/{id}"
            )),
        ),
        ("https://user:word@prefect.acme.com/api", "3.8.8", None),
        ("https://prefect.acme.com/elsewhere", "3.8.8", None),
    ] {
        let url = target(api).ui_url(id, &version.parse().unwrap());
        assert_eq!(url, expected, "{api}");
    }
}

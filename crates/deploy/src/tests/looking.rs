//! `runs` and `logs`: what a server knows of runs, asked by commands in processes of their own.

mod long_logs;

use std::path::Path;

use chrono::{TimeDelta, Utc};
use longshore_prefect::{Client, FlowRun, FlowRunWrite, Log, State, StateType};
use serde_json::{Value, json};
use uuid::Uuid;

use super::running::{ended, published, start_with, workspace};

/// A server, as the commands and as a worker see it.
struct Scene<'a> {
    root: &'a Path,
    variables: Vec<(&'a str, &'a str)>,
    client: Client,
    deployment: Uuid,
}

impl<'a> Scene<'a> {
    /// Deploys the one deployment of the workspace.
    async fn new(root: &'a Path, variables: Vec<(&'a str, &'a str)>, client: Client) -> Self {
        let words = ["--profile", "dev", "--create-pools"];
        let (code, text) = ended(start_with(root, &words, &variables));
        assert_eq!(code, Some(0), "{text}");
        let found = client.deployment_by_name("daily", "eu").await.unwrap();
        Self {
            root,
            variables,
            client,
            deployment: found.unwrap().id,
        }
    }

    fn command(&self, words: &[&str]) -> (Option<i32>, String) {
        ended(start_with(self.root, words, &self.variables))
    }

    #[track_caller]
    fn prints(&self, words: &[&str], expected: &[&str]) -> String {
        let (code, text) = self.command(words);
        assert_eq!(code, Some(0), "{words:?}: {text}");
        for expected in expected {
            assert!(text.contains(expected), "`{expected}` is missing: {text}");
        }
        text
    }

    #[track_caller]
    fn refuses(&self, words: &[&str], expected: &[&str]) {
        let (code, text) = self.command(words);
        assert_eq!(code, Some(1), "{words:?}: {text}");
        for expected in expected {
            assert!(text.contains(expected), "`{expected}` is missing: {text}");
        }
    }

    async fn run(&self, name: &str, due: TimeDelta) -> FlowRun {
        let write = FlowRunWrite {
            name: Some(name.to_owned()),
            state: Some(State::scheduled(Utc::now() + due)),
            ..FlowRunWrite::new(Uuid::new_v4())
        };
        let made = self.client.create_flow_run(self.deployment, &write).await;
        made.unwrap()
    }

    async fn enter(&self, run: &FlowRun, kind: StateType, message: Option<&str>) {
        let state = State {
            message: message.map(str::to_owned),
            ..State::new(kind)
        };
        let set = self
            .client
            .set_flow_run_state(run.id, state, Uuid::new_v4());
        set.await.unwrap();
    }

    async fn log(&self, run: &FlowRun, level: i32, message: &str, order: i64) {
        let log = Log {
            name: "prefect.flow_runs".to_owned(),
            level,
            message: message.to_owned(),
            timestamp: Utc::now() + TimeDelta::microseconds(order),
            flow_run_id: Some(run.id),
            task_run_id: None,
        };
        self.client.add_logs(&[log]).await.unwrap();
    }
}

/// The document that a command prints beside what it tells.
pub(super) fn document(text: &str) -> Value {
    let (from, to) = (text.find('{').unwrap(), text.rfind('}').unwrap());
    serde_json::from_str(&text[from..=to]).unwrap_or_else(|error| panic!("{error}: {text}"))
}

async fn check(scene: &Scene<'_>) {
    scene.prints(&["runs"], &["no runs; those that are not due yet"]);
    let minutes = TimeDelta::minutes;
    let failed = scene.run("amber-crane", minutes(-5)).await;
    scene.enter(&failed, StateType::Running, None).await;
    scene.log(&failed, 20, "it begins", 0).await;
    scene.log(&failed, 40, "it ends badly", 1).await;
    scene
        .enter(&failed, StateType::Failed, Some("no disk"))
        .await;
    let twins = [
        scene.run("twin", minutes(-3)).await,
        scene.run("twin", minutes(-2)).await,
    ];
    let coming = scene.run("later", minutes(90)).await;
    scene.run("soon", TimeDelta::seconds(50)).await;

    let text = scene.prints(
        &["runs"],
        &["amber-crane", "daily/eu", "Failed: no disk", "3 runs;"],
    );
    assert!(text.contains(&failed.id.to_string()[..8]), "{text}");
    assert!(!text.contains("later") && !text.contains("soon"), "{text}");
    let place = |name: &str| text.find(name).unwrap();
    assert!(
        place("twin") < place("amber-crane"),
        "the latest first: {text}"
    );
    scene.prints(
        &["runs", "daily/eu", "--limit", "1"],
        &["1 run, there may be more"],
    );
    scene.prints(&["runs", "--state", "scheduled"], &["later", "twin"]);
    scene.prints(&["runs", "--state", "completed,crashed"], &["no runs"]);
    let text = scene.prints(&["runs", "--state=FAILED", "--output=json"], &[]);
    let runs = document(&text)["runs"].clone();
    assert_eq!(runs[0]["id"], json!(failed.id), "{runs}");
    assert_eq!(runs[0]["state"]["message"], json!("no disk"));
    assert_eq!(
        (
            runs[0]["flow"].as_str(),
            runs[0]["deployment"].as_str(),
            runs.as_array().map(Vec::len)
        ),
        (Some("daily"), Some("eu"), Some(1))
    );
    scene.refuses(
        &["runs", "daily/ue"],
        &["no deployment `daily/ue`", "help: write `daily/eu`"],
    );

    let text = scene.prints(
        &["logs", "amber-crane"],
        &[" info     it begins\n", " error    it ends badly\n"],
    );
    assert!(text.find("begins") < text.find("badly"), "{text}");
    let short = &failed.id.to_string()[..8];
    scene.prints(&["logs", short], &["it ends badly"]);
    let id = failed.id.to_string();
    scene.prints(
        &["logs", &id, "--follow"],
        &["it begins", "Failed: no disk"],
    );
    let text = scene.prints(&["logs", &id, "--output", "json"], &[]);
    let logs = document(&text);
    assert_eq!(logs["run"]["name"], json!("amber-crane"), "{logs}");
    assert_eq!(logs["logs"][1]["level"], json!("error"), "{logs}");
    let later = coming.id.to_string();
    scene.prints(&["logs", &later], &["the run `later` has logged nothing"]);
    let ids = twins.each_ref().map(|run| run.id.to_string());
    scene.refuses(
        &["logs", "twin"],
        &["`twin` may be any of 2 runs", &ids[0], &ids[1]],
    );
    scene.refuses(
        &["logs", "amber-crone"],
        &["have no run `amber-crone`", "help: write `amber-crane`"],
    );
    let unknown = Uuid::new_v4().to_string();
    scene.refuses(
        &["logs", &unknown],
        &["the server has no flow run", "help: `deploy runs` lists"],
    );
}

/// The test holds the database open as `serve` does, so the commands find it by the file that `serve` writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_and_logs_are_shown() {
    let folder = workspace();
    let root = folder.path();
    let (publication, server, client) = published(root).await;
    let scene = Scene::new(root, Vec::new(), client).await;
    check(&scene).await;

    // The same without anybody who serves.
    let publication = publication.withdraw().unwrap();
    server.shutdown().await;
    drop(publication);
    scene.prints(&["runs"], &["amber-crane", "3 runs;"]);
    scene.prints(
        &["logs", "amber-crane", "--follow"],
        &[
            "it ends badly",
            "Failed: no disk",
            "nothing runs on the embedded server now",
        ],
    );
}

#[cfg(feature = "rig")]
mod real {
    use longshore_prefect::ClientOptions;
    use longshore_rig::{PrefectServer, Version};

    use super::*;

    async fn check_on(version: Version) {
        let server = PrefectServer::start(version).unwrap();
        let url = server.api_url();
        let folder = workspace();
        let client = Client::new(ClientOptions::new(&url)).unwrap();
        let variables = vec![("PREFECT_API_URL", url.as_str())];
        check(&Scene::new(folder.path(), variables, client).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn runs_and_logs_of_prefect_3_are_shown() {
        check_on(Version::Prefect3).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn runs_and_logs_of_prefect_2_are_shown() {
        check_on(Version::Prefect2).await;
    }
}

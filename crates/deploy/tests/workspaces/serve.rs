//! `deploy serve` in one process, the other commands in others, flows in theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{
    Authentication, Client, ClientOptions, FlowRun, FlowRunFilter, FlowRunOrder, Secret, State,
    StateType,
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::{Finished, Running, TIME_LIMIT, finish};
use crate::workspace::Workspace;

const DEPENDENCIES: &str = "tracing = { version = \"0.1\", default-features = false }\n";

const TRIALS: &str = r#"//! Does what it is told.

use std::error::Error;
use std::path::Path;

use longshore::{deployment, flow};

#[flow]
#[deployment(name = "trial", env(GREETING = "hello"))]
async fn trial(how: String, folder: String) -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing::info!("it begins {how}");
    let process = Path::new(&folder).join(&how);
    std::fs::write(process.with_extension("new"), std::process::id().to_string())?;
    std::fs::rename(process.with_extension("new"), process)?;
    match how.as_str() {
        "well" => {
            println!("{}", std::env::var("GREETING")?);
            Ok(())
        }
        "badly" => Err("no disk".into()),
        // Until it is asked to end.
        "politely" => {
            longshore::cancelled().await;
            Ok(())
        }
        _ => std::future::pending().await,
    }
}

#[flow]
#[deployment(name = "none", schedule = interval("2s"), catchup = "none")]
#[deployment(name = "latest", schedule = interval("2s"), catchup = "latest")]
#[deployment(name = "all", schedule = interval("2s"), catchup = "all")]
fn tick() {}
"#;

/// A workspace whose flows are deployed, and a folder in which they tell their processes.
struct Scene {
    workspace: Workspace,
    folder: PathBuf,
    runtime: Runtime,
}

impl Scene {
    fn new() -> Self {
        let mut workspace = Workspace::new();
        workspace.flow("demo/trials", DEPENDENCIES, TRIALS);
        workspace.deploy(&[]).code(0).says(&["4 created"]);
        let folder = workspace.beside("told");
        fs::create_dir(&folder).expect("a folder");
        Self {
            workspace,
            folder,
            runtime: Runtime::new().expect("a runtime"),
        }
    }

    fn deploy(&self, words: &[&str]) -> Finished {
        finish(self.workspace.built_deploy().args(words))
    }

    fn serve(&self, words: &[&str]) -> Running {
        let mut command = self.workspace.built_deploy();
        let mut running = Running::start(command.arg("serve").args(words));
        running.wait_for("serving at http://127.0.0.1:");
        running
    }

    fn run(&self, how: &str, words: &[&str]) -> Finished {
        let how = format!("how={how}");
        let folder = format!("folder={}", self.folder.display());
        let start = ["run", "trial/trial", "--param", &how, "--param", &folder];
        self.deploy(&[&start, words].concat())
    }

    /// Asks until there is an answer; every look takes a process or a request.
    #[track_caller]
    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + TIME_LIMIT;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < until, "{what}");
            self.deploy(&["check"]).code(0);
        }
    }

    /// The process of the run that does this, once it has told it.
    fn process(&self, how: &str) -> Pid {
        self.until("the flow tells its process", || {
            let text = fs::read_to_string(self.folder.join(how)).ok()?;
            Pid::from_raw(text.parse().ok()?)
        })
    }

    /// The server of the `serve` that is running.
    fn client(&self) -> Client {
        let text = fs::read_to_string(self.workspace.state().join("serve")).expect("the file");
        let address: Value = serde_json::from_str(&text).expect("JSON");
        let text = |name: &str| address[name].as_str().expect("a text").to_owned();
        Client::new(ClientOptions {
            authentication: Authentication::AuthString(Secret::new(text("auth_string"))),
            ..ClientOptions::new(text("api_url"))
        })
        .expect("a client")
    }

    /// The run of this name in `runs`, as JSON.
    fn listed(&self, words: &[&str]) -> Vec<Value> {
        let arguments = [&["runs", "--output=json", "--limit=1000"], words].concat();
        let printed = self.deploy(&arguments).code(0).stdout;
        let document: Value = serde_json::from_str(&printed).expect("JSON");
        document["runs"].as_array().expect("runs").clone()
    }

    /// When the runs of a deployment of `tick` were due.
    fn ticks(&self, name: &str, states: &str) -> Vec<DateTime<Utc>> {
        let runs = self.listed(&[&format!("tick/{name}"), "--state", states]);
        let due = runs.iter().map(|run| {
            assert_eq!(run["auto_scheduled"], true, "{run}");
            let time = run["expected_start_time"].as_str().expect("a time");
            time.parse().expect("a time")
        });
        due.collect()
    }

    /// The latest run of `trial`.
    fn latest(&self, client: &Client) -> FlowRun {
        let deployment = client.deployment_by_name("trial", "trial");
        let deployment = self.runtime.block_on(deployment).expect("an answer");
        let ours = FlowRunFilter {
            deployment: Some(deployment.expect("the deployment").id),
            ..FlowRunFilter::default()
        };
        let runs = client.flow_runs(&ours, FlowRunOrder::LatestFirst, 1);
        self.runtime.block_on(runs).expect("runs").remove(0)
    }
}

fn is_there(process: Pid) -> bool {
    test_kill_process(process).is_ok()
}

fn interrupt(process: &Running) {
    let id = i32::try_from(process.id()).expect("a process id");
    let process = Pid::from_raw(id).expect("a process id");
    kill_process(process, Signal::INT).expect("the process is there");
}

#[test]
fn flows_run_by_hand_and_by_schedule_while_it_serves() {
    let scene = Scene::new();
    scene
        .run("well", &["--watch"])
        .code(1)
        .says(&["start `deploy serve` in another terminal"]);
    let serving = scene.serve(&["--limit", "4"]);
    a_second_one_and_a_real_server_are_refused(&scene);

    // The other commands use its server.
    scene
        .deploy(&[])
        .code(0)
        .says(&["nothing changed: 4 unchanged"]);
    let well = scene.run("well", &["--watch"]).code(0);
    let well = well.prints(&["info     it begins well", "state    Completed"]);
    let name = well
        .stdout
        .split('`')
        .nth(1)
        .expect("the run's name")
        .to_owned();
    scene
        .deploy(&["logs", &name])
        .code(0)
        .prints(&["info     it begins well"]);
    scene
        .run("badly", &["--watch"])
        .code(1)
        .prints(&["state    Failed: no disk"]);
    scene
        .deploy(&["runs", "trial/trial"])
        .code(0)
        .prints(&[&name, "Completed", "Failed: no disk"]);

    // A schedule fires by itself.
    let fired = scene.until("the schedule fires", || {
        let ticks = scene.ticks("none", "completed");
        (ticks.len() > 1).then_some(ticks)
    });
    assert!(
        fired.iter().all(|due| due.timestamp() % 2 == 0),
        "{fired:?}"
    );

    a_killed_process_is_told(&scene);
    a_cancelled_run_ends(&scene);

    // Ctrl-C: the flow is asked to end, and nothing of it is left.
    scene.run("politely", &[]).code(0);
    let polite = scene.process("politely");
    interrupt(&serving);
    let ended = serving.finish().code(0).says(&["stopping: ", "stopped\n"]);
    assert!(
        ended.stdout.contains(&format!("{name} | hello\n")),
        "{ended}"
    );
    assert!(!is_there(polite));
    let stopped = Utc::now();
    let crashed = scene.listed(&["trial/trial", "--state=crashed"]);
    let message = crashed[0]["state"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("termination signal"), "{crashed:?}");
    assert_eq!(scene.listed(&["--state=running,pending"]), [] as [Value; 0]);

    what_was_missed_is_caught_up(&scene, stopped);
}

fn a_second_one_and_a_real_server_are_refused(scene: &Scene) {
    scene
        .deploy(&["serve"])
        .code(1)
        .says(&["`deploy serve` is running already (process "]);
    let json = ["serve", "--output", "json"];
    let refused = scene.deploy(&json).code(1);
    refused.says(&["`serve` has nothing to say in JSON", "`runs --output json`"]);
    let mut real = scene.workspace.built_deploy();
    let url = "http://127.0.0.1:9/api";
    finish(real.arg("serve").env("PREFECT_API_URL", url))
        .code(1)
        .says(&[
            "is a Prefect server, which has a scheduler",
            "help: start a worker",
        ]);
}

fn a_killed_process_is_told(scene: &Scene) {
    scene.run("killed", &[]).code(0);
    let process = scene.process("killed");
    kill_process(process, Signal::KILL).expect("the process is there");
    let crashed = scene.until("the run has crashed", || {
        scene.listed(&["trial/trial", "--state=crashed"]).pop()
    });
    let message = &crashed["state"]["message"];
    assert_eq!(
        message,
        "the process was ended by signal 9 before the run had ended"
    );
}

fn a_cancelled_run_ends(scene: &Scene) {
    scene.run("cancelled", &[]).code(0);
    let process = scene.process("cancelled");
    let client = scene.client();
    let run = scene.latest(&client);
    let cancelling = State::new(StateType::Cancelling);
    let set = client.set_flow_run_state(run.id, cancelling, Uuid::new_v4());
    scene.runtime.block_on(set).expect("an answer");
    scene.until("the run is cancelled", || {
        scene.listed(&["trial/trial", "--state=cancelled"]).pop()
    });
    assert!(!is_there(process));
}

fn what_was_missed_is_caught_up(scene: &Scene, stopped: DateTime<Utc>) {
    let ran = scene
        .ticks("none", "completed,crashed,cancelled")
        .into_iter()
        .max();
    let ran = ran.expect("a run").max(stopped);
    scene.until("three fire times pass", || {
        (Utc::now() - ran > TimeDelta::seconds(6)).then_some(())
    });
    let serving = scene.serve(&["--limit=8"]);
    scene.until("the missed ones have run", || {
        let done = scene.ticks("all", "completed").into_iter();
        (done.filter(|due| *due > ran).count() > 3).then_some(())
    });
    let since = |name: &str| {
        let states = "completed,running,pending,scheduled";
        let ticks = scene.ticks(name, states).into_iter();
        let mut ticks: Vec<_> = ticks.filter(|due| *due > ran).collect();
        ticks.sort_unstable();
        ticks
    };
    let (all, latest, none) = (since("all"), since("latest"), since("none"));
    let step = TimeDelta::seconds(2);
    assert!(
        all.windows(2).all(|pair| pair[1] - pair[0] == step),
        "{all:?}"
    );
    assert!(all[2] <= latest[0], "{all:?} {latest:?}");
    assert_eq!(none[0], latest[0] + step, "the first one in time");
    interrupt(&serving);
    serving.finish().code(0).says(&[
        "tick/latest missed ",
        "with catchup = \"latest\" one runs now",
    ]);
}

#[test]
fn what_a_killed_one_leaves_is_cleared() {
    let scene = Scene::new();
    let mut serving = scene.serve(&[]);
    scene.run("left", &[]).code(0);
    let process = scene.process("left");
    serving.kill();
    drop(serving);
    assert!(is_there(process), "it was in a group of its own");
    // Its file is known to be stale, and the database can be opened.
    let running = scene.listed(&["trial/trial", "--state=running"]);
    assert_eq!(running.len(), 1);
    let mut serving = scene.serve(&[]);
    serving.wait_for("left by a `deploy serve` that was killed, and its process was killed now");
    scene.until("the process is gone", || (!is_left(process)).then_some(()));
    let crashed = scene.listed(&["trial/trial", "--state=crashed"]);
    assert_eq!(crashed[0]["id"], running[0]["id"]);

    // A second Ctrl-C does not wait for a flow that takes no notice of the first one.
    scene.run("stubbornly", &[]).code(0);
    let stubborn = scene.process("stubbornly");
    interrupt(&serving);
    serving.wait_for("stopping: ");
    interrupt(&serving);
    serving.finish().code(0);
    assert!(!is_there(stubborn));
    let crashed = scene.listed(&["trial/trial", "--state=crashed"]);
    let message = "`deploy serve` was stopped; the process was ended by signal 9";
    assert_eq!(crashed[0]["state"]["message"], message);
}

/// Whether the process runs; its parent is gone, so that nobody may have waited for it.
fn is_left(process: Pid) -> bool {
    let stat = format!("/proc/{}/stat", process.as_raw_nonzero());
    let stat = fs::read_to_string(Path::new(&stat)).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

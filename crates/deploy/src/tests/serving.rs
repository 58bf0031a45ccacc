//! `serve` with scripts in the place of flow programs: what is started, when, and what becomes of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use longshore_embedded::Embedded;
use longshore_prefect::{
    Client, CollisionStrategy, ConcurrencyOptions, DeploymentWrite, FlowRun, FlowRunWrite,
    ScheduleWrite, State, StateType, WireSchedule,
};
use longshore_storage::{AllowedStores, Digest};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::run::watch::Watch;
use crate::serve::{Clock, ServeError, ServeOptions, Stop, serve};
use crate::target::embedded_options;

/// How often a run is looked at.
const PACE: Duration = Duration::from_millis(10);

/// A server with a `serve` at work.
struct Bench {
    folder: TempDir,
    client: Client,
    stop: watch::Sender<Stop>,
    work: JoinHandle<Result<(), ServeError>>,
}

impl Bench {
    async fn start(limit: usize) -> Self {
        Self::start_with(limit, Clock::default()).await
    }

    async fn start_with(limit: usize, clock: Clock) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().to_owned();
        let server = Embedded::open(&root).unwrap().serve().await.unwrap();
        let client = Client::new(embedded_options(&server)).unwrap();
        let (stop, stopped) = watch::channel(Stop::No);
        let own_client = client.clone();
        let work = tokio::spawn(async move {
            let options = ServeOptions {
                stores: AllowedStores::of_folders([root.join("store")]),
                root,
                limit,
                declared: Vec::new(),
                clock,
            };
            let served = serve(&server, own_client, options, stopped).await;
            server.shutdown().await;
            served
        });
        Self {
            folder,
            client,
            stop,
            work,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A script that goes on once something is written into the pipe of its name.
    fn waiting(&self, name: &str) -> Value {
        let pipe = self.path(name);
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let script = self.path(&format!("{name}.sh"));
        fs::write(&script, format!("read line < '{}'\n", pipe.display())).unwrap();
        json!({ "command": format!("sh '{}'", script.display()) })
    }

    /// Job variables of a program in the store, as `deploy` writes them.
    fn stored(&self, script: &str) -> Value {
        let written = self.path("written");
        fs::write(&written, script).unwrap();
        fs::set_permissions(&written, fs::Permissions::from_mode(0o755)).unwrap();
        let digest = Digest::of_file(&written).unwrap().to_string();
        let folder = self.path("store/projects/a/b").join(&digest);
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("program");
        fs::rename(&written, &program).unwrap();
        json!({ "command": "longshore-run", "artifact": program, "sha256": digest })
    }

    /// The writing end of a pipe, once a process reads it.
    async fn reached(&self, name: &str) -> File {
        let pipe = self.path(name);
        let open = move || File::options().write(true).open(pipe);
        tokio::task::spawn_blocking(open).await.unwrap().unwrap()
    }

    async fn deployment(
        &self,
        name: &str,
        job_variables: Value,
        strategy: Option<CollisionStrategy>,
    ) -> Uuid {
        let flow = self.client.upsert_flow("daily", &[]).await.unwrap();
        let write = DeploymentWrite {
            job_variables: job_variables.as_object().cloned().unwrap(),
            concurrency_limit: strategy.as_ref().map(|_| 1),
            concurrency_options: strategy.map(|collision_strategy| ConcurrencyOptions {
                collision_strategy,
                grace_period_seconds: None,
            }),
            ..DeploymentWrite::new(name, flow.id)
        };
        let written = self.client.write_deployment(&write).await.unwrap();
        written.deployment.id
    }

    async fn run(&self, deployment: Uuid) -> FlowRun {
        self.run_with(deployment, json!({})).await
    }

    async fn run_with(&self, deployment: Uuid, job_variables: Value) -> FlowRun {
        let write = FlowRunWrite {
            job_variables: job_variables.as_object().cloned().unwrap(),
            ..FlowRunWrite::new(Uuid::new_v4())
        };
        let made = self.client.create_flow_run(deployment, &write).await;
        made.unwrap()
    }

    /// A run that only `serve` brings to its end, without a process.
    async fn run_that_is_cancelled(&self) -> FlowRun {
        let deployment = self.deployment("cancelled", json!({}), None).await;
        self.cancelled_run_of(deployment).await
    }

    async fn cancelled_run_of(&self, deployment: Uuid) -> FlowRun {
        let write = FlowRunWrite {
            state: Some(State::new(StateType::Cancelling)),
            ..FlowRunWrite::new(Uuid::new_v4())
        };
        let made = self.client.create_flow_run(deployment, &write).await;
        made.unwrap()
    }

    async fn state(&self, run: &FlowRun) -> State {
        let read = self.client.flow_run(run.id).await.unwrap();
        read.unwrap().state.unwrap()
    }

    /// The state that a run ends in.
    async fn ended(&self, run: &FlowRun) -> State {
        let watch = Watch::new(&self.client, run.id, PACE);
        let ended = watch.follow(&mut |_| {}).await.unwrap();
        ended.unwrap().state.unwrap()
    }

    async fn crash(&self, job_variables: Value) -> String {
        let name = Uuid::new_v4().to_string();
        let deployment = self.deployment(&name, job_variables, None).await;
        let state = self.ended(&self.run(deployment).await).await;
        assert_eq!(state.kind, StateType::Crashed);
        state.message.unwrap()
    }

    async fn end(self) {
        self.stop.send_replace(Stop::InOrder);
        self.work.await.unwrap().unwrap();
    }
}

/// The script says nothing to the server, so its run ends as that of a program that breaks.
const SILENT: &str = "the process ended with exit code 0 before the run had ended";

/// Two runs, of which the second begins once the first has ended.
async fn one_after_the_other(bench: &Bench, first: Uuid, second: Uuid, pipes: [&str; 2]) {
    let first = bench.run(first).await;
    let mut gate = bench.reached(pipes[0]).await;
    let second = bench.run(second).await;
    // Made after it, and cancelled at once: `serve` has looked at both by then.
    let later = bench.run_that_is_cancelled().await;
    bench.ended(&later).await;
    assert_eq!(bench.state(&second).await.kind, StateType::Scheduled);
    assert_eq!(bench.state(&first).await.kind, StateType::Pending);
    writeln!(gate).unwrap();
    drop(gate);
    assert_eq!(bench.ended(&first).await.message.as_deref(), Some(SILENT));
    writeln!(bench.reached(pipes[1]).await).unwrap();
    assert_eq!(bench.ended(&second).await.message.as_deref(), Some(SILENT));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_has_no_more_runs_at_once_than_it_may() {
    let bench = Bench::start(8).await;
    let enqueue = Some(CollisionStrategy::Enqueue);
    let variables = bench.waiting("gate");
    let deployment = bench.deployment("eu", variables, enqueue).await;
    one_after_the_other(&bench, deployment, deployment, ["gate", "gate"]).await;
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_processes_run_at_once_than_were_asked_for() {
    let bench = Bench::start(1).await;
    let one = bench.waiting("one");
    let one = bench.deployment("one", one, None).await;
    let two = bench.waiting("two");
    let two = bench.deployment("two", two, None).await;
    one_after_the_other(&bench, one, two, ["one", "two"]).await;
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_too_many_is_cancelled_where_that_is_declared() {
    let bench = Bench::start(8).await;
    let cancel = Some(CollisionStrategy::CancelNew);
    let variables = bench.waiting("gate");
    let deployment = bench.deployment("eu", variables, cancel).await;
    let first = bench.run(deployment).await;
    let mut gate = bench.reached("gate").await;
    let state = bench.ended(&bench.run(deployment).await).await;
    let reason = "Deployment concurrency limit reached.";
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Cancelled, Some(reason))
    );
    writeln!(gate).unwrap();
    drop(gate);
    assert_eq!(bench.ended(&first).await.kind, StateType::Crashed);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_started_is_told() {
    let bench = Bench::start(8).await;
    let text = bench.crash(json!({})).await;
    assert!(text.contains("no job variable `command`"), "{text}");
    let text = bench.crash(json!({ "command": "/no/such/program" })).await;
    assert!(
        text.starts_with("cannot start `/no/such/program`: "),
        "{text}"
    );
    let program = bench.stored("#!/bin/sh\ntouch started\n");
    fs::write(program["artifact"].as_str().unwrap(), "changed").unwrap();
    let text = bench.crash(program).await;
    assert!(
        text.contains("has the SHA-256 ") && text.ends_with("; run `deploy` to store it again"),
        "{text}"
    );
    assert!(!bench.path("started").exists());
    bench.end().await;
}

/// Who may create runs chooses a version of the deployed program, and no other program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_chooses_neither_program_nor_environment() {
    let bench = Bench::start(8).await;
    let deployed = bench.stored("#!/bin/sh\necho \"deployed $A.$B\" >> told\n");
    let older = bench.stored("#!/bin/sh\necho \"older $A.$B\" >> told\n");
    let mut variables = deployed.clone();
    variables["env"] = json!({ "A": "1" });
    let deployment = bench.deployment("eu", variables, None).await;
    let own =
        json!({ "command": "touch started", "working_dir": "/", "env": { "A": "2", "B": "3" } });
    let versions = [own, older.clone()];
    for own in versions {
        let run = bench.run_with(deployment, own).await;
        bench.ended(&run).await;
    }
    let told = fs::read_to_string(bench.path("told")).unwrap();
    assert_eq!(told, "deployed 1.\nolder 1.\n");

    let elsewhere = bench.path("elsewhere/a/b");
    fs::create_dir_all(&elsewhere).unwrap();
    let outside = elsewhere.join(older["sha256"].as_str().unwrap());
    fs::rename(
        PathBuf::from(older["artifact"].as_str().unwrap())
            .parent()
            .unwrap(),
        &outside,
    )
    .unwrap();
    let mut evil = older.clone();
    evil["artifact"] = outside.join("program").to_str().unwrap().into();
    let run = bench.run_with(deployment, evil).await;
    let state = bench.ended(&run).await;
    let message = state.message.unwrap_or_default();
    assert!(
        message.contains("is in none of the stores of this worker"),
        "{message}"
    );
    assert!(!bench.path("started").exists());
    assert_eq!(fs::read_to_string(bench.path("told")).unwrap(), told);
    bench.end().await;
}

/// A worker of type process sets these too; the workspace's folder is where a flow runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_its_run_and_server_and_environment() {
    let bench = Bench::start(8).await;
    let script = bench.path("script.sh");
    let text = "echo \"$PREFECT__FLOW_RUN_ID $PREFECT_API_URL $REGION $PREFECT_API_KEY.\" > told\nexit 3\n";
    fs::write(&script, text).unwrap();
    let variables = json!({
        "command": format!("sh '{}'", script.display()),
        "env": { "REGION": "eu", "PREFECT_API_URL": "http://127.0.0.1:1/api" },
    });
    let deployment = bench.deployment("eu", variables, None).await;
    let run = bench.run(deployment).await;
    let state = bench.ended(&run).await;
    let expected = "the process ended with exit code 3 before the run had ended";
    assert_eq!(state.message.as_deref(), Some(expected));
    let told = fs::read_to_string(bench.path("told")).unwrap();
    let url = bench.client.api_url();
    assert_eq!(
        told,
        format!("{} {} eu .\n", run.id, url.trim_end_matches('/'))
    );
    let read = bench.client.flow_run(run.id).await.unwrap().unwrap();
    assert!(read.infrastructure_pid.is_some());
    bench.end().await;
}

/// A flow may start programs in the background; nothing of a run outlives it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_leaves_behind_is_ended() {
    let bench = Bench::start(8).await;
    let script = bench.path("script.sh");
    fs::write(&script, "sleep 600 > /dev/null 2>&1 &\necho $! > left\n").unwrap();
    let variables = json!({ "command": format!("sh '{}'", script.display()) });
    let deployment = bench.deployment("eu", variables, None).await;
    let run = bench.run(deployment).await;
    bench.ended(&run).await;
    let left = fs::read_to_string(bench.path("left")).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", left.trim()));
    // A zombie has ended; who collects it is the business of its new parent.
    let lives = state.is_ok_and(|state| !state.contains(") Z "));
    assert!(!lives);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_is_ended_with_it() {
    let bench = Bench::start(8).await;
    let variables = bench.waiting("gate");
    let deployment = bench.deployment("eu", variables, None).await;
    let run = bench.run(deployment).await;
    let _gate = bench.reached("gate").await;
    let states = bench.client.flow_run(run.id).await.unwrap().unwrap();
    let process = states.infrastructure_pid;
    bench.stop.send_replace(Stop::InOrder);
    let folder = bench.folder;
    bench.work.await.unwrap().unwrap();
    if let Some(process) = process {
        let is_there = fs::read_to_string(format!("/proc/{process}/stat"));
        assert!(is_there.is_err(), "{is_there:?}");
    }
    let server = Embedded::open(folder.path())
        .unwrap()
        .serve()
        .await
        .unwrap();
    let client = Client::new(embedded_options(&server)).unwrap();
    let state = client
        .flow_run(run.id)
        .await
        .unwrap()
        .unwrap()
        .state
        .unwrap();
    let expected = "`deploy serve` was stopped; the process was ended by signal 15";
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Crashed, Some(expected))
    );
    server.shutdown().await;
}

/// The clock goes ten years ahead and back again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_does_not_stop_schedules() {
    let years = Arc::new(AtomicI64::new(0));
    let offset = Arc::clone(&years);
    let clock =
        Clock::new(move || Utc::now() + TimeDelta::days(365 * offset.load(Ordering::SeqCst)));
    let bench = Bench::start_with(8, clock).await;
    let cancelled = bench.deployment("cancelled", json!({}), None).await;
    let flow = bench.client.upsert_flow("daily", &[]).await.unwrap();
    let schedule = WireSchedule::Interval {
        interval: 3600.0,
        anchor_date: None,
        timezone: None,
    };
    let write = DeploymentWrite {
        schedules: vec![ScheduleWrite {
            schedule,
            active: Some(true),
            slug: None,
            parameters: None,
        }],
        ..DeploymentWrite::new("hourly", flow.id)
    };
    let written = bench.client.write_deployment(&write).await.unwrap();
    let hourly = written.deployment.id;
    for (ahead, earliest) in [(0, 0), (10, 10), (0, 0)] {
        years.store(ahead, Ordering::SeqCst);
        // `serve` has looked at the clock by the time at which it has ended this run.
        let run = bench.cancelled_run_of(cancelled).await;
        bench.ended(&run).await;
        let from = Utc::now() + TimeDelta::days(365 * earliest);
        let runs = bench.client.scheduled_runs(&[hourly]).await.unwrap();
        let due: Vec<_> = runs
            .iter()
            .filter_map(|run| run.expected_start_time)
            .collect();
        let coming = due.iter().filter(|due| **due >= from).count();
        assert!(
            coming >= 3 && due.iter().all(|due| *due < from + TimeDelta::hours(4)),
            "{ahead} years ahead: {due:?}"
        );
    }
    bench.end().await;
}

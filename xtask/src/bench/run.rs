//! How a run goes under a stock worker, beside the same flow in Python on the same worker and server.

mod logs;
mod report;
mod sides;
mod start;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use longshore_rig::{PrefectServer, Program, RigError, Version, Worker};
use serde_json::{Value, json};

use super::api::{Api, States};
use super::cargo::build;
use super::options;
use super::progress;
use super::side::Side;
use crate::command::{Error, root};
use report::Report;

/// Pool of the worker.
const POOL: &str = "bench";

/// Pool that nobody works for: its runs are started by this program.
const IDLE_POOL: &str = "idle";

const USAGE: &str = "bench run [--repetitions N] [--tasks N] [--lines N]";

/// What to measure.
#[derive(Debug, Clone, Copy)]
struct Options {
    repetitions: usize,
    tasks: usize,
    lines: usize,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, Error> {
        let mut options = Self {
            repetitions: 5,
            tasks: 1_000,
            lines: 100_000,
        };
        let numbers = &mut [
            ("--repetitions", &mut options.repetitions),
            ("--tasks", &mut options.tasks),
            ("--lines", &mut options.lines),
        ];
        options::read_numbers(words, USAGE, numbers)?;
        Ok(options)
    }
}

/// `bench run`.
pub(super) fn run(words: &[String]) -> Result<(), Error> {
    let options = Options::parse(words)?;
    longshore_rig::require(&[Program::Python])?;
    longshore_rig::install(Version::Prefect3, &root())?;
    let mut site = Site::start()?;
    let mut report = Report::new(options);
    // What the first run of a kind finds cold is in none of the rounds.
    for side in Side::ALL {
        site.life(side)?;
    }
    for round in 0..options.repetitions {
        progress(&format!("round {}", round + 1));
        let mut sides = Side::ALL;
        sides.rotate_left(round % Side::ALL.len());
        for side in sides {
            report.lives(side).push(site.life(side)?);
        }
        for side in sides {
            report.tasks(side).push(site.tasks(side, options.tasks)?);
        }
        report.starts.push(start::measure(&mut site)?);
        report
            .logs
            .push(logs::measure(&mut site, options.lines, round)?);
    }
    report.print();
    Ok(())
}

/// One run of the flow that does nothing.
#[derive(Debug)]
struct Life {
    /// Seconds from the worker's claim to Running.
    to_running: f64,
    /// Seconds from the worker's claim to Completed.
    to_completed: f64,
    /// That were resident at most in the flow's process.
    kib: f64,
}

/// One run of the flow with many tasks, one after the other.
#[derive(Debug)]
struct Tasks {
    /// Seconds from Running to Completed.
    wall: f64,
    /// Seconds that the server used of the processors until it knew the end of all task runs.
    server: f64,
}

/// A server with a worker and the deployments of both sides.
struct Site {
    api: Api,
    folder: PathBuf,
    server: PrefectServer,
    _worker: Worker,
}

impl Site {
    fn start() -> Result<Self, Error> {
        let folder = root().join("target/bench");
        progress("building longshore-run and the flows in release");
        let runner = build("build --release -p longshore-run")?;
        let server = PrefectServer::start(Version::Prefect3)?;
        sides::deploy(&folder, &server)?;
        let cache = folder.join("cache");
        Ok(Self {
            api: Api::new(&server.api_url()),
            _worker: Worker::start_with_runner(
                &server,
                POOL,
                &runner,
                &folder.join("longshore"),
                &cache,
                &[],
            )?,
            folder,
            server,
        })
    }

    fn life(&mut self, side: Side) -> Result<Life, Error> {
        let (states, facts) = self.run(side, "trivial", json!({}))?;
        Ok(Life {
            to_running: states.running - states.claimed,
            to_completed: states.completed - states.claimed,
            kib: number(&facts, "kib")?,
        })
    }

    fn tasks(&mut self, side: Side, count: usize) -> Result<Tasks, Error> {
        let before = self.server.processor_time();
        let run = self.begin(side, "many", json!({ "count": count }))?;
        let states = self.api.completed(&run.id)?;
        self.api.wait_for_tasks(&run.id, count)?;
        let used = self.server.processor_time().saturating_sub(before);
        Ok(Tasks {
            wall: states.completed - states.running,
            server: used.as_secs_f64(),
        })
    }

    /// Runs a flow under the worker; what it has written down of itself comes with its states.
    fn run(&mut self, side: Side, flow: &str, parameters: Value) -> Result<(States, Value), Error> {
        let run = self.begin(side, flow, parameters)?;
        let states = self.api.completed(&run.id)?;
        Ok((states, run.facts()?))
    }

    fn begin(&mut self, side: Side, flow: &str, parameters: Value) -> Result<Begun, Error> {
        let deployment = self.api.deployment(&side.flow(flow), "bench")?;
        self.create(&deployment, parameters, "SCHEDULED")
    }

    /// Makes a run that writes down what it has found out about itself.
    fn create(
        &mut self,
        deployment: &Value,
        mut parameters: Value,
        state: &str,
    ) -> Result<Begun, Error> {
        let facts = self.folder.join("facts.json");
        // There is none before the first run.
        let _removed = fs::remove_file(&facts);
        parameters["facts"] = json!(facts);
        let id = self.api.create(deployment, &parameters, state)?;
        Ok(Begun { id, facts })
    }

    /// The program of a deployment of ours, for a run that this program starts itself.
    fn program(&self, deployment: &Value, run: &Begun, api_url: &str) -> Command {
        let artifact = deployment["job_variables"]["artifact"].as_str();
        let mut command = Command::new(artifact.unwrap_or_default());
        command
            .env("PREFECT__FLOW_RUN_ID", &run.id)
            .env("PREFECT_API_URL", api_url)
            .env("PREFECT_HOME", self.folder.join("home"));
        command
    }
}

/// A run that was made.
#[derive(Debug)]
struct Begun {
    id: String,
    facts: PathBuf,
}

impl Begun {
    /// What the flow has written down.
    fn facts(&self) -> Result<Value, Error> {
        let text = fs::read_to_string(&self.facts).map_err(|source| RigError::File {
            path: self.facts.clone(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|_| Error::Measurement { text })
    }
}

fn number(facts: &Value, name: &str) -> Result<f64, Error> {
    facts[name].as_f64().ok_or_else(|| Error::Measurement {
        text: facts.to_string(),
    })
}

//! Fetches the program of a Prefect flow run, verifies it and becomes it.
//!
//! It is the command of every deployment whose artifact is not on the worker's own disk, and on Kubernetes the init
//! container that fetches the program as well as the command of the container that executes it. Whatever goes wrong before the program starts makes the run CRASHED, with a message that says what to do.

mod assignment;
mod cache;
mod command;
mod environment;
mod error;
mod executable;
mod handover;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::time::Instant;

use longshore_spec::terminal::{escape_block, escape_record};
use longshore_storage::{AccessOptions, AllowedStores, ArtifactLocation, Identity, VerifiedBinary};

use tokio::signal::unix::{SignalKind, signal};

use crate::assignment::Assignment;
use crate::cache::Cache;
use crate::command::Command;
use crate::environment::Environment;
use crate::error::RunError;
use crate::handover::Handover;

/// Tells a program which artifact it is.
const ARTIFACT_SHA256: &str = "LONGSHORE_ARTIFACT_SHA256";

/// Number of the signal (POSIX.1-2017, `kill`).
const SIGTERM: u8 = 15;

/// The file that marks the root of a workspace.
const WORKSPACE: &str = "longshore.toml";

fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            say(&error.to_string());
            say_lines(&format!("\n{}", command::USAGE));
            return ExitCode::from(2);
        }
    };
    if let Some(text) = command.answer() {
        print(&text);
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                code = run(&command) => code,
                () = termination() => ExitCode::from(128 + SIGTERM),
            }
        }),
        Err(error) => {
            say(&format!("cannot start: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Waits for SIGTERM. The kernel does not deliver it to the first process of a container without a handler.
async fn termination() {
    let mut signals = match signal(SignalKind::terminate()) {
        Ok(signals) => signals,
        Err(error) => {
            say(&format!("cannot listen for SIGTERM: {error}"));
            return std::future::pending().await;
        }
    };
    signals.recv().await;
    say("received SIGTERM before the flow binary started");
}

async fn run(command: &Command) -> ExitCode {
    if let Command::Fetch { into } = command
        && handover::is_named(&variable)
    {
        return match Handover::new(into.clone()).fill(stores()).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say(&error.in_full());
                ExitCode::FAILURE
            }
        };
    }
    let assignment = match Assignment::from_environment(&variable) {
        Ok(assignment) => assignment,
        Err(error) => {
            say(&error.in_full());
            return ExitCode::FAILURE;
        }
    };
    let done = match command {
        Command::Fetch { into } => fetch_into(&assignment, into).await,
        _ => become_program(&assignment).await,
    };
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    say(&error.in_full());
    if let Err(error) = assignment.crash(&error.in_full()).await {
        say(&RunError::Report(error).in_full());
    }
    ExitCode::FAILURE
}

/// Returns only if it fails.
async fn become_program(assignment: &Assignment) -> Result<(), RunError> {
    let program = assignment.program(&stores()?).await?;
    let artifact = &program.artifact;
    let mut binary = match Handover::from_environment(&variable) {
        Some(handover) => handover.open(artifact)?,
        None => from_cache(artifact).await?,
    };
    executable::check(binary.executable())?;
    let mut command = binary.command();
    set(&mut command, &program.environment);
    let source = command
        .env(ARTIFACT_SHA256, artifact.digest().to_string())
        .exec();
    Err(RunError::Start {
        path: binary.path().to_owned(),
        source,
    })
}

async fn from_cache(artifact: &ArtifactLocation) -> Result<VerifiedBinary, RunError> {
    let cache = Cache::from_environment(&variable)?;
    let fetched = cache.get(artifact, async |target: &Path| {
        fetch(artifact, target, cache.limit()).await
    });
    fetched.await
}

/// Sets the deployment's variables, and takes away what a worker has set for the run.
fn set(command: &mut process::Command, environment: &Environment) {
    if let Some(names) = environment.ignored() {
        say(&format!(
            "ignored {names} in the run's own `env`: the environment of a run is its deployment's"
        ));
    }
    for (name, value) in &environment.of_the_run {
        if variable(name).as_ref() == Some(value) {
            command.env_remove(name);
        }
    }
    let set = &environment.set;
    command.envs(set.iter().map(|(name, value)| (name, value)));
}

async fn fetch_into(assignment: &Assignment, folder: &Path) -> Result<(), RunError> {
    let artifact = assignment.program(&stores()?).await?.artifact;
    let program = Handover::new(folder.to_owned()).put(&artifact).await?;
    print(&program.to_string_lossy());
    Ok(())
}

/// The stores that this worker allows; without a list or credentials, the local store of the workspace that it was
/// started in.
///
/// A worker starts a job in a folder of its own, and leaves `PWD` as it was.
fn stores() -> Result<AllowedStores, RunError> {
    let started = variable("PWD").map(PathBuf::from);
    let workspace = started.as_deref().and_then(|folder| {
        let mut ancestors = folder.ancestors();
        ancestors.find(|folder| folder.join(WORKSPACE).is_file())
    });
    Ok(AllowedStores::from_environment(&variable, workspace)?)
}

async fn fetch(artifact: &ArtifactLocation, target: &Path, limit: u64) -> Result<(), RunError> {
    let started = Instant::now();
    let fetched = artifact.fetch(target, limit, &variable, AccessOptions::default());
    let identity = fetched.await?;
    let length = fs::metadata(target).map_or(0, |found| found.len());
    say(&format!(
        "fetched {artifact} ({:.1} MB) in {:.2} s{}",
        length as f64 / 1e6,
        started.elapsed().as_secs_f64(),
        identity.map_or_else(String::new, |identity: Identity| format!(" as {identity}")),
    ));
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(
    clippy::print_stderr,
    reason = "what a person or the worker's log reads"
)]
fn say(line: &str) {
    eprintln!("longshore-run: {}", escape_record(line));
}

#[expect(clippy::print_stderr, reason = "what a person reads")]
fn say_lines(text: &str) {
    eprintln!("{}", escape_block(text));
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn print(line: &str) {
    println!("{}", escape_block(line));
}

//! Fetches the program of a Prefect flow run, verifies it and becomes it.
//!
//! It is the command of every deployment whose artifact is not on the worker's own disk, and the init container on
//! Kubernetes. Whatever goes wrong before the program starts makes the run CRASHED, with a message that says what to do.

mod assignment;
mod cache;
mod command;
mod error;
mod executable;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::time::Instant;

use longshore_storage::{AccessOptions, Identity, fetch_location};

use crate::assignment::{Artifact, Assignment};
use crate::cache::Cache;
use crate::command::Command;
use crate::error::RunError;

/// Tells a program which artifact it is.
const ARTIFACT_SHA256: &str = "LONGSHORE_ARTIFACT_SHA256";

/// File name of a program that `fetch` leaves for another container, which cannot know the artifact's own.
const FETCHED: &str = "flow";

/// How often an artifact is looked up: another process may make room in the cache just before this one starts it.
const LOOKUPS: usize = 2;

fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            say(&format!("{error}\n\n{}", command::USAGE));
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
        Ok(runtime) => runtime.block_on(run(&command)),
        Err(error) => {
            say(&format!("cannot start: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: &Command) -> ExitCode {
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
    let artifact = assignment.artifact().await?;
    let cache = Cache::from_environment(&variable)?;
    let mut lookups = 0;
    loop {
        lookups += 1;
        let program = cache
            .get(&artifact, async |target: &Path| {
                fetch(&artifact, target).await
            })
            .await?;
        executable::check(&program)?;
        let error = process::Command::new(&program)
            .env(ARTIFACT_SHA256, artifact.digest.to_string())
            .exec();
        if lookups == LOOKUPS || program.exists() {
            return Err(RunError::Start {
                path: program,
                source: error,
            });
        }
    }
}

async fn fetch_into(assignment: &Assignment, folder: &Path) -> Result<(), RunError> {
    let artifact = assignment.artifact().await?;
    fs::create_dir_all(folder).map_err(|source| RunError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let program: PathBuf = folder.join(FETCHED);
    fetch(&artifact, &program).await?;
    executable::check(&program)?;
    print(&program.to_string_lossy());
    Ok(())
}

async fn fetch(artifact: &Artifact, target: &Path) -> Result<(), RunError> {
    let started = Instant::now();
    let fetched = fetch_location(
        &artifact.location,
        artifact.digest,
        target,
        &variable,
        AccessOptions::default(),
    );
    let identity = fetched.await?;
    let length = fs::metadata(target).map_or(0, |found| found.len());
    say(&format!(
        "fetched {} ({:.1} MB) in {:.1} s{}",
        artifact.location,
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
    eprintln!("longshore-run: {line}");
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn print(line: &str) {
    println!("{line}");
}

//! Runs a command from the configuration to the exit code.

mod chosen;
mod destroy;
mod signals;
mod steps;

use std::path::Path;

use chrono::Utc;
use longshore::registry::Registry;
use longshore_spec::Explain;
use serde_json::json;

use crate::Workspace;
use crate::apply::{Applied, Outcome};
use crate::command_line::{Command, CommandLine, Options, Output};
use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::Failure;
use crate::exit::Exit;
use crate::registry::problems;
use crate::report::progress::Progress;
use crate::report::{json as report_json, plan_text, print, summary, tell, tell_error};
use crate::target::Target;
use crate::{apply, check};
use chosen::Chosen;
use steps::Ready;

/// The runtime of this program could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the program's threads")]
struct StartError(#[source] std::io::Error);

impl Explain for StartError {
    fn help(&self) -> Option<String> {
        None
    }
}

/// Runs the command, prints what it says, and tells how it ended.
pub(crate) fn main(workspace: &Workspace, registry: &Registry, command_line: &CommandLine) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(source) => {
            tell_error(&StartError(source));
            return Exit::Failed;
        }
    };
    let command = command_line.command.unwrap_or_default();
    let exit = runtime.block_on(async {
        let working = run(workspace, registry, command, &command_line.options);
        // In this order, so that a signal is answered from the first word on that the command says.
        tokio::select! {
            biased;
            exit = signals::received() => {
                tell("interrupted; what was not registered yet stays as it was");
                exit
            }
            ended = working => ended.unwrap_or_else(|failure| {
                tell(&failure.to_string());
                Exit::Failed
            }),
        }
    });
    // Waiting for a lock or for the end of a copy must not hold up Ctrl-C.
    runtime.shutdown_background();
    exit
}

async fn run(
    workspace: &Workspace,
    registry: &Registry,
    command: Command,
    options: &Options,
) -> Result<Exit, Failure> {
    let root = Path::new(workspace.root);
    let config = Config::read(root)?;
    // What is deployed can be destroyed whatever the code has become.
    if command == Command::Destroy {
        return destroy::run(root, &config, options).await;
    }
    Failure::unless_empty(problems(registry, workspace.packages))?;
    let chosen = Chosen::new(workspace, registry, options.select.as_ref())?;
    let declared = chosen.declared(&config)?;
    if command == Command::Check {
        return Ok(run_check(&declared, options.output));
    }
    if command == Command::List {
        return Ok(run_list(&declared, options.output));
    }
    let (target, ready) = prepare(root, &config, &chosen, command, options).await?;
    if command == Command::Plan {
        let exit = run_plan(&ready, &target, options.output);
        ready.connection.close().await;
        return Ok(exit);
    }
    Ok(run_apply(ready, &target, options.output).await)
}

async fn prepare(
    root: &Path,
    config: &Config,
    chosen: &Chosen<'_>,
    command: Command,
    options: &Options,
) -> Result<(Target, Ready), Failure> {
    let target = Target::find(root)?;
    tell(&format!("target: {target}"));
    let ready = steps::prepare(root, config, chosen, &target, command, options).await?;
    Ok((target, ready))
}

fn run_check(declared: &[Desired], output: Output) -> Exit {
    let now = Utc::now();
    let checked: Vec<check::Checked> = declared
        .iter()
        .map(|desired| check::check(desired, now))
        .collect();
    print(&match output {
        Output::Text => check::text(&checked),
        Output::Json => format!("{:#}\n", json!({ "deployments": checked })),
    });
    Exit::Done
}

fn run_list(declared: &[Desired], output: Output) -> Exit {
    print(&match output {
        Output::Text => summary::declared(declared),
        Output::Json => format!("{:#}\n", report_json::declared(declared)),
    });
    Exit::Done
}

fn run_plan(ready: &Ready, target: &Target, output: Output) -> Exit {
    let now = Utc::now();
    for deployment in &ready.plan.deployments {
        if !deployment.is_unchanged() {
            for line in check::check(&deployment.desired, now).warning_lines() {
                tell(&line);
            }
        }
    }
    print(&match output {
        Output::Text => plan_text::plan(&ready.plan),
        Output::Json => format!(
            "{:#}\n",
            report_json::plan(&ready.plan, &target.to_string())
        ),
    });
    if ready.plan.is_empty() {
        Exit::Done
    } else {
        Exit::Changes
    }
}

async fn run_apply(ready: Ready, target: &Target, output: Output) -> Exit {
    let Ready {
        connection,
        plan,
        uploads,
        ..
    } = ready;
    let orphans = plan.orphans.clone();
    let progress = Progress::for_stderr();
    let applied = apply::apply(&connection.client, plan, uploads, progress).await;
    connection.close().await;
    print_applied(&applied, &orphans, target, output)
}

fn print_applied(
    applied: &Applied,
    orphans: &[DeploymentKey],
    target: &Target,
    output: Output,
) -> Exit {
    tell_problems(applied);
    match output {
        Output::Text => {
            print(&summary::applied(applied, Utc::now()));
            for orphan in orphans {
                tell(&plan_text::orphan(orphan));
            }
            tell(&summary::count(applied));
        }
        Output::Json => print(&format!(
            "{:#}\n",
            report_json::applied(applied, orphans, &target.to_string())
        )),
    }
    if applied.is_complete() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn tell_problems(applied: &Applied) {
    for error in &applied.errors {
        tell_error(error);
    }
    for (_, outcome) in &applied.outcomes {
        if let Outcome::Failed(error) = outcome {
            tell_error(error);
        }
    }
    for (_, removed) in &applied.removals {
        if let Err(error) = removed {
            tell_error(error);
        }
    }
}

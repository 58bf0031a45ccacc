//! Runs a command from the configuration to the exit code.

mod answer;
mod chosen;
mod destroy;
pub(crate) mod documents;
mod files;
mod first_contact;
mod found_run;
mod gc;
mod history;
mod init;
pub(crate) mod list;
mod logs;
mod named;
mod new;
mod pool;
mod rollback;
mod runner;
pub(crate) mod runs;
mod serve;
mod session;
mod signals;
mod start;
mod steps;
pub(crate) mod watch;

use std::env;
use std::path::Path;

use chrono::Utc;
use longshore::registry::Registry;
use longshore_spec::Explain;
use serde_json::{Value, json};

use crate::Workspace;
use crate::apply::{Applied, Outcome};
use crate::command_line::{
    AnyCommand, ApplyArguments, Choosing, Command, CommandLine, Common, Output, PlanArguments,
    Planning, PoolCommand,
};
use crate::config::{Config, STORAGE_VARIABLE};
use crate::desired::{DeploymentKey, Desired};
use crate::error::Failure;
use crate::exit::Exit;
use crate::registry::problems;
use crate::report::progress::Progress;
use crate::report::{
    json as report_json, plan_text, print, print_json, summary, tell, tell_error, tell_failure,
    tell_warning,
};
use crate::target::Target;
use crate::{apply, check};
use chosen::{Chosen, RequestError};
use steps::{Purpose, Ready};

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
pub(crate) fn main(workspace: &Workspace, registry: &Registry, command_line: CommandLine) -> Exit {
    let (command, common) = command_line.into_parts();
    let command = match command {
        AnyCommand::Flows(command) => command,
        // Without a runtime nothing waits for signals, so that Ctrl-C ends the program at any question.
        AnyCommand::Files(command) => {
            return files::run(workspace, registry, &command, &common)
                .unwrap_or_else(|failure| failed(&failure));
        }
    };
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
    let exit = runtime.block_on(async {
        let working = async {
            let ended = run(workspace, registry, &command, &common).await;
            ended.unwrap_or_else(|failure| failed(&failure))
        };
        if matches!(
            command,
            Command::Run(_) | Command::Logs(_) | Command::Serve(_)
        ) {
            // It answers signals itself: what it says depends on how far it got.
            return working.await;
        }
        // In this order, so that a signal is answered from the first word on that the command says.
        tokio::select! {
            biased;
            exit = signals::received() => {
                tell("interrupted; what was not registered yet stays as it was");
                exit
            }
            exit = working => exit,
        }
    });
    // Waiting for a lock or for the end of a copy must not hold up Ctrl-C.
    runtime.shutdown_background();
    exit
}

/// Tells what stopped a command.
fn failed(failure: &Failure) -> Exit {
    tell_failure(failure);
    Exit::Failed
}

async fn run(
    workspace: &Workspace,
    registry: &Registry,
    command: &Command,
    common: &Common,
) -> Result<Exit, Failure> {
    let root = Path::new(workspace.root);
    let variable = env::var(STORAGE_VARIABLE).ok();
    let mut config = Config::read(root)?.with_storage(command.storage(), variable.as_deref())?;
    if let Some(name) = &common.env {
        config = config.in_environment(name)?;
    }
    let flows = Flows {
        workspace,
        registry,
        root,
        config: &config,
    };
    match command {
        // What is deployed can be destroyed whatever the code has become.
        Command::Destroy(arguments) => destroy::run(root, &config, arguments, common.output).await,
        Command::Check(arguments) => {
            tell_environment(&config);
            run_check(&flows.declared(arguments)?, common.output)
        }
        Command::List(arguments) => list::run(&flows, arguments, common.output).await,
        Command::Run(arguments) => start::run(&flows, arguments, common.output).await,
        Command::Runs(arguments) => runs::run(&flows, arguments, common.output).await,
        Command::Logs(arguments) => logs::run(&flows, arguments, common.output).await,
        Command::Serve(arguments) => serve::run(&flows, arguments, common.output).await,
        Command::History(arguments) => history::run(&flows, arguments, common.output).await,
        Command::Rollback(arguments) => rollback::run(&flows, arguments, common.output).await,
        Command::Gc(arguments) => gc::run(&flows, arguments, common.output).await,
        Command::Pool(PoolCommand::Template(arguments)) => pool::template(&config, arguments),
        Command::Plan(arguments) => flows.plan(arguments, common.output).await,
        Command::Apply(arguments) => flows.apply(arguments, common.output).await,
    }
}

/// What is declared, and in which environment.
struct Flows<'a> {
    workspace: &'a Workspace,
    registry: &'a Registry,
    root: &'a Path,
    config: &'a Config,
}

impl<'a> Flows<'a> {
    /// The deployments that a command is about.
    fn chosen(&self, choosing: &Choosing) -> Result<Chosen<'a>, Failure> {
        Failure::unless_empty(problems(self.registry, self.workspace.packages))?;
        Ok(Chosen::new(self.workspace, self.registry, choosing)?)
    }

    fn declared(&self, choosing: &Choosing) -> Result<Vec<Desired>, Failure> {
        self.chosen(choosing)?.declared(self.config)
    }

    /// The deployments to plan for; what is wrong in their declarations comes before anything is asked of a server.
    fn plannable(&self, planning: &Planning) -> Result<(Chosen<'a>, Vec<Desired>), Failure> {
        let chosen = self.chosen(&planning.choosing)?;
        let declared = chosen.declared(self.config)?;
        Ok((chosen, declared))
    }

    async fn prepare(
        &self,
        (chosen, declared): (Chosen<'a>, Vec<Desired>),
        target: &Target,
        planning: &Planning,
        purpose: Purpose,
    ) -> Result<Ready, Failure> {
        let (root, config) = (self.root, self.config);
        steps::prepare(root, config, &chosen, declared, target, planning, purpose).await
    }

    async fn plan(&self, arguments: &PlanArguments, output: Output) -> Result<Exit, Failure> {
        let planning = &arguments.planning;
        let plannable = self.plannable(planning)?;
        let target = steps::target(self.root, self.config)?;
        let ready = self
            .prepare(plannable, &target, planning, Purpose::Show)
            .await?;
        let exit = self.print_plan(&ready, &target, arguments.explain, output);
        ready.connection.close().await;
        Ok(exit)
    }

    async fn apply(&self, arguments: &ApplyArguments, output: Output) -> Result<Exit, Failure> {
        let planning = &arguments.planning;
        if planning.builds_nothing() {
            return Err(RequestError::NoArtifacts.into());
        }
        let plannable = self.plannable(planning)?;
        let target = steps::target(self.root, self.config)?;
        tell_environment(self.config);
        let purpose = Purpose::Apply { yes: arguments.yes };
        let ready = self.prepare(plannable, &target, planning, purpose).await?;
        let Ready {
            connection,
            plan,
            uploads,
            ..
        } = ready;
        for line in plan_text::undone_rollbacks(&plan) {
            tell(&format!("warning: {line}"));
        }
        if !plan.is_empty() {
            for [warning, help] in plan_text::pool_notes(&plan) {
                tell_warning(&warning, &help);
            }
        }
        for left_out in &plan.left_out {
            tell_warning(&left_out.message(), &left_out.help());
        }
        let orphans = plan.orphans.clone();
        let progress = Progress::for_stderr();
        let applied = apply::apply(&connection.client, plan, uploads, progress).await;
        connection.close().await;
        Ok(print_applied(
            &applied,
            &orphans,
            &target,
            self.config,
            output,
        ))
    }

    fn print_plan(&self, ready: &Ready, target: &Target, explain: bool, output: Output) -> Exit {
        let now = Utc::now();
        for deployment in &ready.plan.deployments {
            if !deployment.is_unchanged() {
                for line in check::check(&deployment.desired, now).warning_lines() {
                    tell(&line);
                }
            }
        }
        for [warning, help] in plan_text::pool_notes(&ready.plan) {
            tell_warning(&warning, &help);
        }
        let environment = self.config.environment.as_ref();
        match output {
            Output::Text => {
                let summary = environment.map(|environment| environment.summary() + "\n");
                let explained = explain.then(|| plan_text::explained(&ready.plan));
                let plan = plan_text::plan(&ready.plan);
                print(
                    &[summary, explained, Some(plan)]
                        .map(Option::unwrap_or_default)
                        .concat(),
                );
            }
            Output::Json => {
                let plan = report_json::plan(&ready.plan, &target.to_string());
                print_json(&in_environment(plan, self.config));
            }
        }
        if !ready.plan.is_empty() {
            Exit::Changes
        } else if ready.plan.left_out.is_empty() {
            Exit::Done
        } else {
            Exit::LeftOut
        }
    }
}

/// Says which environment it is and what that changes.
fn tell_environment(config: &Config) {
    if let Some(environment) = &config.environment {
        tell(&environment.summary());
    }
}

/// A JSON document with the name of the environment or null.
fn in_environment(mut value: Value, config: &Config) -> Value {
    let environment = config.environment.as_ref();
    value["environment"] = json!(environment.map(|environment| &environment.name));
    value
}

fn run_check(declared: &[Desired], output: Output) -> Result<Exit, Failure> {
    let now = Utc::now();
    let checked: Vec<check::Checked> = declared
        .iter()
        .map(|desired| check::check(desired, now))
        .collect();
    match output {
        Output::Text => print(&check::text(&checked)),
        Output::Json => print_json(&json!({ "deployments": checked })),
    }
    Failure::unless_empty(check::schedules_over(declared, now))?;
    Ok(Exit::Done)
}

fn print_applied(
    applied: &Applied,
    orphans: &[DeploymentKey],
    target: &Target,
    config: &Config,
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
        Output::Json => {
            let applied = report_json::applied(applied, orphans, &target.to_string());
            print_json(&in_environment(applied, config));
        }
    }
    if !applied.is_complete() {
        Exit::Failed
    } else if applied.left_out.is_empty() {
        Exit::Done
    } else {
        Exit::LeftOut
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

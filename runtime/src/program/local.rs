//! A run without a server: parameters from flags, the end on the terminal.

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};
use tracing::Instrument;

use crate::error::{BoxError, advised, chain};
use crate::panic::{panic_text, report_panics};
use crate::parameter::Arguments;
use crate::program::flags;
use crate::record::FlowRecord;
use crate::registry::Registry;

/// Runs the flow that the command line names, or the only one.
#[expect(clippy::print_stderr, reason = "the program's output")]
pub(super) fn run(package: &str, registry: &Registry, arguments: Vec<OsString>) -> ExitCode {
    let [first, ..] = registry.flows.as_slice() else {
        eprintln!(
            "error: the package `{package}` has no flow\n\
             help: put `#[flow]` on a function of its library, and name the library in `longshore::main!`"
        );
        return ExitCode::FAILURE;
    };
    let matches = command(package, registry).get_matches_from(arguments);
    let (flow, matches) = match matches.subcommand() {
        Some((name, matches)) => {
            let named = registry
                .flows
                .iter()
                .find(|flow| flow.name.as_str() == name);
            (*named.unwrap_or(first), matches.clone())
        }
        None => (*first, matches),
    };
    run_flow(flow, &matches)
}

fn command(package: &str, registry: &Registry) -> Command {
    let command = Command::new(package.to_owned())
        .disable_help_subcommand(true)
        .after_help("`describe` as the only argument prints the registry of this program as JSON.");
    match registry.flows.as_slice() {
        [flow] => with_flags(command.version(flow.package_version), flow),
        flows => command
            .about("Runs a flow here, without a server.")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_value_name("FLOW")
            .subcommand_help_heading("Flows")
            .subcommands(
                flows
                    .iter()
                    .map(|flow| with_flags(Command::new(flow.name.to_string()), flow)),
            ),
    }
}

/// A parameter named `help` or `version` takes the flag of that name for itself.
fn with_flags(command: Command, flow: &'static FlowRecord) -> Command {
    let takes = |name| {
        let mut parameters = flow.parameters.iter();
        parameters.any(|parameter| flags::name(parameter.name, flow.parameters) == name)
    };
    command
        .about(about(flow))
        .disable_help_flag(takes("help"))
        .disable_version_flag(takes("version"))
        .args(flow_flags(flow))
}

fn about(flow: &FlowRecord) -> String {
    flow.description.map_or_else(
        || format!("Runs the flow `{}` here, without a server.", flow.name),
        str::to_owned,
    )
}

fn flow_flags(flow: &'static FlowRecord) -> Vec<Arg> {
    let schema = flow.parameter_schema();
    flow.parameters
        .iter()
        .map(|parameter| flags::flag(parameter, flow.parameters, &schema))
        .collect()
}

fn run_flow(flow: &'static FlowRecord, matches: &ArgMatches) -> ExitCode {
    let values = flags::values(flow, matches);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    report_panics();
    let span = tracing::info_span!("flow", name = %flow.name);
    let call = flow.run(Arguments::new(values)).instrument(span);
    let started = std::time::Instant::now();
    let end = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(call)));
    report_end(flow, &end, started.elapsed())
}

fn report_end(
    flow: &FlowRecord,
    end: &std::thread::Result<Result<(), BoxError>>,
    elapsed: std::time::Duration,
) -> ExitCode {
    let name = &flow.name;
    match end {
        Ok(Ok(())) => {
            tracing::info!("flow `{name}` completed in {elapsed:.1?}");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            tracing::error!("flow `{name}` failed: {}", advised(chain(&**error)));
            ExitCode::FAILURE
        }
        Err(payload) => {
            let text = advised(panic_text(&**payload));
            tracing::error!("flow `{name}` failed: {text}");
            ExitCode::FAILURE
        }
    }
}

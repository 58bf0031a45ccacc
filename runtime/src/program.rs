//! A flow crate as a program: it runs locally, describes itself, and is what a worker starts.

mod flags;
mod local;
mod logging;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Identity, Layer};

use crate::registry::Registry as Flows;

/// What `describe` prints: the part of the registry that a program holds.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    /// Cargo package of the program.
    pub package: &'a str,
    /// Its flows and deployments.
    #[serde(flatten)]
    pub registry: &'a Flows,
    /// Whether it was built for trying things out.
    pub debug_assertions: bool,
}

/// Variable in which a Prefect worker names the flow run that it starts.
const FLOW_RUN_ID: &str = "PREFECT__FLOW_RUN_ID";

/// Layer of `longshore::main!` that does nothing.
pub fn no_layer() -> Identity {
    Identity::new()
}

/// The body of `main` in a flow crate.
pub fn main(package: &str) -> ExitCode {
    main_with_layer(package, no_layer)
}

/// The body of `main` in a flow crate with a further layer for `tracing`; `longshore::main!` calls it.
pub fn main_with_layer<L>(package: &str, layer: impl FnOnce() -> L) -> ExitCode
where
    L: Layer<Registry> + Send + Sync + 'static,
{
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let registry = Flows::collect().of_package(package);
    if arguments.get(1).is_some_and(|word| word == "describe") {
        return describe(package, &registry);
    }
    let flow_run = std::env::var(FLOW_RUN_ID).ok();
    let logs = logging::start(flow_run.is_some(), layer());
    match flow_run {
        Some(flow_run) => crate::engine::run(&flow_run, &registry, logs),
        None => local::run(package, &registry, arguments),
    }
}

#[expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "the program's output, which is JSON"
)]
fn describe(package: &str, registry: &Flows) -> ExitCode {
    let description = Description {
        package,
        registry,
        debug_assertions: cfg!(debug_assertions),
    };
    match serde_json::to_string_pretty(&description) {
        Ok(text) => {
            // A reader that has gone away, such as `head`, is not an error.
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "error: cannot write the registry of `{package}` as JSON\n  caused by: {error}"
            );
            ExitCode::FAILURE
        }
    }
}

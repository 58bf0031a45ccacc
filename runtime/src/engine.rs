//! A flow run under a Prefect worker: read it, run its function as often as it takes, report the end.

mod api;
mod artifact;
mod attempt;
#[cfg(target_os = "linux")]
mod children;
mod container;
mod ending;
mod exit;
mod heartbeat;
mod life;
mod pause;
mod phase;
mod preparation;
mod recent_events;
mod reentry;
mod run_name;
mod secrets;
mod sigterm;
mod subflow;
mod task_reports;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use longshore_prefect::{Client, Patience, SetupError, StateType, Target, TargetError};
use longshore_spec::{TimeLimit, TimeLimitError};
use uuid::Uuid;

use crate::error::chain;
use crate::log::Queue;
use crate::panic::report_panics;
use crate::registry::Registry;
use crate::termination::{self, Cause};
pub(crate) use api::Api;
pub(crate) use pause::pause;
pub(crate) use run_name::run_name;
pub(crate) use subflow::run_subflow;

/// How long a flow that waits for `longshore::cancelled()` may go on once its run has to stop: workers and clusters kill
/// after thirty seconds.
const GRACE: TimeLimit = TimeLimit {
    variable: "LONGSHORE_GRACE",
    default: Duration::from_secs(20),
};

/// Why a flow run could not be run or reported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("`{0}` is no id of a flow run")]
    Id(String),
    #[error("cannot tell which Prefect server the run belongs to")]
    Target(#[source] TargetError),
    #[error("neither PREFECT_API_URL nor a profile names the Prefect server of the run")]
    NoTarget,
    #[error("cannot set up the connection to the Prefect server")]
    SetUp(#[source] SetupError),
    #[error("cannot tell how long to wait")]
    Limit(#[source] TimeLimitError),
    #[error("cannot {attempted}")]
    Call {
        attempted: &'static str,
        source: longshore_prefect::Error,
    },
    #[error("the server does not know the end of the flow run, {kind:?}{}", message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Unreported {
        kind: StateType,
        message: Option<String>,
        source: Box<EngineError>,
    },
    #[error("the server has no flow run {0}")]
    NoRun(Uuid),
    #[error("the flow run is left to what started this process")]
    Relinquished,
    #[error("cannot start a runtime")]
    Runtime(#[source] std::io::Error),
}

/// Runs the flow run that a worker started this program for; success once the server knows the end.
pub(crate) fn run(flow_run: &str, registry: &Registry, logs: Option<Arc<Queue>>) -> ExitCode {
    match try_run(flow_run, registry, logs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = chain(&error);
            container::write_termination_message(&text);
            tracing::error!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn warn_of_outage(error: &longshore_prefect::Error) {
    tracing::warn!("the Prefect server is away: {error}");
}

/// Ends the processes that the flow has left behind; only Linux can tell which these are.
async fn end_children() {
    #[cfg(target_os = "linux")]
    children::end().await;
}

fn try_run(
    flow_run: &str,
    registry: &Registry,
    logs: Option<Arc<Queue>>,
) -> Result<(), EngineError> {
    let id: Uuid = flow_run
        .parse()
        .map_err(|_| EngineError::Id(flow_run.to_owned()))?;
    let variable = |name: &str| std::env::var(name).ok();
    let target = Target::from_environment(&variable, std::env::home_dir().as_deref())
        .map_err(EngineError::Target)?
        .ok_or(EngineError::NoTarget)?;
    let options = target.client_options();
    // A flow may log what a proxy, or its own request to the server, says.
    for secret in options.secrets() {
        crate::mask::add(secret.expose());
    }
    let client = Client::new(options.clone()).map_err(EngineError::SetUp)?;
    let limit = |limit: TimeLimit| limit.read(&variable).map_err(EngineError::Limit);
    let patience = Patience::new(limit(TimeLimit::OUTAGE)?, warn_of_outage);
    let grace = limit(GRACE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(EngineError::Runtime)?;
    report_panics();
    #[cfg(target_os = "linux")]
    children::adopt();
    let end = runtime.block_on(async {
        let api = Arc::new(Api::new(client, id, patience, logs));
        let _guard = exit::Guard::new(options, Arc::clone(&api));
        let end = {
            let mut live = Box::pin(life::live(&api, registry));
            let cause = tokio::select! {
                end = &mut live => Err(end),
                () = termination::signal() => Ok(Cause::Signal),
                cause = watch::interruption(&api) => Ok(cause),
            };
            match cause {
                Ok(cause) => ending::end(&api, cause, grace, live).await,
                Err(end) => end,
            }
        };
        end_children().await;
        if end.is_ok() {
            // The server may have started again since they were sent.
            api.flush_task_reports().await;
        }
        api.end_logs(&end).await;
        end
    });
    // A function that runs on beyond its time limit must not keep the process.
    runtime.shutdown_background();
    end
}

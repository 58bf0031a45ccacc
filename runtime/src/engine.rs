//! A flow run under a Prefect worker: read it, run its function, report the end.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use longshore_prefect::{
    Client, FlowRun, SetStateAnswer, SetStateStatus, SetupError, State, StateType, Target,
    TargetError,
};
use tracing::Instrument;
use uuid::Uuid;

use crate::error::{BoxError, chain};
use crate::panic::{Panic, report_panics, take_panic};
use crate::parameter::Arguments;
use crate::record::FlowRecord;
use crate::registry::Registry;

/// Why a flow run could not be run or reported.
#[derive(Debug, thiserror::Error)]
enum EngineError {
    #[error("`{0}` is no id of a flow run")]
    Id(String),
    #[error("cannot tell which Prefect server the run belongs to")]
    Target(#[source] TargetError),
    #[error("neither PREFECT_API_URL nor a profile names the Prefect server of the run")]
    NoTarget,
    #[error("cannot set up the connection to the Prefect server")]
    SetUp(#[source] SetupError),
    #[error("cannot {attempted}")]
    Call {
        attempted: &'static str,
        source: longshore_prefect::Error,
    },
    #[error("the server has no flow run {0}")]
    NoRun(Uuid),
    #[error("cannot start a runtime")]
    Runtime(#[source] std::io::Error),
}

/// Runs the flow run that a worker started this program for; success once the server knows the end.
pub(crate) fn run(flow_run: &str, registry: &Registry) -> ExitCode {
    match try_run(flow_run, registry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn try_run(flow_run: &str, registry: &Registry) -> Result<(), EngineError> {
    let id: Uuid = flow_run
        .parse()
        .map_err(|_| EngineError::Id(flow_run.to_owned()))?;
    let variable = |name: &str| std::env::var(name).ok();
    let target = Target::from_environment(&variable, std::env::home_dir().as_deref())
        .map_err(EngineError::Target)?
        .ok_or(EngineError::NoTarget)?;
    let client = Client::new(target.client_options()).map_err(EngineError::SetUp)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(EngineError::Runtime)?;
    let engine = Engine { client, id };
    let Some((run, flow_name)) = runtime.block_on(engine.begin())? else {
        return Ok(());
    };
    let end = match registry
        .flows
        .iter()
        .find(|flow| flow.name.as_str() == flow_name)
    {
        Some(flow) => call(&runtime, flow, run),
        None => End::Failed(format!(
            "the flow `{flow_name}` is not in this program; deploy the flow again"
        )),
    };
    runtime.block_on(engine.finish(end))
}

/// How a call of the flow's function ended.
enum End {
    Completed,
    Failed(String),
}

fn call(runtime: &tokio::runtime::Runtime, flow: &FlowRecord, run: FlowRun) -> End {
    report_panics();
    let span = tracing::info_span!("flow", name = %flow.name, run = %run.name);
    let call = (flow.run)(Arguments::new(run.parameters)).instrument(span);
    let end = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(call)));
    end_of(end)
}

fn end_of(end: std::thread::Result<Result<(), BoxError>>) -> End {
    match end {
        Ok(Ok(())) => End::Completed,
        Ok(Err(error)) => End::Failed(chain(&*error)),
        Err(_) => End::Failed(match take_panic() {
            Some(Panic { text, place }) => format!("panicked at {place}: {text}"),
            None => "panicked".to_owned(),
        }),
    }
}

/// The reports about one flow run.
struct Engine {
    client: Client,
    id: Uuid,
}

impl Engine {
    /// The run and its flow's name, once the server has accepted that it runs here; `None` if it does not.
    async fn begin(&self) -> Result<Option<(FlowRun, String)>, EngineError> {
        let call = |attempted| move |source| EngineError::Call { attempted, source };
        let run = self
            .client
            .flow_run(self.id)
            .await
            .map_err(call("read the flow run"))?;
        let run = run.ok_or(EngineError::NoRun(self.id))?;
        let flow = self
            .client
            .flow(run.flow_id)
            .await
            .map_err(call("read its flow"))?;
        let name = flow.map(|flow| flow.name).unwrap_or_default();
        // A server accepts Running for runs that have ended or that another process runs; only we can refuse.
        let state = run.state.as_ref().map(|state| state.kind);
        if !matches!(
            state,
            None | Some(StateType::Scheduled | StateType::Pending)
        ) {
            tracing::info!("the flow run is {state:?}: it is not run again");
            return Ok(None);
        }
        let answer = self.propose(State::new(StateType::Running)).await?;
        if answer.status != SetStateStatus::Accept {
            let reason = answer
                .details
                .reason
                .unwrap_or_else(|| "no reason given".to_owned());
            tracing::info!("the server does not let the flow run start: {reason}");
            return Ok(None);
        }
        Ok(Some((run, name)))
    }

    async fn finish(&self, end: End) -> Result<(), EngineError> {
        let state = match end {
            End::Completed => State::new(StateType::Completed),
            End::Failed(message) => {
                tracing::error!("flow run failed: {message}");
                State {
                    message: Some(message),
                    ..State::new(StateType::Failed)
                }
            }
        };
        let answer = self.propose(state).await?;
        if answer.status != SetStateStatus::Accept {
            let state = answer.state.map(|state| state.kind);
            tracing::warn!("the server keeps the flow run in another state: {state:?}");
        }
        Ok(())
    }

    /// Proposes a state until the server neither asks to wait nor loses the answer.
    async fn propose(&self, state: State) -> Result<SetStateAnswer, EngineError> {
        loop {
            let transition = Uuid::new_v4();
            let answer = self
                .client
                .set_flow_run_state(self.id, state.clone(), transition)
                .await;
            let mut answer = answer.map_err(|source| EngineError::Call {
                attempted: "report the state of the flow run",
                source,
            })?;
            if answer.is_repetition(transition) {
                answer.status = SetStateStatus::Accept;
            }
            if answer.status != SetStateStatus::Wait {
                return Ok(answer);
            }
            let seconds = answer.details.delay_seconds.unwrap_or(1.0).clamp(0.1, 60.0);
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }
}

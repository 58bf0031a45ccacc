//! Which artifact a flow run is to run, asked of Prefect.

use std::path::PathBuf;

use longshore_prefect::{Client, Error, FlowRun, Patience, State, StateType, Target};
use longshore_spec::TimeLimit;
use longshore_storage::{AllowedStores, ArtifactLocation, NamedArtifact};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::environment::Environment;
use crate::error::RunError;
use crate::say;

const FLOW_RUN_ID: &str = "PREFECT__FLOW_RUN_ID";
const COMMAND: &str = "command";

/// A flow run that this process was started for.
pub(crate) struct Assignment {
    client: Client,
    patience: Patience,
    id: Uuid,
}

/// What a run executes, as its deployment says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) artifact: ArtifactLocation,
    pub(crate) environment: Environment,
}

impl Assignment {
    pub(crate) fn from_environment(
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, RunError> {
        let id = env(FLOW_RUN_ID).filter(|id| !id.trim().is_empty());
        let id = id.ok_or(RunError::NoRun)?;
        let id = id.trim().parse().map_err(RunError::RunId)?;
        let home = env("HOME").map(PathBuf::from);
        let target = Target::from_environment(env, home.as_deref())
            .map_err(RunError::Target)?
            .ok_or(RunError::NoTarget)?;
        let client = Client::new(target.client_options()).map_err(RunError::Client)?;
        let outage = TimeLimit::OUTAGE.read(env).map_err(RunError::Limit)?;
        Ok(Self {
            client,
            patience: Patience::new(outage, report_outage),
            id,
        })
    }

    /// The artifact of the run's deployment; a run may name another version of that program, and nothing else.
    ///
    /// # Errors
    /// The server cannot be asked, the run has no deployment of ours, the artifact is in none of the `allowed` stores, or
    /// the run chooses what only its deployment may.
    pub(crate) async fn program(&self, allowed: &AllowedStores) -> Result<Program, RunError> {
        let id = self.id;
        let read = |source| RunError::Read { id, source };
        let run = self.ask(|| self.client.flow_run(id)).await.map_err(read)?;
        let run = run.ok_or(RunError::NoSuchRun(id))?;
        let deployment = match run.deployment_id {
            Some(deployment) => {
                let asked = self.ask(|| self.client.deployment(deployment));
                asked.await.map_err(read)?
            }
            None => None,
        };
        let deployment = deployment.ok_or(RunError::NoDeployment(id))?;
        program(&deployment.job_variables, &run.job_variables, allowed)
    }

    /// Sends a request with the engine's retries, so that an outage has the same effect before and after the start.
    async fn ask<T, F: Future<Output = Result<T, Error>>>(
        &self,
        question: impl FnMut() -> F,
    ) -> Result<T, Error> {
        // A read has no content that the database could reject.
        self.patience.call(question, async || false).await
    }

    /// Says on the server why the run has ended; one that has ended or is being cancelled keeps its state.
    pub(crate) async fn crash(&self, reason: &str) -> Result<(), Error> {
        let run = self.ask(|| self.client.flow_run(self.id)).await?;
        if run.is_none_or(|run: FlowRun| is_over(run.state.as_ref())) {
            return Ok(());
        }
        let mut state = State::new(StateType::Crashed);
        state.message = Some(format!("longshore-run: {reason}"));
        let key = Uuid::new_v4();
        self.ask(|| self.client.set_flow_run_state(self.id, state.clone(), key))
            .await
            .map(drop)
    }
}

fn report_outage(error: &Error) {
    say(&format!("the Prefect server is away: {error}"));
}

fn is_over(state: Option<&State>) -> bool {
    state.is_some_and(|state| state.kind.is_terminal() || state.kind == StateType::Cancelling)
}

fn program(
    deployment: &Map<String, Value>,
    run: &Map<String, Value>,
    allowed: &AllowedStores,
) -> Result<Program, RunError> {
    if let Some(command) = run.get(COMMAND)
        && deployment.get(COMMAND) != Some(command)
    {
        return Err(RunError::CommandOfRun);
    }
    let environment = Environment::of(deployment, run)?;
    Ok(Program {
        artifact: allowed.choose(
            NamedArtifact::read(|name| text(deployment, name)),
            NamedArtifact::read(|name| text(run, name)),
        )?,
        environment,
    })
}

fn text<'a>(variables: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let value = variables.get(name)?.as_str()?.trim();
    (!value.is_empty()).then_some(value)
}

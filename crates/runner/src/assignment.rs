//! Which artifact a flow run is to run, asked of Prefect.

use std::path::PathBuf;

use longshore_prefect::{Client, FlowRun, State, StateType, Target};
use longshore_storage::Digest;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::RunError;

const FLOW_RUN_ID: &str = "PREFECT__FLOW_RUN_ID";
const ARTIFACT: &str = "artifact";
const SHA256: &str = "sha256";

/// A flow run that this process was started for.
pub(crate) struct Assignment {
    client: Client,
    id: Uuid,
}

/// A program and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// A path, or the URL of a blob.
    pub(crate) location: String,
    pub(crate) digest: Digest,
}

impl Artifact {
    /// The program's own name, by which people know its process.
    pub(crate) fn name(&self) -> &str {
        match self.location.rsplit('/').next() {
            None | Some("" | "." | "..") => "program",
            Some(name) => name,
        }
    }
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
        Ok(Self { client, id })
    }

    /// The job variables of the deployment, and over them those of the run.
    pub(crate) async fn artifact(&self) -> Result<Artifact, RunError> {
        let id = self.id;
        let read = |source| RunError::Read { id, source };
        let run = self.client.flow_run(id).await.map_err(read)?;
        let run = run.ok_or(RunError::NoSuchRun(id))?;
        let own = |name: &'static str| text(&run.job_variables, name);
        if let (Some(location), Some(digest)) = (own(ARTIFACT), own(SHA256)) {
            return artifact(location, &digest);
        }
        let deployment = match run.deployment_id {
            Some(deployment) => self.client.deployment(deployment).await.map_err(read)?,
            None => None,
        };
        let deployment = deployment.ok_or(RunError::NoDeployment(id))?;
        let value = |name: &'static str| {
            own(name)
                .or_else(|| text(&deployment.job_variables, name))
                .ok_or(RunError::NoVariable(name))
        };
        artifact(value(ARTIFACT)?, &value(SHA256)?)
    }

    /// Says on the server why the run has ended; one that has ended or is being cancelled keeps its state.
    pub(crate) async fn crash(&self, reason: &str) -> Result<(), longshore_prefect::Error> {
        let run = self.client.flow_run(self.id).await?;
        if run.is_none_or(|run: FlowRun| is_over(run.state.as_ref())) {
            return Ok(());
        }
        let mut state = State::new(StateType::Crashed);
        state.message = Some(format!("longshore-run: {reason}"));
        self.client
            .set_flow_run_state(self.id, state, Uuid::new_v4())
            .await
            .map(drop)
    }
}

fn is_over(state: Option<&State>) -> bool {
    state.is_some_and(|state| state.kind.is_terminal() || state.kind == StateType::Cancelling)
}

fn artifact(location: String, digest: &str) -> Result<Artifact, RunError> {
    let digest = digest.trim().parse().map_err(RunError::Digest)?;
    Ok(Artifact { location, digest })
}

fn text(variables: &Map<String, Value>, name: &str) -> Option<String> {
    let value = variables.get(name)?.as_str()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

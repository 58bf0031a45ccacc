//! What an engine asks of the run that it runs.

use serde_json::json;
use uuid::Uuid;

use super::{FlowRunUpdate, SetStateAnswer, State};
use crate::request::Request;
use crate::{Client, Error};

impl Client {
    /// Changes what is named of a flow run (`PATCH /flow_runs/{id}`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such run.
    pub async fn update_flow_run(&self, id: Uuid, update: &FlowRunUpdate) -> Result<(), Error> {
        let attempted = format!("update flow run {id}");
        self.act(Request::patch(&["flow_runs", &id.to_string()], attempted).json(update))
            .await
    }

    /// Proposes a state as [`Client::set_flow_run_state`] does, but does not repeat a proposal whose answer was lost.
    ///
    /// A repeated Failed would end a run for which the first one has begun a further attempt, since a server knows
    /// the transition's id only while the run is in the state that was proposed. Read the run before another try.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, there is no such run, or the answer was lost.
    pub async fn propose_flow_run_state(
        &self,
        id: Uuid,
        state: &State,
        transition_id: Uuid,
    ) -> Result<SetStateAnswer, Error> {
        let attempted = format!("set the state of flow run {id} to {:?}", state.kind);
        let mut state = state.clone();
        state.state_details.transition_id = Some(transition_id);
        let request = Request::post(&["flow_runs", &id.to_string(), "set_state"], attempted);
        self.fetch(
            request
                .json(&json!({ "state": state, "force": false }))
                .not_repeatable(),
        )
        .await
    }

    /// Puts a flow run into a state whatever the server's rules say (`POST /flow_runs/{id}/set_state`, forced).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such run.
    pub async fn force_flow_run_state(
        &self,
        id: Uuid,
        state: &State,
    ) -> Result<SetStateAnswer, Error> {
        let attempted = format!("force flow run {id} into {:?}", state.kind);
        let request = Request::post(&["flow_runs", &id.to_string(), "set_state"], attempted);
        self.fetch(request.json(&json!({ "state": state, "force": true })))
            .await
    }

    /// Lets a paused flow run go on (`POST /flow_runs/{id}/resume`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such run. That the run is not paused is told by the
    /// answer.
    pub async fn resume_flow_run(&self, id: Uuid) -> Result<SetStateAnswer, Error> {
        let attempted = format!("resume flow run {id}");
        let request = Request::post(&["flow_runs", &id.to_string(), "resume"], attempted);
        self.fetch(request.json(&json!({}))).await
    }

    /// The states that a flow run has been in, oldest first (`GET /flow_run_states/`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flow_run_states(&self, id: Uuid) -> Result<Vec<State>, Error> {
        let attempted = format!("read the states of flow run {id}");
        self.fetch(
            Request::get(&["flow_run_states", ""], attempted).query("flow_run_id", &id.to_string()),
        )
        .await
    }
}

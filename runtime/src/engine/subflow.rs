//! A subflow: a run of its own, whose parent is a task run of the run that calls it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use longshore_prefect::{ChildRunWrite, FlowRun, State, StateType, TaskRunWrite};
use serde_json::Map;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::api::Api;
use super::attempt::Outcome;
use super::preparation::{policy, preparation};
use super::run_name::run_name;
use super::{EngineError, ending, life};
use crate::context::{Scope, within};
use crate::end::{End, Output};
use crate::error::{FlowTimedOut, chain};
use crate::parameter::ArgumentReader;
use crate::record::FlowRecord;
use crate::run::{Attempt, Run, Server};
use crate::subflow::{SubflowCall, one};

/// Runs a subflow to its end, with its retries and its time limit, and gives what its last attempt gave.
///
/// What the server does not take is run as part of the caller.
pub(crate) async fn run_subflow<T, F: Future<Output = T>>(
    of_parent: &Arc<Api>,
    parent: Arc<Attempt>,
    call: SubflowCall,
    output: Output<T, FlowTimedOut>,
    mut attempt: impl FnMut(Option<&mut ArgumentReader>) -> Option<F>,
) -> T {
    let Some(mut next) = attempt(None) else {
        return std::future::pending().await;
    };
    let name = call.record.name.as_str();
    let mut child = match Child::begin(of_parent, parent, call).await {
        Ok(Some(child)) => child,
        Ok(None) => panic!("the subflow `{name}` was stopped before it began"),
        Err(error) => {
            tracing::warn!(
                "the subflow `{name}` runs as a part of its caller: {}",
                chain(&error)
            );
            return next.await;
        }
    };
    loop {
        let end = child.attempt(next, &output).await;
        let failure = end.failure(&output);
        let scope = child.scope.clone();
        match within(scope, child.next(failure)).await {
            Some(mut arguments) => match attempt(Some(&mut arguments)) {
                Some(further) => next = further,
                None => {
                    child.give_up(end.failure(&output)).await;
                    return end.into_value(&output);
                }
            },
            None => return end.into_value(&output),
        }
    }
}

/// A subflow that runs; one that is dropped before its end is told to be cancelled.
struct Child {
    record: &'static FlowRecord,
    parent: Arc<Attempt>,
    api: Arc<Api>,
    run: FlowRun,
    /// Where its log records belong.
    scope: Scope,
    runtime: Handle,
}

impl Child {
    /// Makes the run and begins it; `None` if somebody has cancelled it meanwhile.
    async fn begin(
        of_parent: &Arc<Api>,
        parent: Arc<Attempt>,
        call: SubflowCall,
    ) -> Result<Option<Self>, EngineError> {
        let SubflowCall {
            record, parameters, ..
        } = call;
        let (number, task_run) = parent.next_run(record.name.as_str());
        let task_run = TaskRunWrite {
            id: task_run,
            flow_run_id: parent.run().id(),
            task_key: record.name.to_string(),
            dynamic_key: number.to_string(),
            name: format!("{}-{number}", record.name),
            task_inputs: Map::new(),
            tags: Vec::new(),
        };
        let run = ChildRunWrite {
            flow_id: of_parent.flow_id(record.name.as_str()).await?,
            parent_task_run_id: task_run.id,
            // A further attempt of the parent makes a run of its own.
            idempotency_key: format!("{}-{}", task_run.id, parent.run().attempt()),
            name: run_name(record, &parameters),
            flow_version: parent.run().version().map(str::to_owned),
            empirical_policy: policy(record.retries, record.retry_delay, 0, &Map::new())
                .unwrap_or_default(),
            parameters,
            state: State::new(StateType::Pending),
        };
        let made = of_parent.create_subflow(&task_run, &run).await?;
        let api = Arc::new(of_parent.of_subflow(made.id));
        api.opened_subflow(made.id);
        parent.opened();
        let mut child = Self {
            record,
            parent,
            api,
            run: made,
            scope: Scope::default(),
            runtime: Handle::current(),
        };
        let Some(run) = life::begin(&child.api, &child.run).await? else {
            child.api.closed_subflow(child.run.id);
            return Ok(None);
        };
        child.run = run;
        Ok(Some(child))
    }

    /// Makes one attempt, which the tasks and the log records in it belong to.
    async fn attempt<T>(
        &mut self,
        call: impl Future<Output = T>,
        output: &Output<T, FlowTimedOut>,
    ) -> End<T, FlowTimedOut> {
        let name = self.record.name.as_str();
        let run = Run::new(self.run.clone(), name, None);
        let attempt = Attempt::of_subflow(run, Server::Prefect(Arc::clone(&self.api)));
        self.scope = Scope {
            attempt: Some(Arc::clone(&attempt)),
            ..Scope::default()
        };
        let end = one(self.record, attempt, call, output).await;
        self.api.flush_task_reports().await;
        end
    }

    /// Reports the end of an attempt; the arguments of a further one, once it has begun.
    async fn next(&mut self, failure: Option<(&'static str, String)>) -> Option<ArgumentReader> {
        let due = match life::report(&self.api, &self.state(failure)).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!("the server lacks the end of a subflow: {}", chain(&error));
                None
            }
        };
        let begun = match due {
            Some(due) => self.begin_again(due).await,
            None => Ok(None),
        };
        match begun {
            Ok(Some(run)) => {
                self.run = run;
                let parameters = self.run.parameters.clone();
                return Some(ArgumentReader::again(self.record.parameters, parameters));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!("the subflow has no further attempt: {}", chain(&error));
            }
        }
        self.api.closed_subflow(self.run.id);
        None
    }

    async fn begin_again(&self, due: DateTime<Utc>) -> Result<Option<FlowRun>, EngineError> {
        tracing::info!("the next attempt of the subflow starts at {due}");
        if let Ok(left) = (due - Utc::now()).to_std() {
            tokio::time::sleep(left).await;
        }
        let run = self.api.read().await?;
        if run
            .state
            .as_ref()
            .is_some_and(|state| state.kind.is_terminal())
        {
            return Ok(None);
        }
        if let Some(update) = preparation(self.record, &run, None) {
            self.api.update(&update).await?;
        }
        life::begin(&self.api, &run).await
    }

    /// Ends a run whose arguments cannot be read again.
    async fn give_up(&self, failure: Option<(&'static str, String)>) {
        tracing::warn!("the subflow has no further attempt: its arguments cannot be read again");
        self.api.closed_subflow(self.run.id);
        if let Err(error) = self.api.restore(&self.state(failure)).await {
            tracing::warn!("the server lacks the end of a subflow: {}", chain(&error));
        }
    }

    fn state(&self, failure: Option<(&'static str, String)>) -> State {
        let limit = self.record.timeout.map(|limit| limit.as_duration());
        life::state_of(&match (failure, limit) {
            (None, _) => Outcome::Completed,
            (Some(("TimedOut", _)), Some(limit)) => Outcome::TimedOut(limit),
            (Some((_, message)), _) => Outcome::Failed(message),
        })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.api.closed_subflow(self.run.id) {
            let api = Arc::clone(&self.api);
            let ending = self.runtime.spawn(async move {
                let told = api.propose(&ending::abandoned(), Uuid::new_v4()).await;
                if let Err(error) = told {
                    tracing::warn!("the server lacks the end of a subflow: {}", chain(&error));
                }
            });
            self.parent.keep_ending(ending);
        }
        self.parent.closed();
    }
}

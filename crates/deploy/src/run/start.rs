//! `run`: starts one run of a deployment that is on the server.

mod error;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use longshore::record::DeploymentRecord;
use longshore_prefect::{Deployment, FlowRun, FlowRunWrite, State, StateType};
use longshore_spec::Explain;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::named::{declared, stored};
use super::session::Session;
use super::watch::{Watch, describe};
use super::{Flows, in_environment, signals};
use crate::command_line::{Output, RunArguments};
use crate::desired::DeploymentKey;
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::report::{print_json, print_record, print_records, tell};
use error::RunError;

/// How often a run that is watched is asked for.
const PACE: Duration = Duration::from_secs(1);

/// Starts a run, and watches it if that is asked for.
///
/// # Errors
/// The run cannot be started, or the server can no longer be asked about it.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &RunArguments,
    output: Output,
) -> Result<Exit, Failure> {
    // The name of the run, once there is one: an interruption ends the watching, not the run.
    let started = OnceCell::new();
    tokio::select! {
        biased;
        exit = signals::received() => {
            tell(&match started.get() {
                Some(name) => format!("stopped watching; the run `{name}` goes on"),
                None => "interrupted before the server has confirmed a run".to_owned(),
            });
            Ok(exit)
        }
        ended = start(flows, arguments, output, &started) => ended,
    }
}

async fn start(
    flows: &Flows<'_>,
    arguments: &RunArguments,
    output: Output,
    started: &OnceCell<String>,
) -> Result<Exit, Failure> {
    let record = declared(flows, &arguments.deployment)?;
    let parameters = parameters(record, &arguments.parameters)?;
    let due = arguments.at.map(|at| at.moment(Utc::now()));
    if let Some(at) = due.filter(|due| *due < Utc::now()) {
        return Err(RunError::Past { at }.into());
    }
    let session = Session::open(flows.root, flows.config).await?;
    let ended = async {
        if arguments.watch && !session.connection.starts_runs {
            return Err(RunError::NothingToWatch.into());
        }
        let deployment = stored(flows, &session, record).await?;
        check_complete(record, &parameters, &deployment)?;
        let client = &session.connection.client;
        let write = write(parameters, due);
        let made = client.create_flow_run(deployment.id, &write).await;
        let made = made.map_err(RunError::Create)?;
        let key = DeploymentKey::of(record, flows.config);
        let mut shown = Shown {
            flows,
            session: &session,
            key,
            run: made,
            url: None,
        };
        let capabilities = client.capabilities().await.map_err(ReadServerError::from)?;
        shown.url = session.target.ui_url(shown.run.id, capabilities);
        shown
            .watch_and_print(arguments.watch, output, started)
            .await
    };
    let ended = ended.await;
    session.connection.close().await;
    ended
}

/// The values that the command line gives, each judged by the flow's own types.
fn parameters(
    record: &DeploymentRecord,
    given: &[(String, String)],
) -> Result<Map<String, Value>, Failure> {
    let mut problems: Vec<Box<dyn Explain + Send + Sync>> = Vec::new();
    let mut texts = BTreeMap::new();
    let mut values = Map::new();
    for (name, text) in given {
        if texts.insert(name, text).is_some() {
            problems.push(Box::new(RunError::Twice { name: name.clone() }));
        }
        match record.flow.parameter_value(name, text) {
            Ok(value) => _ = values.insert(name.clone(), value),
            Err(problem) => problems.push(Box::new(problem)),
        }
    }
    Failure::unless_none(problems)?;
    Ok(values)
}

/// Whether every parameter without a default has a value.
fn check_complete(
    record: &DeploymentRecord,
    given: &Map<String, Value>,
    deployment: &Deployment,
) -> Result<(), Failure> {
    let required = record.flow.parameters.iter();
    let missing = required.filter(|parameter| {
        let name = parameter.name;
        parameter.required && !given.contains_key(name) && !deployment.parameters.contains_key(name)
    });
    let missing = missing.map(|parameter| RunError::Missing {
        name: parameter.name,
    });
    Failure::unless_empty(missing.collect())
}

fn write(parameters: Map<String, Value>, due: Option<DateTime<Utc>>) -> FlowRunWrite {
    FlowRunWrite {
        parameters,
        state: due.map(State::scheduled),
        // One per call: the client repeats it where an answer got lost.
        ..FlowRunWrite::new(format!("longshore-{}", Uuid::new_v4()))
    }
}

/// A run that was started.
struct Shown<'a> {
    flows: &'a Flows<'a>,
    session: &'a Session,
    key: DeploymentKey,
    run: FlowRun,
    url: Option<String>,
}

impl Shown<'_> {
    async fn watch_and_print(
        mut self,
        watch: bool,
        output: Output,
        started: &OnceCell<String>,
    ) -> Result<Exit, Failure> {
        let _ = started.set(self.run.name.clone());
        if output == Output::Text {
            print_records(&self.lines());
        } else {
            tell(&format!(
                "run `{}` was created ({})",
                self.run.name, self.run.id
            ));
        }
        if !self.session.connection.starts_runs {
            tell(
                "notice: the embedded server only keeps the run; `deploy serve` starts it once it is due. Or name a \
                 Prefect server with a worker to have it run there",
            );
        }
        let mut exit = Exit::Done;
        if watch {
            exit = self.watch(output).await?;
        }
        if output == Output::Json {
            print_json(&in_environment(self.json(), self.flows.config));
        }
        Ok(exit)
    }

    async fn watch(&mut self, output: Output) -> Result<Exit, Failure> {
        let mut say = |line: &str| match output {
            Output::Text => print_record(line),
            // Its stdout is one document.
            Output::Json => tell(line),
        };
        let client = &self.session.connection.client;
        let name = self.run.name.clone();
        let watch = Watch::new(client, self.run.id, PACE);
        let watch = watch.served(self.session.target.is_embedded());
        let watched = watch.follow(&mut say).await;
        let ended = watched.map_err(|source| RunError::Watch {
            run: name.clone(),
            source,
        })?;
        let Some(ended) = ended else {
            return Err(RunError::Deleted { run: name }.into());
        };
        self.run = ended;
        let state = self.run.state.as_ref();
        let completed = state.is_some_and(|state| state.kind == StateType::Completed);
        Ok(if completed { Exit::Done } else { Exit::Failed })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("run `{}` of {}", self.run.name, self.key),
            format!("  id     {}", self.run.id),
        ];
        let due = self.run.expected_start_time;
        lines.extend(due.map(|due| format!("  due    {}", due.format("%a %e %b %Y %H:%M:%S UTC"))));
        let state = self.run.state.as_ref();
        lines.extend(state.map(|state| format!("  state  {}", describe(state))));
        lines.extend(self.url.as_ref().map(|url| format!("  at     {url}")));
        lines
    }

    fn json(&self) -> Value {
        let run = &self.run;
        json!({
            "target": self.session.target.to_string(),
            "run": {
                "id": run.id,
                "name": run.name,
                "flow": self.key.flow,
                "deployment": self.key.deployment,
                "parameters": run.parameters,
                "expected_start_time": run.expected_start_time,
                "start_time": run.start_time,
                "end_time": run.end_time,
                "state": run.state.as_ref().map(|state| json!({
                    "type": state.kind,
                    "name": state.name,
                    "message": state.message,
                })),
                "url": self.url,
            },
        })
    }
}

//! `runs`: the runs of this workspace's deployments, and which deployment a run belongs to.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use longshore_prefect::{Client, Error, FlowRun, FlowRunFilter, FlowRunOrder, StateType};
use longshore_spec::{Explain, suggest};
use serde_json::{Value, json};
use uuid::Uuid;

use super::session::Session;
use super::{Flows, in_environment};
use crate::command_line::{Output, RunsArguments};
use crate::desired::DeploymentKey;
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::report::{print, print_json, runs as report_runs, tell};

/// All states but that of runs that wait.
const BEGUN: [StateType; 8] = [
    StateType::Pending,
    StateType::Running,
    StateType::Completed,
    StateType::Failed,
    StateType::Cancelled,
    StateType::Crashed,
    StateType::Paused,
    StateType::Cancelling,
];

/// A run with the names that it goes by.
#[derive(Debug)]
pub(crate) struct ListedRun {
    pub(crate) run: FlowRun,
    /// Its flow, unless that was deleted.
    pub(crate) flow: Option<String>,
    /// Its deployment, unless it has none or that was deleted.
    pub(crate) deployment: Option<String>,
}

/// The runs cannot be listed.
#[derive(Debug, thiserror::Error)]
enum RunsError {
    #[error("the server has no deployment `{name}` of this workspace and environment")]
    NoDeployment {
        name: String,
        /// As declared.
        known: Vec<String>,
    },
}

impl Explain for RunsError {
    fn help(&self) -> Option<String> {
        let Self::NoDeployment { name, known } = self;
        Some(if known.contains(name) {
            "it is declared; run `deploy` to put it there".to_owned()
        } else {
            match suggest::nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("write `{nearest}`"),
                None => "write `flow/deployment`; `deploy list` shows what there is".to_owned(),
            }
        })
    }
}

/// Lists runs.
///
/// # Errors
/// There is no such deployment, or the server cannot be reached.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &RunsArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let session = Session::open(flows.root, flows.config).await?;
    let listed = list(flows, &session.connection.client, arguments).await;
    let target = session.target.to_string();
    session.connection.close().await;
    let listed = listed?;
    match output {
        Output::Text => {
            print(&report_runs::text(&listed, Utc::now()));
            tell(&count(listed.len(), arguments));
        }
        Output::Json => {
            let runs: Vec<Value> = listed.iter().map(report_runs::json).collect();
            let value = json!({ "target": target, "runs": runs });
            print_json(&in_environment(value, flows.config));
        }
    }
    Ok(Exit::Done)
}

fn count(length: usize, arguments: &RunsArguments) -> String {
    let mut text = match length {
        0 => "no runs".to_owned(),
        1 => "1 run".to_owned(),
        length => format!("{length} runs"),
    };
    if length == usize::from(arguments.limit) {
        text += ", there may be more (`--limit`)";
    }
    if arguments.states.is_empty() {
        text += "; those that are not due yet are not among them (`--state scheduled`)";
    }
    text
}

async fn list(
    flows: &Flows<'_>,
    client: &Client,
    arguments: &RunsArguments,
) -> Result<Vec<ListedRun>, Failure> {
    let deployment = match &arguments.deployment {
        Some(name) => Some(deployment(flows, client, name).await?),
        None => None,
    };
    let all = FlowRunFilter {
        // Those of one deployment are shown whoever made it first.
        tags_all: match deployment {
            Some(_) => Vec::new(),
            None => vec![flows.config.owner_tag()],
        },
        deployment,
        states: arguments.states.clone(),
        ..FlowRunFilter::default()
    };
    let limit = arguments.limit.into();
    let runs = if all.states.is_empty() {
        begun_or_due(client, all, limit, Utc::now()).await
    } else if all.states == [StateType::Scheduled] {
        let next_first = FlowRunOrder::EarliestFirst;
        client.flow_runs(&all, next_first, limit).await
    } else {
        let latest_first = FlowRunOrder::LatestFirst;
        client.flow_runs(&all, latest_first, limit).await
    };
    let runs = runs.map_err(ReadServerError::from)?;
    Ok(named(client, runs).await.map_err(ReadServerError::from)?)
}

/// All runs but those that wait for a time to come, the latest first; that time is told by this machine's clock, and what
/// has begun has begun.
async fn begun_or_due(
    client: &Client,
    all: FlowRunFilter,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<FlowRun>, Error> {
    let begun = FlowRunFilter {
        states: BEGUN.to_vec(),
        ..all.clone()
    };
    let due = FlowRunFilter {
        states: vec![StateType::Scheduled],
        due_until: Some(now),
        ..all
    };
    let latest_first = FlowRunOrder::LatestFirst;
    let mut runs = client.flow_runs(&begun, latest_first, limit).await?;
    runs.extend(client.flow_runs(&due, latest_first, limit).await?);
    runs.sort_by_key(|run| std::cmp::Reverse(run.expected_start_time));
    runs.truncate(limit);
    Ok(runs)
}

/// The deployment that a name means: as declared, else as it is on the server.
async fn deployment(flows: &Flows<'_>, client: &Client, name: &str) -> Result<Uuid, Failure> {
    let declared = &flows.registry.deployments;
    let known: Vec<String> = declared
        .iter()
        .map(|record| format!("{}/{}", record.flow.name, record.name))
        .collect();
    let as_declared = known.iter().position(|known| known == name);
    let key = match as_declared {
        Some(index) => Some(DeploymentKey::of(declared[index], flows.config)),
        None => name
            .split_once('/')
            .map(|(flow, deployment)| DeploymentKey {
                flow: flow.to_owned(),
                deployment: deployment.to_owned(),
            }),
    };
    let found = match &key {
        Some(key) => client.deployment_by_name(&key.flow, &key.deployment).await,
        None => Ok(None),
    };
    let found = found.map_err(ReadServerError::from)?;
    let tag = flows.config.owner_tag();
    match found.filter(|found| found.tags.contains(&tag)) {
        Some(found) => Ok(found.id),
        None => Err(RunsError::NoDeployment {
            name: name.to_owned(),
            known,
        }
        .into()),
    }
}

/// Asks for the names of the runs' flows and deployments.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(crate) async fn named(client: &Client, runs: Vec<FlowRun>) -> Result<Vec<ListedRun>, Error> {
    let deployments: BTreeSet<Uuid> = runs.iter().filter_map(|run| run.deployment_id).collect();
    let flows: BTreeSet<Uuid> = runs.iter().map(|run| run.flow_id).collect();
    let deployments: Vec<Uuid> = deployments.into_iter().collect();
    let flows: Vec<Uuid> = flows.into_iter().collect();
    let deployments = client.deployments_by_id(&deployments).await?.into_iter();
    let deployments: HashMap<Uuid, String> = deployments
        .map(|deployment| (deployment.id, deployment.name))
        .collect();
    let flows = client.flows_by_id(&flows).await?.into_iter();
    let flows: HashMap<Uuid, String> = flows.map(|flow| (flow.id, flow.name)).collect();
    let listed = runs.into_iter().map(|run| ListedRun {
        flow: flows.get(&run.flow_id).cloned(),
        deployment: run
            .deployment_id
            .and_then(|id| deployments.get(&id).cloned()),
        run,
    });
    Ok(listed.collect())
}

impl ListedRun {
    /// `flow/deployment`, as far as it is known.
    pub(crate) fn of(&self) -> String {
        match (&self.flow, &self.deployment) {
            (Some(flow), Some(deployment)) => format!("{flow}/{deployment}"),
            (Some(flow), None) => flow.clone(),
            (None, _) => "-".to_owned(),
        }
    }
}

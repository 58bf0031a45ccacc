//! What a scheduler in the same process asks of the database and tells it; when schedules fire is its own matter.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use tokio::sync::watch;
use uuid::Uuid;

use crate::api::deployments::{delete_run, is_unstarted_auto_run};
use crate::api::flow_runs::{fire_of_key, insert_scheduled, schedule_key};
use crate::error::ApiError;
use crate::model::{Deployment, Flow, FlowRun, RUN_KEYS, Schedule, UNFINISHED_RUNS, WAITING};
use crate::server::Server;
use crate::store::{Changes, Reading as _, ReadingRecords, Store, WriteTx, decided_until};

/// What there is to be scheduled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scheduling {
    /// The deployments that are not paused and have a schedule that is active.
    pub deployments: Vec<ScheduledDeployment>,
    /// Until when fire times were decided on; `None` if none ever was.
    pub decided_until: Option<DateTime<Utc>>,
}

/// A deployment of which runs are made by schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledDeployment {
    /// Its identity.
    pub id: Uuid,
    /// Name of its flow.
    pub flow: String,
    /// Its own name.
    pub name: String,
    /// Values for the job template, among which is the artifact.
    pub job_variables: Map<String, Value>,
    /// Its schedules that are active.
    pub schedules: Vec<ActiveSchedule>,
}

/// A schedule that makes runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveSchedule {
    /// Its identity.
    pub id: Uuid,
    /// When it fires, in the form of Prefect's JSON.
    pub schedule: Value,
    /// From when on it fires: its last change, or the end of the deployment's pause.
    pub since: DateTime<Utc>,
}

/// A fire time of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fire {
    /// The deployment.
    pub deployment: Uuid,
    /// One of its schedules.
    pub schedule: Uuid,
    /// The moment.
    pub at: DateTime<Utc>,
}

/// What becomes of a fire time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FireDecision {
    /// There is to be a run, made now unless it was before.
    Run(Fire),
    /// It makes no run; one that was made before and has not begun is deleted.
    Skip(Fire),
}

/// Failure of the database while runs were scheduled.
#[derive(Debug, thiserror::Error)]
#[error("the embedded server's database failed while {attempted}")]
pub struct SchedulingError {
    attempted: &'static str,
    source: Reason,
}

/// Message of the database, with the name of its file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(String);

impl SchedulingError {
    fn of(attempted: &'static str, error: ApiError) -> Self {
        let source = match error {
            ApiError::Database(message) => Reason(message),
            error => Reason(format!("{error:?}")),
        };
        Self { attempted, source }
    }
}

impl Server {
    /// Tells of changes once they are stored.
    pub fn changes(&self) -> watch::Receiver<Changes> {
        match self.store() {
            Some(store) => store.changes(),
            None => watch::Sender::default().subscribe(),
        }
    }

    /// Reads what there is to be scheduled.
    ///
    /// # Errors
    /// The database fails.
    pub async fn scheduling(&self) -> Result<Scheduling, SchedulingError> {
        let Some(store) = self.store() else {
            return Ok(Scheduling::default());
        };
        read(store)
            .await
            .map_err(|error| SchedulingError::of("schedules were read", error))
    }

    /// Makes and deletes runs as decided, in one step, and keeps until when fire times were decided on; how many runs
    /// were made.
    ///
    /// What was decided for a deployment or a schedule that is gone, paused or switched off meanwhile makes no run.
    ///
    /// # Errors
    /// The database fails.
    pub async fn decide(
        &self,
        until: Option<DateTime<Utc>>,
        decisions: Vec<FireDecision>,
    ) -> Result<usize, SchedulingError> {
        let Some(store) = self.store() else {
            return Ok(0);
        };
        let decided = store.write(move |tx| {
            let mut made = 0;
            for decision in decisions {
                made += usize::from(carry_out(tx, decision)?);
            }
            if let Some(until) = until {
                tx.set_decided_until(until)?;
            }
            Ok(made)
        });
        decided
            .await
            .map_err(|error| SchedulingError::of("runs were scheduled", error))
    }
}

impl Server {
    /// Deletes the runs that were made for later fire times than these, each of one schedule, and have not begun;
    /// returns their number.
    ///
    /// A clock that was ahead for a time leaves such runs.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_later_runs(&self, latest: Vec<Fire>) -> Result<usize, SchedulingError> {
        let Some(store) = self.store() else {
            return Ok(0);
        };
        store
            .write(move |tx| delete_later(tx, &latest))
            .await
            .map_err(|error| SchedulingError::of("runs were deleted", error))
    }
}

fn delete_later(tx: &mut WriteTx, latest: &[Fire]) -> Result<usize, ApiError> {
    let Some(earliest) = latest.iter().map(|fire| fire.at).min() else {
        return Ok(0);
    };
    let latest: HashMap<(Uuid, Uuid), DateTime<Utc>> = latest
        .iter()
        .map(|fire| ((fire.deployment, fire.schedule), fire.at))
        .collect();
    let mut deleted = 0;
    for (key, id) in tx.entries(UNFINISHED_RUNS, &[WAITING])? {
        if FlowRun::due_of_key(&key).is_none_or(|due| due <= earliest) {
            continue;
        }
        let id = Uuid::from_slice(&id).unwrap_or_default();
        let Some(run) = tx.find::<FlowRun>(id)? else {
            continue;
        };
        let fire = run.idempotency_key.as_deref().and_then(fire_of_key);
        let is_later = fire.is_some_and(|fire| {
            let latest = latest.get(&(fire.deployment, fire.schedule));
            latest.is_some_and(|latest| fire.at > *latest)
        });
        if is_later && is_unstarted_auto_run(&run) {
            delete_run(tx, &run)?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

async fn read(store: &Store) -> Result<Scheduling, ApiError> {
    store
        .read(|tx| {
            let mut deployments = Vec::new();
            for deployment in tx.all::<Deployment>()? {
                let schedules = active(&deployment);
                if schedules.is_empty() {
                    continue;
                }
                let flow: Option<Flow> = tx.find(deployment.flow_id)?;
                deployments.push(ScheduledDeployment {
                    id: deployment.id,
                    flow: flow.map(|flow| flow.name).unwrap_or_default(),
                    name: deployment.name,
                    job_variables: deployment.job_variables,
                    schedules,
                });
            }
            Ok(Scheduling {
                deployments,
                decided_until: decided_until(tx)?,
            })
        })
        .await
}

fn active(deployment: &Deployment) -> Vec<ActiveSchedule> {
    if deployment.paused {
        return Vec::new();
    }
    let active = deployment
        .schedules
        .iter()
        .filter(|schedule| schedule.active);
    active
        .map(|schedule| ActiveSchedule {
            id: schedule.id,
            schedule: schedule.schedule.clone(),
            since: deployment
                .resumed
                .map_or(schedule.updated, |resumed| resumed.max(schedule.updated)),
        })
        .collect()
}

/// Whether it made a run.
fn carry_out(tx: &mut WriteTx, decision: FireDecision) -> Result<bool, ApiError> {
    let (FireDecision::Run(fire) | FireDecision::Skip(fire)) = decision;
    let Some(deployment) = tx.find::<Deployment>(fire.deployment)? else {
        return Ok(false);
    };
    if matches!(decision, FireDecision::Skip(_)) {
        skip(tx, &deployment, fire)?;
        return Ok(false);
    }
    let schedule = deployment
        .schedules
        .iter()
        .find(|schedule: &&Schedule| schedule.id == fire.schedule && schedule.active);
    match schedule {
        Some(schedule) if !deployment.paused => {
            insert_scheduled(tx, &deployment, schedule, fire.at)
        }
        _ => Ok(false),
    }
}

fn skip(tx: &mut WriteTx, deployment: &Deployment, fire: Fire) -> Result<(), ApiError> {
    let key = schedule_key(deployment.id, fire.schedule, fire.at);
    let run: Option<FlowRun> =
        tx.find_by(RUN_KEYS, &[deployment.flow_id.as_bytes(), key.as_bytes()])?;
    match run {
        Some(run) if is_unstarted_auto_run(&run) => delete_run(tx, &run),
        _ => Ok(()),
    }
}

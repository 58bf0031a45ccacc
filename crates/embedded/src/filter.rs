//! The filters of `POST .../filter`, as far as Longshore uses them; a key that is not known is refused.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::ApiError;
use crate::model::{Artifact, Deployment, Flow, FlowRun, Log, StateType, WorkPool, WorkQueue};

/// The largest page.
const LARGEST_LIMIT: i64 = 200;

/// One of these values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ids {
    #[serde(default)]
    any_: Option<Vec<Uuid>>,
    #[serde(default)]
    not_any_: Option<Vec<Uuid>>,
}

impl Ids {
    fn matches(&self, id: Uuid) -> bool {
        self.any_.as_ref().is_none_or(|any| any.contains(&id))
            && self
                .not_any_
                .as_ref()
                .is_none_or(|none| !none.contains(&id))
    }
}

/// A text that is one of these, or contains this in either case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    #[serde(default)]
    any_: Option<Vec<String>>,
    #[serde(default)]
    like_: Option<String>,
}

impl Names {
    fn matches(&self, name: &str) -> bool {
        self.any_
            .as_ref()
            .is_none_or(|any| any.iter().any(|one| one == name))
            && self
                .like_
                .as_ref()
                .is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()))
    }

    fn matches_optional(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.matches(name))
    }
}

/// Tags, all or any of which are there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tags {
    #[serde(default)]
    all_: Option<Vec<String>>,
    #[serde(default)]
    any_: Option<Vec<String>>,
    #[serde(default)]
    is_null_: Option<bool>,
}

impl Tags {
    fn matches(&self, tags: &[String]) -> bool {
        self.all_
            .as_ref()
            .is_none_or(|all| all.iter().all(|tag| tags.contains(tag)))
            && self
                .any_
                .as_ref()
                .is_none_or(|any| any.iter().any(|tag| tags.contains(tag)))
            && self.is_null_.is_none_or(|null| null == tags.is_empty())
    }
}

/// A value that is equal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flag {
    #[serde(default)]
    eq_: Option<bool>,
}

/// A time in a range, its ends included.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Times {
    #[serde(default)]
    before_: Option<DateTime<Utc>>,
    #[serde(default)]
    after_: Option<DateTime<Utc>>,
}

impl Times {
    fn matches(&self, time: Option<DateTime<Utc>>) -> bool {
        self.before_
            .is_none_or(|before| time.is_some_and(|time| time <= before))
            && self
                .after_
                .is_none_or(|after| time.is_some_and(|time| time >= after))
    }
}

/// Which flows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowFilter {
    #[serde(default)]
    id: Option<Ids>,
    #[serde(default)]
    name: Option<Names>,
    #[serde(default)]
    tags: Option<Tags>,
}

impl FlowFilter {
    pub(crate) fn matches(&self, flow: &Flow) -> bool {
        self.id.as_ref().is_none_or(|ids| ids.matches(flow.id))
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&flow.name))
            && self
                .tags
                .as_ref()
                .is_none_or(|tags| tags.matches(&flow.tags))
    }
}

/// Which deployments.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeploymentFilter {
    #[serde(default)]
    id: Option<Ids>,
    #[serde(default)]
    name: Option<Names>,
    #[serde(default)]
    paused: Option<Flag>,
    #[serde(default)]
    tags: Option<Tags>,
    #[serde(default)]
    work_queue_name: Option<Names>,
}

impl DeploymentFilter {
    pub(crate) fn matches(&self, deployment: &Deployment) -> bool {
        self.id
            .as_ref()
            .is_none_or(|ids| ids.matches(deployment.id))
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&deployment.name))
            && self
                .paused
                .as_ref()
                .is_none_or(|flag| flag.eq_.is_none_or(|paused| paused == deployment.paused))
            && self
                .tags
                .as_ref()
                .is_none_or(|tags| tags.matches(&deployment.tags))
            && self
                .work_queue_name
                .as_ref()
                .is_none_or(|names| names.matches_optional(deployment.work_queue_name.as_deref()))
    }
}

/// Which work pools.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkPoolFilter {
    #[serde(default)]
    id: Option<Ids>,
    #[serde(default)]
    name: Option<Names>,
    #[serde(default, rename = "type")]
    kind: Option<Names>,
}

impl WorkPoolFilter {
    pub(crate) fn matches(&self, pool: &WorkPool) -> bool {
        self.id.as_ref().is_none_or(|ids| ids.matches(pool.id))
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&pool.name))
            && self
                .kind
                .as_ref()
                .is_none_or(|kinds| kinds.matches(&pool.kind))
    }
}

/// Which queues.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkQueueFilter {
    #[serde(default)]
    id: Option<Ids>,
    #[serde(default)]
    name: Option<Names>,
}

impl WorkQueueFilter {
    pub(crate) fn matches(&self, queue: &WorkQueue) -> bool {
        self.id.as_ref().is_none_or(|ids| ids.matches(queue.id))
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&queue.name))
    }
}

/// Which types of states.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateTypes {
    #[serde(default)]
    any_: Option<Vec<StateType>>,
    #[serde(default)]
    not_any_: Option<Vec<StateType>>,
}

/// Which states.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateFilter {
    #[serde(default, rename = "type")]
    kind: Option<StateTypes>,
    #[serde(default)]
    name: Option<Names>,
}

impl StateFilter {
    fn matches(&self, run: &FlowRun) -> bool {
        let kind = run.state.kind;
        let kinds = self.kind.as_ref().is_none_or(|kinds| {
            kinds.any_.as_ref().is_none_or(|any| any.contains(&kind))
                && kinds
                    .not_any_
                    .as_ref()
                    .is_none_or(|none| !none.contains(&kind))
        });
        kinds
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&run.state.name))
    }
}

/// Which runs that have not ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unfinished {
    pub(crate) waiting: bool,
    pub(crate) until: Option<DateTime<Utc>>,
    pub(crate) active: bool,
}

/// Which flow runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowRunFilter {
    #[serde(default)]
    id: Option<Ids>,
    #[serde(default)]
    name: Option<Names>,
    #[serde(default)]
    tags: Option<Tags>,
    #[serde(default)]
    deployment_id: Option<Ids>,
    #[serde(default)]
    parent_flow_run_id: Option<Ids>,
    #[serde(default)]
    state: Option<StateFilter>,
    #[serde(default)]
    expected_start_time: Option<Times>,
    #[serde(default)]
    next_scheduled_start_time: Option<Times>,
    #[serde(default)]
    idempotency_key: Option<Names>,
    #[serde(default)]
    work_queue_name: Option<Names>,
}

impl FlowRunFilter {
    pub(crate) fn matches(&self, run: &FlowRun) -> bool {
        self.id.as_ref().is_none_or(|ids| ids.matches(run.id))
            && self
                .name
                .as_ref()
                .is_none_or(|names| names.matches(&run.name))
            && self
                .tags
                .as_ref()
                .is_none_or(|tags| tags.matches(&run.tags))
            && self
                .deployment_id
                .as_ref()
                .is_none_or(|ids| run.deployment_id.is_some_and(|id| ids.matches(id)))
            && self.state.as_ref().is_none_or(|states| states.matches(run))
            && self
                .expected_start_time
                .as_ref()
                .is_none_or(|times| times.matches(run.expected_start_time))
            && self
                .next_scheduled_start_time
                .as_ref()
                .is_none_or(|times| times.matches(run.next_scheduled_start_time))
            && self
                .idempotency_key
                .as_ref()
                .is_none_or(|keys| keys.matches_optional(run.idempotency_key.as_deref()))
            && self
                .work_queue_name
                .as_ref()
                .is_none_or(|names| names.matches_optional(run.work_queue_name.as_deref()))
    }

    /// Which runs that have not ended can match, if no other can: those that wait for their time, until this one if
    /// there is one, and those that are active.
    pub(crate) fn unfinished(&self) -> Option<Unfinished> {
        let kinds = self.state.as_ref()?.kind.as_ref()?.any_.as_ref()?;
        if kinds.iter().any(|kind| kind.is_terminal()) {
            return None;
        }
        let is_waiting = |kind: &StateType| *kind == StateType::Scheduled;
        Some(Unfinished {
            waiting: kinds.iter().any(is_waiting),
            until: self
                .next_scheduled_start_time
                .as_ref()
                .and_then(|times| times.before_),
            active: kinds.iter().any(|kind| !is_waiting(kind)),
        })
    }

    /// Whether a run is a child of a run that is meant; `parent` is the one that called it.
    pub(crate) fn matches_parent(&self, parent: Option<Uuid>) -> bool {
        self.parent_flow_run_id
            .as_ref()
            .is_none_or(|ids| parent.is_some_and(|id| ids.matches(id)))
    }

    /// The deployments to which the runs belong, if the filter names them.
    pub(crate) fn deployments(&self) -> Option<&[Uuid]> {
        self.deployment_id.as_ref()?.any_.as_deref()
    }
}

/// Which artifacts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArtifactFilter {
    #[serde(default)]
    key: Option<Names>,
    #[serde(default)]
    flow_run_id: Option<Ids>,
}

impl ArtifactFilter {
    pub(crate) fn matches(&self, artifact: &Artifact) -> bool {
        let key = artifact.key.as_deref();
        self.key
            .as_ref()
            .is_none_or(|keys| keys.matches_optional(key))
            && self
                .flow_run_id
                .as_ref()
                .is_none_or(|ids| artifact.flow_run_id.is_some_and(|id| ids.matches(id)))
    }
}

/// Which log records.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogFilter {
    #[serde(default)]
    pub(crate) flow_run_id: Option<Ids>,
    #[serde(default)]
    level: Option<Levels>,
    #[serde(default)]
    timestamp: Option<Times>,
}

/// A level in a range, its ends included.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Levels {
    #[serde(default)]
    ge_: Option<i64>,
    #[serde(default)]
    le_: Option<i64>,
}

impl Levels {
    fn matches(&self, level: i64) -> bool {
        self.ge_.is_none_or(|least| level >= least) && self.le_.is_none_or(|most| level <= most)
    }
}

impl LogFilter {
    /// The runs whose records are meant, if the filter names them.
    pub(crate) fn flow_runs(&self) -> Option<&[Uuid]> {
        self.flow_run_id.as_ref()?.any_.as_deref()
    }

    /// Whether the filter names one run and nothing else.
    pub(crate) fn is_of_one_run(&self) -> bool {
        self.flow_runs().is_some_and(|runs| runs.len() == 1)
            && self.level.is_none()
            && self.timestamp.is_none()
    }

    /// Whether a record of one of these runs is meant.
    pub(crate) fn matches(&self, log: &Log) -> bool {
        let level = self.level.as_ref();
        let time = self.timestamp.as_ref();
        level.is_none_or(|levels| levels.matches(log.level))
            && time.is_none_or(|times| times.matches(Some(log.timestamp)))
    }
}

/// The page of a list that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    /// Checks `limit` and `offset`.
    pub(crate) fn new(limit: Option<i64>, offset: Option<i64>) -> Result<Self, ApiError> {
        let limit = limit.unwrap_or(LARGEST_LIMIT);
        if limit > LARGEST_LIMIT {
            return Err(ApiError::unprocessable(
                "Invalid limit: must be less than or equal to 200.",
            ));
        }
        let not_negative = |name: &str, value: i64| {
            usize::try_from(value).map_err(|_| {
                ApiError::invalid(&[name], "Input should be greater than or equal to 0")
            })
        };
        Ok(Self {
            limit: not_negative("limit", limit)?,
            offset: not_negative("offset", offset.unwrap_or(0))?,
        })
    }

    pub(crate) fn of<T>(self, list: Vec<T>) -> Vec<T> {
        list.into_iter()
            .skip(self.offset)
            .take(self.limit)
            .collect()
    }
}

//! The filter of flow runs.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Ids, Names, Tags, Times};
use crate::model::{FlowRun, StateType};

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
    pub(crate) from: Option<DateTime<Utc>>,
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

    /// Which runs that have not ended can match, if no other can: those that wait for their time, within these bounds
    /// if there are any, and those that are active.
    pub(crate) fn unfinished(&self) -> Option<Unfinished> {
        let kinds = self.state.as_ref()?.kind.as_ref()?.any_.as_ref()?;
        if kinds.iter().any(|kind| kind.is_terminal()) {
            return None;
        }
        let is_waiting = |kind: &StateType| *kind == StateType::Scheduled;
        let times = self.next_scheduled_start_time.as_ref();
        Some(Unfinished {
            waiting: kinds.iter().any(is_waiting),
            from: times.and_then(|times| times.after_),
            until: times.and_then(|times| times.before_),
            active: kinds.iter().any(|kind| !is_waiting(kind)),
        })
    }

    /// Whether a run is a child of a run that is meant; `parent` is the one that called it.
    pub(crate) fn matches_parent(&self, parent: Option<Uuid>) -> bool {
        self.parent_flow_run_id
            .as_ref()
            .is_none_or(|ids| parent.is_some_and(|id| ids.matches(id)))
    }

    /// The only ids that can match, if the filter names them.
    pub(crate) fn ids(&self) -> Option<&[Uuid]> {
        self.id.as_ref()?.any_.as_deref()
    }

    /// Whether the filter names parents.
    pub(crate) fn has_parent(&self) -> bool {
        self.parent_flow_run_id.is_some()
    }

    /// The deployments to which the runs belong, if the filter names them.
    pub(crate) fn deployments(&self) -> Option<&[Uuid]> {
        self.deployment_id.as_ref()?.any_.as_deref()
    }
}

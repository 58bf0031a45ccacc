//! The filters of `POST .../filter`, as far as Longshore uses them; a key that is not known is refused.

mod flow_runs;
mod kept;
mod page;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::model::{Deployment, Flow, WorkPool, WorkQueue};

pub(crate) use flow_runs::{FlowRunFilter, Unfinished};
pub(crate) use kept::{ArtifactFilter, LogFilter};
pub(crate) use page::Page;

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
    /// The only ids that can match, if the filter names them.
    pub(crate) fn ids(&self) -> Option<&[Uuid]> {
        self.id.as_ref()?.any_.as_deref()
    }

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
    /// The only ids that can match, if the filter names them.
    pub(crate) fn ids(&self) -> Option<&[Uuid]> {
        self.id.as_ref()?.any_.as_deref()
    }

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
    /// The only ids that can match, if the filter names them.
    pub(crate) fn ids(&self) -> Option<&[Uuid]> {
        self.id.as_ref()?.any_.as_deref()
    }

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

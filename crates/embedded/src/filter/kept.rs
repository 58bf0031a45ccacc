//! The filters of artifacts and log records.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Ids, Names, Times};
use crate::model::{Artifact, Log};

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

    /// The earliest time that matches.
    pub(crate) fn after(&self) -> Option<DateTime<Utc>> {
        self.timestamp.as_ref()?.after_
    }

    /// The latest time that matches.
    pub(crate) fn before(&self) -> Option<DateTime<Utc>> {
        self.timestamp.as_ref()?.before_
    }

    /// Whether the filter names levels.
    pub(crate) fn has_level(&self) -> bool {
        self.level.is_some()
    }

    /// Whether a record of one of these runs is meant.
    pub(crate) fn matches(&self, log: &Log) -> bool {
        let level = self.level.as_ref();
        let time = self.timestamp.as_ref();
        level.is_none_or(|levels| levels.matches(log.level))
            && time.is_none_or(|times| times.matches(Some(log.timestamp)))
    }
}

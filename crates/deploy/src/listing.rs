//! A deployment as `list` sees it.

use longshore_prefect::{Deployment, FlowRun};
use serde::Serialize;
use uuid::Uuid;

use crate::desired::{DeploymentKey, Desired};

/// A deployment that is declared, on the server, or both.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: DeploymentKey,
    pub(crate) status: Status,
    pub(crate) desired: Option<Desired>,
    pub(crate) stored: Option<Deployment>,
    pub(crate) next_run: Option<FlowRun>,
    pub(crate) last_run: Option<FlowRun>,
}

/// What the server has of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// As declared; the code was not compared.
    Unchanged,
    /// `plan` would change it.
    Changed,
    /// `plan` would create it.
    NotDeployed,
    /// A deployment of this name that has another owner or none.
    NotOurs,
    /// Ours, and nobody declares it any more.
    NotDeclared,
    /// `plan` refuses.
    Unknown,
}

/// Whether the scheduler makes runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scheduling {
    On,
    /// All of its schedules are off.
    Off,
    /// The deployment as a whole.
    Paused,
    /// It has no schedules.
    None,
}

impl Status {
    /// In words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::NotDeployed => "not deployed",
            Self::NotOurs => "not ours",
            Self::NotDeclared => "not declared",
            Self::Unknown => "unknown",
        }
    }
}

impl Scheduling {
    /// In a word.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Paused => "paused",
            Self::None => "none",
        }
    }

    fn of(stored: &Deployment) -> Self {
        if stored.schedules.is_empty() {
            Self::None
        } else if stored.paused {
            Self::Paused
        } else if stored.schedules.iter().any(|schedule| schedule.active) {
            Self::On
        } else {
            Self::Off
        }
    }
}

impl Listed {
    /// A deployment whose runs are not known yet.
    pub(crate) fn new(
        key: DeploymentKey,
        status: Status,
        desired: Option<Desired>,
        stored: Option<Deployment>,
    ) -> Self {
        Self {
            key,
            status,
            desired,
            stored,
            next_run: None,
            last_run: None,
        }
    }

    /// Its identity on the server, if it is there.
    pub(crate) fn id(&self) -> Option<Uuid> {
        self.stored.as_ref().map(|stored| stored.id)
    }

    /// Whether the scheduler makes runs of it, if it is on the server.
    pub(crate) fn scheduling(&self) -> Option<Scheduling> {
        self.stored.as_ref().map(Scheduling::of)
    }
}

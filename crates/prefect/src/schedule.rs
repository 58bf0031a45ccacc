//! Schedules as Prefect's API reads and writes them, and the calls that edit single ones.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::request::Request;
use crate::{Capabilities, Client, Error};

/// What Prefect 3 puts before a recurrence rule that has no `DTSTART` of its own.
const DEFAULT_RRULE_START: &str = "DTSTART:20200101T000000\n";

/// When a schedule fires, in the form of Prefect's JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WireSchedule {
    /// A cron expression.
    Cron {
        /// Five fields in Prefect's dialect.
        cron: String,
        /// An IANA zone; `None` is UTC.
        #[serde(default)]
        timezone: Option<String>,
        /// Whether day of month and day of week are joined by "or", as in Vixie cron.
        #[serde(default = "yes")]
        day_or: bool,
    },
    /// A fixed distance between two runs.
    Interval {
        /// Seconds, more than 0.
        interval: f64,
        /// An instant at which the schedule fires; the server takes the time of the request if it is missing.
        #[serde(default)]
        anchor_date: Option<DateTime<Utc>>,
        /// An IANA zone, which matters over changes of the clock; `None` is UTC.
        #[serde(default)]
        timezone: Option<String>,
    },
    /// A recurrence rule of RFC 5545.
    Rrule {
        /// The rule, with `DTSTART` on a line of its own before it.
        rrule: String,
        /// An IANA zone; `None` is UTC.
        #[serde(default)]
        timezone: Option<String>,
    },
    /// A kind of schedule that this version does not know; only ever read.
    Other(Value),
}

fn yes() -> bool {
    true
}

impl WireSchedule {
    /// Whether both fire at the same times, whatever the server filled in when it stored one of them.
    ///
    /// A zone that is missing is UTC, and 3.x prefixes a rule without a start with `DTSTART:20200101T000000`.
    pub fn fires_like(&self, other: &Self) -> bool {
        self.normalised() == other.normalised()
    }

    fn normalised(&self) -> Self {
        let mut copy = self.clone();
        match &mut copy {
            Self::Cron { timezone, .. } | Self::Interval { timezone, .. } => default_zone(timezone),
            Self::Rrule { rrule, timezone } => {
                default_zone(timezone);
                if let Some(rule) = rrule.strip_prefix(DEFAULT_RRULE_START) {
                    *rrule = rule.to_owned();
                }
            }
            Self::Other(_) => {}
        }
        copy
    }
}

fn default_zone(timezone: &mut Option<String>) {
    if timezone.as_deref().is_none_or(str::is_empty) {
        *timezone = Some("UTC".to_owned());
    }
}

/// A schedule of a deployment as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Schedule {
    /// Its identity; a POST of the deployment gives every schedule a new one.
    pub id: Uuid,
    /// The name by which 3.x recognises it; always `None` on 2.x.
    #[serde(default)]
    pub slug: Option<String>,
    /// Whether it makes runs.
    #[serde(default = "yes")]
    pub active: bool,
    /// When it fires.
    pub schedule: WireSchedule,
    /// Parameters that override those of the deployment; always empty on 2.x.
    #[serde(default, deserialize_with = "crate::read::null_as_default")]
    pub parameters: Map<String, Value>,
}

/// A schedule to be stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleWrite {
    /// When it fires.
    pub schedule: WireSchedule,
    /// Whether it makes runs; the server takes `true` for `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The name by which 3.x recognises it; 2.x cannot store it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Parameters that override those of the deployment; 2.x cannot store them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Map<String, Value>>,
}

impl ScheduleWrite {
    /// What a server of this version cannot store of it: `schedule slug`, `schedule parameters`.
    pub fn unsupported_on(&self, capabilities: &Capabilities) -> Vec<&'static str> {
        let mut unsupported = Vec::new();
        if self.slug.is_some() && !capabilities.schedule_slugs() {
            unsupported.push("schedule slug");
        }
        let overrides = self
            .parameters
            .as_ref()
            .is_some_and(|parameters| !parameters.is_empty());
        if overrides && !capabilities.schedule_parameters() {
            unsupported.push("schedule parameters");
        }
        unsupported
    }

    pub(crate) fn for_server(&self, capabilities: &Capabilities) -> Self {
        let mut copy = self.clone();
        if !capabilities.schedule_slugs() {
            copy.slug = None;
        }
        if !capabilities.schedule_parameters() {
            copy.parameters = None;
        }
        copy
    }
}

/// A change of one schedule; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScheduleUpdate {
    /// When it fires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<WireSchedule>,
    /// Whether it makes runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// All parameters that override those of the deployment; 2.x refuses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Map<String, Value>>,
}

impl Client {
    /// The schedules of a deployment (`GET /deployments/{id}/schedules`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such deployment.
    pub async fn schedules(&self, deployment: Uuid) -> Result<Vec<Schedule>, Error> {
        let attempted = format!("read the schedules of deployment {deployment}");
        self.fetch(Request::get(
            &["deployments", &deployment.to_string(), "schedules"],
            attempted,
        ))
        .await
    }

    /// Adds schedules to a deployment and leaves its others alone (`POST /deployments/{id}/schedules`).
    ///
    /// The call is not repeated by itself if the answer is lost, unless every schedule has a slug: then the schedules
    /// are read back to see whether the lost call has acted.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or a slug is taken (409).
    pub async fn create_schedules(
        &self,
        deployment: Uuid,
        schedules: &[ScheduleWrite],
    ) -> Result<Vec<Schedule>, Error> {
        let capabilities = self.capabilities().await?;
        let body: Vec<_> = schedules
            .iter()
            .map(|schedule| schedule.for_server(capabilities))
            .collect();
        let slugs: Option<Vec<&str>> = body
            .iter()
            .map(|schedule| schedule.slug.as_deref())
            .collect();
        let attempted = format!("create schedules of deployment {deployment}");
        let mut request = Request::post(
            &["deployments", &deployment.to_string(), "schedules"],
            attempted,
        )
        .json(&body);
        if slugs.is_none() {
            request = request.not_repeatable();
        }
        match (self.fetch(request).await, slugs) {
            (Err(error), Some(slugs)) if error.status() == Some(409) && error.answer_was_lost() => {
                let mut stored: Vec<Schedule> = self.schedules(deployment).await?;
                stored.retain(|schedule| {
                    schedule
                        .slug
                        .as_deref()
                        .is_some_and(|slug| slugs.contains(&slug))
                });
                if stored.len() == slugs.len() {
                    Ok(stored)
                } else {
                    Err(error)
                }
            }
            (answer, _) => answer,
        }
    }

    /// Changes one schedule and keeps its id (`PATCH /deployments/{id}/schedules/{id}`).
    ///
    /// 3.x clears parameters that are not sent, so those that stay are read first. The server deletes the future runs
    /// of all schedules of the deployment and makes them anew.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such schedule.
    pub async fn update_schedule(
        &self,
        deployment: Uuid,
        schedule: Uuid,
        update: &ScheduleUpdate,
    ) -> Result<(), Error> {
        let attempted = format!("update schedule {schedule} of deployment {deployment}");
        let path = [
            "deployments",
            &deployment.to_string(),
            "schedules",
            &schedule.to_string(),
        ];
        let mut update = update.clone();
        if update.parameters.is_none() && self.capabilities().await?.schedule_parameters() {
            let mut stored = self.schedules(deployment).await?.into_iter();
            update.parameters = stored
                .find(|stored| stored.id == schedule)
                .map(|stored| stored.parameters);
        }
        self.act(Request::patch(&path, attempted).json(&update))
            .await
    }

    /// Deletes one schedule (`DELETE /deployments/{id}/schedules/{id}`); `false` if it was gone already.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn delete_schedule(&self, deployment: Uuid, schedule: Uuid) -> Result<bool, Error> {
        let attempted = format!("delete schedule {schedule} of deployment {deployment}");
        let path = [
            "deployments",
            &deployment.to_string(),
            "schedules",
            &schedule.to_string(),
        ];
        self.remove(Request::delete(&path, attempted)).await
    }
}

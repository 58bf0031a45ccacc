use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deployments::{by_id, delete_auto_runs, delete_future_auto_runs};
use super::validation::check_schedule;
use crate::body::{id, parse};
use crate::error::ApiError;
use crate::model::{Deployment, Schedule, now};
use crate::store::Store;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleCreate {
    schedule: Value,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    max_scheduled_runs: Option<u32>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    slug: Option<String>,
    /// Means something in an update only.
    #[serde(default, rename = "replaces")]
    _replaces: Option<String>,
}

fn yes() -> bool {
    true
}

impl ScheduleCreate {
    /// Gives the deployment this schedule under a new id.
    pub(super) fn add_to(
        self,
        deployment: &mut Deployment,
        now: DateTime<Utc>,
    ) -> Result<Uuid, ApiError> {
        if self.slug.is_some()
            && deployment
                .schedules
                .iter()
                .any(|stored| stored.slug == self.slug)
        {
            return Err(ApiError::integrity());
        }
        let schedule = Schedule {
            id: Uuid::new_v4(),
            created: now,
            updated: now,
            deployment_id: deployment.id,
            schedule: check_schedule(&self.schedule, now)?,
            active: self.active,
            max_scheduled_runs: self.max_scheduled_runs,
            parameters: self.parameters,
            slug: self.slug,
        };
        let id = schedule.id;
        deployment.schedules.push(schedule);
        Ok(id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleUpdate {
    #[serde(default)]
    schedule: Option<Value>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    max_scheduled_runs: Option<u32>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    slug: Option<String>,
    #[serde(default)]
    replaces: Option<String>,
}

impl ScheduleUpdate {
    /// What is left out stays, except parameters: 3.8.8 clears them.
    fn change(self, schedule: &mut Schedule, now: DateTime<Utc>) -> Result<(), ApiError> {
        if let Some(value) = &self.schedule {
            schedule.schedule = check_schedule(value, now)?;
        }
        schedule.active = self.active.unwrap_or(schedule.active);
        schedule.max_scheduled_runs = self.max_scheduled_runs.or(schedule.max_scheduled_runs);
        schedule.parameters = self.parameters;
        schedule.slug = self.slug.or(schedule.slug.take());
        schedule.updated = now;
        Ok(())
    }

    fn create(self, deployment: &mut Deployment, now: DateTime<Utc>) -> Result<(), ApiError> {
        let Some(schedule) = self.schedule else {
            return Err(ApiError::unprocessable(
                "Unable to create new deployment schedules without a schedule configuration.",
            ));
        };
        let create = ScheduleCreate {
            schedule,
            active: self.active.unwrap_or(true),
            max_scheduled_runs: self.max_scheduled_runs,
            parameters: self.parameters,
            slug: self.slug,
            _replaces: None,
        };
        create.add_to(deployment, now).map(drop)
    }
}

/// The schedules of an update of a deployment: edited one by one if all, stored and sent, have slugs, else replaced.
pub(super) fn apply(
    deployment: &mut Deployment,
    updates: Vec<ScheduleUpdate>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let stored_have_slugs = !deployment.schedules.is_empty()
        && deployment
            .schedules
            .iter()
            .all(|stored| stored.slug.is_some());
    let sent_have_slugs = updates.iter().all(|update| update.slug.is_some());
    if stored_have_slugs && !sent_have_slugs {
        return Err(ApiError::unprocessable(
            "Please provide a slug for each schedule in your request to ensure schedules are updated correctly.",
        ));
    }
    if stored_have_slugs {
        return edit(deployment, updates, now);
    }
    deployment.schedules.clear();
    for update in updates {
        if update.schedule.is_some() {
            update.create(deployment, now)?;
        }
    }
    Ok(())
}

fn edit(
    deployment: &mut Deployment,
    updates: Vec<ScheduleUpdate>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let replaced: Vec<String> = updates
        .iter()
        .filter_map(|update| update.replaces.clone())
        .collect();
    for (at, target) in replaced.iter().enumerate() {
        if replaced[..at].contains(target) {
            return Err(ApiError::unprocessable(format!(
                "Multiple schedules have 'replaces' targeting the same slug: {target}"
            )));
        }
    }
    // Those to be changed are found by the slugs from before: one may take the slug that another gives up.
    let before: Vec<Option<String>> = deployment
        .schedules
        .iter()
        .map(|stored| stored.slug.clone())
        .collect();
    for update in updates {
        if let (Some(slug), Some(old)) = (&update.slug, &update.replaces)
            && before.contains(&update.slug)
            && !replaced.contains(slug)
        {
            return Err(ApiError::unprocessable(format!(
                "Cannot rename schedule from '{old}' to '{slug}': a schedule with slug '{slug}' already exists."
            )));
        }
        let target = update.replaces.as_ref().or(update.slug.as_ref());
        match before.iter().position(|slug| slug.as_ref() == target) {
            Some(at) => update.change(&mut deployment.schedules[at], now)?,
            None => update.create(deployment, now)?,
        }
    }
    Ok(())
}

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| {
            let deployment = by_id(tx, id, "Deployment not found.")?;
            Ok(Json(
                deployment
                    .shown_schedules()
                    .into_iter()
                    .map(|schedule| json!(schedule))
                    .collect(),
            ))
        })
        .await
}

pub(super) async fn create(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Vec<Value>>), ApiError> {
    let id = id(&path)?;
    let schedules: Vec<ScheduleCreate> = parse(&body)?;
    store
        .write(move |tx| {
            let mut deployment = by_id(tx, id, "Deployment not found.")?;
            let now = now();
            let before = deployment.schedules.len();
            for schedule in schedules {
                schedule.add_to(&mut deployment, now)?;
            }
            tx.put(&deployment)?;
            let shown = deployment.schedules[before..]
                .iter()
                .map(|schedule| json!(schedule))
                .collect();
            Ok((StatusCode::CREATED, Json(shown)))
        })
        .await
}

pub(super) async fn update(
    State(store): State<Store>,
    Path((path, schedule)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let (id, schedule) = (id(&path)?, id(&schedule)?);
    let update: ScheduleUpdate = parse(&body)?;
    store
        .write(move |tx| {
            let mut deployment = by_id(tx, id, "Deployment not found.")?;
            let now = now();
            let taken = update.slug.is_some()
                && deployment
                    .schedules
                    .iter()
                    .any(|stored| stored.slug == update.slug && stored.id != schedule);
            let stored = deployment
                .schedules
                .iter_mut()
                .find(|stored| stored.id == schedule);
            let stored = stored.ok_or_else(|| ApiError::not_found("Schedule not found."))?;
            if taken {
                return Err(ApiError::integrity());
            }
            update.change(stored, now)?;
            delete_future_auto_runs(tx, id, now)?;
            tx.put(&deployment)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

pub(super) async fn delete(
    State(store): State<Store>,
    Path((path, schedule)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (id, schedule) = (id(&path)?, id(&schedule)?);
    store
        .write(move |tx| {
            let mut deployment = by_id(tx, id, "Deployment not found.")?;
            let before = deployment.schedules.len();
            deployment.schedules.retain(|stored| stored.id != schedule);
            if deployment.schedules.len() == before {
                return Err(ApiError::not_found("Schedule not found."));
            }
            delete_auto_runs(tx, id)?;
            tx.put(&deployment)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

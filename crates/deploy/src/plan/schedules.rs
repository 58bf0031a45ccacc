//! Schedules are compared and edited one by one, so that the others keep their ids and runs.

use longshore_prefect::{Schedule, ScheduleUpdate, ScheduleWrite, WireSchedule};
use serde_json::json;
use uuid::Uuid;

use super::matching::Matching;
use crate::fields::{FieldChange, compare_maps};

/// How one schedule of a stored deployment has to change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScheduleChange {
    Add(ScheduleWrite),
    Change {
        id: Uuid,
        slug: String,
        changes: Vec<FieldChange>,
        update: ScheduleUpdate,
    },
    Remove {
        id: Uuid,
        /// `None` on a server that keeps none.
        slug: Option<String>,
        schedule: WireSchedule,
    },
}

/// What must change in the stored schedules.
pub(crate) fn changes(matching: &Matching<'_>) -> Vec<ScheduleChange> {
    let mut found = Vec::new();
    for (declared, stored) in &matching.declared {
        found.extend(stored.and_then(|stored| change(stored, declared)));
    }
    let removed = matching.undeclared.iter();
    found.extend(removed.map(|stored| ScheduleChange::Remove {
        id: stored.id,
        slug: stored.slug.clone(),
        schedule: stored.schedule.clone(),
    }));
    for (declared, stored) in &matching.declared {
        if stored.is_none() {
            found.push(ScheduleChange::Add((*declared).clone()));
        }
    }
    found
}

fn change(stored: &Schedule, declared: &ScheduleWrite) -> Option<ScheduleChange> {
    let mut changes = Vec::new();
    let mut update = ScheduleUpdate::default();
    if !stored.schedule.fires_like(&declared.schedule) {
        changes.push(FieldChange {
            field: "schedule".to_owned(),
            old: json!(stored.schedule),
            new: json!(declared.schedule),
        });
        update.schedule = Some(declared.schedule.clone());
    }
    // An operator's pause survives unless the attribute says otherwise.
    if declared
        .active
        .is_some_and(|active| active != stored.active)
    {
        changes.push(FieldChange {
            field: "active".to_owned(),
            old: json!(stored.active),
            new: json!(declared.active),
        });
        update.active = declared.active;
    }
    let parameters = declared.parameters.clone().unwrap_or_default();
    let before = changes.len();
    compare_maps("parameters", &stored.parameters, &parameters, &mut changes);
    if changes.len() > before {
        update.parameters = Some(parameters);
    }
    if changes.is_empty() {
        return None;
    }
    Some(ScheduleChange::Change {
        id: stored.id,
        slug: declared.slug.clone().unwrap_or_default(),
        changes,
        update,
    })
}

/// Slugs of the declared schedules that are off: by declaration, else by an operator.
pub(crate) fn inactive(matching: &Matching<'_>) -> Vec<String> {
    let is_active = |declared: &ScheduleWrite, stored: Option<&Schedule>| {
        declared
            .active
            .unwrap_or(stored.is_none_or(|stored| stored.active))
    };
    matching
        .declared
        .iter()
        .filter(|(declared, stored)| !is_active(declared, *stored))
        .filter_map(|(declared, _)| declared.slug.clone())
        .collect()
}

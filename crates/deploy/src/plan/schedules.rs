//! Schedules are compared and edited one by one, so that the others keep their ids and runs.

use longshore_prefect::{Schedule, ScheduleUpdate, ScheduleWrite};
use serde_json::json;
use uuid::Uuid;

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
        slug: String,
    },
}

/// What must change in the stored schedules.
///
/// Ours always have a slug. One without was made by hand, so it is not ours to judge.
pub(crate) fn changes(stored: &[Schedule], declared: &[ScheduleWrite]) -> Vec<ScheduleChange> {
    let mut found = Vec::new();
    for schedule in stored {
        let Some(slug) = &schedule.slug else { continue };
        match declared
            .iter()
            .find(|declared| declared.slug.as_ref() == Some(slug))
        {
            None => found.push(ScheduleChange::Remove {
                id: schedule.id,
                slug: slug.clone(),
            }),
            Some(declared) => found.extend(change(schedule, slug, declared)),
        }
    }
    let is_stored = |slug: &Option<String>| stored.iter().any(|schedule| schedule.slug == *slug);
    let added = declared
        .iter()
        .filter(|declared| !is_stored(&declared.slug));
    found.extend(added.cloned().map(ScheduleChange::Add));
    found
}

/// How many schedules were made by hand: those fire beside ours.
pub(crate) fn made_by_hand(stored: &[Schedule]) -> usize {
    let by_hand = stored.iter().filter(|schedule| schedule.slug.is_none());
    by_hand.count()
}

fn change(stored: &Schedule, slug: &str, declared: &ScheduleWrite) -> Option<ScheduleChange> {
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
        slug: slug.to_owned(),
        changes,
        update,
    })
}

/// Slugs of the declared schedules that are off: by declaration, else by an operator.
pub(crate) fn inactive(stored: &[Schedule], declared: &[ScheduleWrite]) -> Vec<String> {
    let is_active = |declared: &ScheduleWrite| {
        let stored = stored.iter().find(|stored| stored.slug == declared.slug);
        declared
            .active
            .unwrap_or(stored.is_none_or(|stored| stored.active))
    };
    declared
        .iter()
        .filter(|declared| !is_active(declared))
        .filter_map(|declared| declared.slug.clone())
        .collect()
}

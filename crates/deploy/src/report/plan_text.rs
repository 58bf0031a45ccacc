//! A plan as text.

use std::fmt::Write as _;

use serde_json::Value;

use crate::desired::DeploymentKey;
use crate::fields::FieldChange;
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, DeploymentPlan, Plan, Update};

/// Letters of a value that are shown; the rest is in the JSON.
const SHOWN: usize = 60;

/// The plan, one line per thing that changes and one per field.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for pool in &plan.pools {
        let _ = writeln!(text, "+ work pool `{}` of type {}", pool.name, pool.kind);
    }
    for artifact in plan.artifacts.iter().filter(|artifact| artifact.store) {
        let _ = writeln!(
            text,
            "+ artifact of {} at {}",
            artifact.package, artifact.location
        );
    }
    let mut unchanged = 0;
    for deployment in &plan.deployments {
        match &deployment.action {
            Action::Create => push_create(&mut text, deployment),
            Action::Update(update) => push_update(&mut text, deployment, update),
            Action::Unchanged => unchanged += 1,
        }
    }
    for orphan in &plan.orphans {
        let _ = writeln!(text, "{}", self::orphan(orphan));
    }
    let _ = writeln!(text, "{}", count(plan, unchanged));
    text
}

/// A deployment of this owner that nobody declares.
pub(crate) fn orphan(orphan: &DeploymentKey) -> String {
    format!("! {orphan} is on the server but no longer declared; it is left alone")
}

fn count(plan: &Plan, unchanged: usize) -> String {
    if plan.is_empty() {
        return format!("nothing to do: {unchanged} unchanged");
    }
    let created = plan
        .deployments
        .iter()
        .filter(|deployment| matches!(deployment.action, Action::Create))
        .count();
    let updated = plan.deployments.len() - created - unchanged;
    format!("{created} to create, {updated} to update, {unchanged} unchanged")
}

fn push_create(text: &mut String, deployment: &DeploymentPlan) {
    let desired = &deployment.desired;
    let fields = &desired.fields;
    let _ = writeln!(text, "+ {}", desired.key);
    for (slug, schedule) in desired.schedules.iter().zip(&desired.written_schedules) {
        let slug = slug.slug.as_deref().unwrap_or_default();
        let _ = writeln!(text, "    schedule {slug}: {}", schedule.in_words());
    }
    let pool = fields.work_pool_name.as_deref().unwrap_or_default();
    let queue = fields.work_queue_name.as_deref().unwrap_or_default();
    let _ = writeln!(text, "    pool {pool}, queue {queue}");
    if let Some(image) = &desired.image {
        let _ = writeln!(text, "    image {image}");
    }
    for (name, value) in &fields.parameters {
        let _ = writeln!(text, "    parameters.{name}: {}", shown(value));
    }
    push_unknown_artifact(text, deployment);
}

fn push_update(text: &mut String, deployment: &DeploymentPlan, update: &Update) {
    let _ = writeln!(text, "~ {}", deployment.desired.key);
    for change in &update.changes {
        push_change(text, "", change);
    }
    for change in &update.schedules {
        match change {
            ScheduleChange::Add(schedule) => {
                let slug = schedule.slug.as_deref().unwrap_or_default();
                let words = serde_json::to_value(&schedule.schedule).unwrap_or_default();
                let _ = writeln!(text, "    + schedule {slug}: {}", shown(&words));
            }
            ScheduleChange::Change { slug, changes, .. } => {
                for change in changes {
                    push_change(text, &format!("schedule {slug}, "), change);
                }
            }
            ScheduleChange::Remove { slug, .. } => {
                let _ = writeln!(text, "    - schedule {slug}");
            }
        }
    }
    push_unknown_artifact(text, deployment);
}

fn push_change(text: &mut String, before: &str, change: &FieldChange) {
    let FieldChange { field, old, new } = change;
    let _ = writeln!(
        text,
        "    {before}{field}: {} -> {}",
        shown(old),
        shown(new)
    );
}

fn push_unknown_artifact(text: &mut String, deployment: &DeploymentPlan) {
    if deployment.desired.artifact.is_none() {
        let _ = writeln!(text, "    artifact unknown (--no-build)");
    }
}

/// A value's JSON, cut if it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return text;
    }
    let start: String = text.chars().take(SHOWN - 3).collect();
    format!("{start}...")
}

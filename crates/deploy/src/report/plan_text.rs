//! A plan as text.

use longshore_prefect::ScheduleWrite;
use serde_json::{Value, json};

use super::Lines;
use super::table::Column::{Flexible, Whole};
use super::table::{Table, WIDTH};
use crate::config::Setting;
use crate::desired::{DeploymentKey, Desired};
use crate::fields::{ENVIRONMENT, FieldChange, environment_without_secrets};
use crate::plan::queues::NewQueue;
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, DeploymentPlan, Plan, Update};
use crate::storage::NewContainer;

/// Letters of a value that are shown; the rest is in the JSON.
const SHOWN: usize = 60;

/// Letters that two long values have in common and that are shown before their difference.
const CONTEXT: usize = 12;

/// The plan, one line per thing that changes and one per field.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = Lines::default();
    for pool in &plan.pools {
        let _ = writeln!(text, "+ work pool `{}` of type {}", pool.name, pool.kind);
    }
    for update in &plan.pool_updates {
        let _ = writeln!(text, "~ job template of work pool `{}`", update.pool);
        for change in &update.changes {
            push_change(&mut text, "", change);
        }
    }
    for NewQueue { pool, queue } in &plan.queues {
        let _ = writeln!(text, "+ queue {queue} in pool {pool}");
    }
    for NewContainer { account, container } in &plan.containers {
        let _ = writeln!(
            text,
            "+ container {container} in the storage account {account}"
        );
    }
    for artifact in plan.artifacts.iter().filter(|artifact| artifact.store) {
        let _ = writeln!(
            text,
            "+ artifact of {} at {}",
            artifact.package, artifact.location
        );
        if let Some(libc) = &artifact.libc {
            let _ = writeln!(text, "    needs {libc}");
        }
    }
    let mut unchanged = 0;
    for deployment in &plan.deployments {
        match &deployment.action {
            Action::Create => push_create(&mut text, deployment),
            Action::Update(update) => push_update(&mut text, deployment, update),
            Action::Unchanged if deployment.former.is_some() => {
                let _ = writeln!(text, "~ {}", deployment.desired.key);
            }
            Action::Unchanged => unchanged += 1,
        }
        if let Some(former) = &deployment.former {
            let _ = writeln!(
                text,
                "    then pause, empty and delete {} (renamed)",
                former.key
            );
        }
    }
    for line in undone_rollbacks(plan) {
        let _ = writeln!(text, "! {line}");
    }
    for left_out in &plan.left_out {
        let _ = writeln!(text, "! {}", left_out.message());
        let _ = writeln!(text, "  help: {}", left_out.help());
    }
    for removal in &plan.removals {
        let _ = writeln!(text, "- delete {}", removal.key);
    }
    for orphan in &plan.orphans {
        let _ = writeln!(text, "{}", self::orphan(orphan));
    }
    let _ = writeln!(text, "{}", count(plan, unchanged));
    text.into_text()
}

/// Where the values of each deployment come from.
pub(crate) fn explained(plan: &Plan) -> String {
    let mut table = Table::new(vec![
        Whole("deployment"),
        Whole("setting"),
        Flexible("value"),
        Flexible("from"),
    ]);
    for deployment in &plan.deployments {
        let mut name = deployment.desired.key.to_string();
        for setting in &deployment.desired.settings {
            let Setting {
                name: what,
                value,
                origin,
            } = setting;
            // The name stands in the first line alone.
            table.row(vec![
                std::mem::take(&mut name),
                (*what).to_owned(),
                value.clone(),
                origin.clone(),
            ]);
        }
    }
    table.render(WIDTH) + "\n"
}

/// A deployment of this owner that nobody declares.
pub(crate) fn orphan(orphan: &DeploymentKey) -> String {
    format!("! {orphan} is on the server but no longer declared; `--prune` deletes it")
}

/// What is told of deployments that were rolled back and get another version now.
pub(crate) fn undone_rollbacks(plan: &Plan) -> impl Iterator<Item = String> {
    plan.deployments.iter().filter_map(|deployment| {
        let to = deployment.undoes_rollback.as_ref()?;
        let key = &deployment.desired.key;
        Some(format!(
            "{key} was rolled back to version {to}; this undoes it"
        ))
    })
}

/// Warnings about existing work pools, each with its help.
pub(crate) fn pool_notes(plan: &Plan) -> impl Iterator<Item = [String; 2]> {
    let notes = plan.pool_notes.iter();
    notes.map(|note| [note.message(), note.help()])
}

fn count(plan: &Plan, unchanged: usize) -> String {
    let left_out = match plan.left_out.len() {
        0 => String::new(),
        number => format!(", {number} left out"),
    };
    if plan.is_empty() {
        return format!("nothing to do: {unchanged} unchanged{left_out}");
    }
    let created = plan
        .deployments
        .iter()
        .filter(|deployment| matches!(deployment.action, Action::Create))
        .count();
    let updated = plan.deployments.len() - created - unchanged;
    if plan.deployments.is_empty() {
        return format!("{} to delete{left_out}", plan.removals.len());
    }
    let renamed = plan
        .deployments
        .iter()
        .filter(|deployment| deployment.former.is_some());
    let deleted = match plan.removals.len() + renamed.count() {
        0 => String::new(),
        number => format!("{number} to delete, "),
    };
    format!("{created} to create, {updated} to update, {deleted}{unchanged} unchanged{left_out}")
}

fn push_create(text: &mut Lines, deployment: &DeploymentPlan) {
    let desired = &deployment.desired;
    let fields = &desired.fields;
    let _ = writeln!(text, "+ {}", desired.key);
    for (written, schedule) in desired.schedules.iter().zip(&desired.written_schedules) {
        let slug = written.slug.as_deref().unwrap_or_default();
        let off = off(written);
        let _ = writeln!(text, "    schedule {slug}: {}{off}", schedule.in_words());
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
    for (name, value) in job_variables(desired) {
        let _ = writeln!(text, "    {name}: {}", shown(&value));
    }
    if !desired.secrets.is_empty() {
        let _ = writeln!(text, "    secrets: {}", desired.secrets.join(", "));
    }
    push_not_sent(text, deployment);
    push_unknown_artifact(text, deployment);
}

/// The job variables that a declaration names, with the environment variable by variable.
///
/// Those that every deployment has, and the image, are shown elsewhere.
fn job_variables(desired: &Desired) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    for (name, value) in &desired.fields.job_variables {
        match name.as_str() {
            "artifact" | "sha256" | "command" | "image" => {}
            ENVIRONMENT => {
                let environment = environment_without_secrets(value);
                for (name, value) in environment.as_object().into_iter().flatten() {
                    rows.push((format!("env.{name}"), value.clone()));
                }
            }
            _ => rows.push((format!("job_variables.{name}"), value.clone())),
        }
    }
    rows
}

/// Told after the words of a schedule that makes no runs.
fn off(schedule: &ScheduleWrite) -> &'static str {
    if schedule.active == Some(false) {
        ", off"
    } else {
        ""
    }
}

fn push_update(text: &mut Lines, deployment: &DeploymentPlan, update: &Update) {
    let _ = writeln!(text, "~ {}", deployment.desired.key);
    for change in &update.changes {
        push_change(text, "", change);
    }
    for change in &update.schedules {
        match change {
            ScheduleChange::Add(schedule) => {
                let slug = schedule.slug.as_deref().unwrap_or_default();
                let words = schedule_words(&json!(schedule.schedule));
                let _ = writeln!(text, "    + schedule {slug}: {words}{}", off(schedule));
            }
            ScheduleChange::Change { slug, changes, .. } => {
                for change in changes {
                    push_change(text, &format!("schedule {slug}, "), change);
                }
            }
            ScheduleChange::Remove { slug, schedule, .. } => {
                let words = || schedule_words(&json!(schedule));
                let name = slug.clone().unwrap_or_else(words);
                let _ = writeln!(text, "    - schedule {name}");
            }
        }
    }
    if update.whole.is_some() {
        let _ = writeln!(
            text,
            "    written as a whole, since this server changes a parameter schema in no other way"
        );
    }
    if update.schedules_by_hand > 0 {
        let _ = writeln!(
            text,
            "    schedules that were made by hand and stay: {}",
            update.schedules_by_hand
        );
    }
    push_not_sent(text, deployment);
    push_unknown_artifact(text, deployment);
}

fn push_not_sent(text: &mut Lines, deployment: &DeploymentPlan) {
    let pool = deployment.desired.fields.work_pool_name.as_deref();
    for name in &deployment.not_sent {
        let _ = writeln!(
            text,
            "    {name} is not sent: the job template of pool {} does not declare it",
            pool.unwrap_or_default()
        );
    }
}

fn push_change(text: &mut Lines, before: &str, change: &FieldChange) {
    let FieldChange { field, old, new } = change.without_secrets();
    let (old, new) = if field == "schedule" {
        (schedule_words(&old), schedule_words(&new))
    } else {
        shown_pair(&old, &new)
    };
    let _ = writeln!(text, "    {before}{field}: {old} -> {new}");
}

fn push_unknown_artifact(text: &mut Lines, deployment: &DeploymentPlan) {
    if deployment.desired.artifact.is_none() {
        let _ = writeln!(text, "    artifact unknown (--no-build)");
    }
}

/// A schedule in Prefect's JSON: its rule and its zone.
fn schedule_words(schedule: &Value) -> String {
    let zone = schedule["timezone"].as_str().unwrap_or("UTC");
    let rule = if let Some(cron) = schedule["cron"].as_str() {
        let and = if schedule["day_or"] == json!(false) {
            ", both days"
        } else {
            ""
        };
        format!("cron `{cron}`{and}")
    } else if let Some(seconds) = schedule["interval"].as_f64() {
        let anchor = schedule["anchor_date"].as_str().unwrap_or("no anchor");
        format!("every {seconds} s from {anchor}")
    } else if let Some(rule) = schedule["rrule"].as_str() {
        format!("rrule `{}`", rule.replace('\n', " "))
    } else {
        shown(schedule)
    };
    format!("{rule} ({zone})")
}

/// A value's JSON, cut if it is long.
fn shown(value: &Value) -> String {
    cut(&value.to_string(), 0)
}

/// Two values; if they are long, from the place at which they differ.
fn shown_pair(old: &Value, new: &Value) -> (String, String) {
    let (old, new) = (old.to_string(), new.to_string());
    let longer = old.chars().count().max(new.chars().count());
    let common = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let from = if longer > SHOWN {
        common.saturating_sub(CONTEXT)
    } else {
        0
    };
    (cut(&old, from), cut(&new, from))
}

/// The text from a letter on, at most as long as is shown.
fn cut(text: &str, from: usize) -> String {
    let start = if from > 0 { "..." } else { "" };
    let rest: Vec<char> = text.chars().skip(from).collect();
    if rest.len() <= SHOWN {
        return format!("{start}{}", rest.into_iter().collect::<String>());
    }
    let shown: String = rest.into_iter().take(SHOWN - 3).collect();
    format!("{start}{shown}...")
}

//! The table at the end of an apply, and the table of `list`.

use chrono::{DateTime, Utc};

use super::table::Column::{Flexible, Whole};
use super::table::{Table, WIDTH};
use super::times;
use crate::apply::{Applied, Outcome};
use crate::desired::Desired;
use crate::plan::DeploymentPlan;

/// Letters of an image's name that are shown in full.
const SHORT_IMAGE: usize = 20;

/// What has become of each deployment.
pub(crate) fn applied(applied: &Applied, now: DateTime<Utc>) -> String {
    if applied.outcomes.is_empty() {
        return destroyed(applied);
    }
    let mut table = Table::new(vec![
        Whole("deployment"),
        Whole("result"),
        Flexible("schedule"),
        Whole("next run"),
        Whole("queue"),
        Flexible("image"),
        Whole("artifact"),
    ]);
    for (deployment, outcome) in &applied.outcomes {
        let happened = match outcome {
            Outcome::Created => "created",
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed(_) => "failed",
        };
        let desired = &deployment.desired;
        let mut first = true;
        for [schedule, next] in schedule_cells(deployment, now) {
            if !first {
                table.row(vec![String::new(), String::new(), schedule, next]);
                continue;
            }
            first = false;
            table.row(vec![
                desired.key.to_string(),
                happened.to_owned(),
                schedule,
                next,
                desired.fields.work_queue_name.clone().unwrap_or_default(),
                image_cell(desired),
                desired
                    .artifact
                    .as_ref()
                    .map_or_else(|| "unknown".to_owned(), |artifact| artifact.digest.short()),
            ]);
        }
    }
    push_removed(&mut table, applied);
    table.render(WIDTH)
}

/// Where nothing but deletions was asked for, the other columns would be empty.
fn destroyed(applied: &Applied) -> String {
    let mut table = Table::new(vec![Whole("deployment"), Whole("result")]);
    push_removed(&mut table, applied);
    table.render(WIDTH)
}

fn push_removed(table: &mut Table, applied: &Applied) {
    for removed in applied.removed() {
        let result = removed.error.map_or("deleted", |_| "failed");
        table.row(vec![removed.key.to_string(), result.to_owned()]);
    }
    for left_out in &applied.left_out {
        let key = &left_out.deployment.key;
        table.row(vec![key.to_string(), "left out".to_owned()]);
    }
}

/// The image's last part and a short digest; the registry is in the plan.
fn image_cell(desired: &Desired) -> String {
    let Some(image) = &desired.image else {
        return "-".to_owned();
    };
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let short = match name.rsplit_once('/') {
        Some((_, last)) if name.chars().count() > SHORT_IMAGE => format!(".../{last}"),
        _ => name.to_owned(),
    };
    if digest.is_empty() {
        return short;
    }
    let end = digest.find(':').map_or(0, |colon| colon + 1) + 12;
    format!("{short}@{}", digest.get(..end).unwrap_or(digest))
}

/// One line that says how many deployments ended how.
pub(crate) fn count(applied: &Applied) -> String {
    let of = |wanted: fn(&Outcome) -> bool| {
        applied
            .outcomes
            .iter()
            .filter(|(_, outcome)| wanted(outcome))
            .count()
    };
    let created = of(|outcome| matches!(outcome, Outcome::Created));
    let updated = of(|outcome| matches!(outcome, Outcome::Updated));
    let unchanged = of(|outcome| matches!(outcome, Outcome::Unchanged));
    let removed = applied.removed();
    let kept = removed.iter().filter(|removed| removed.error.is_some());
    let kept = kept.count();
    let deleted = removed.len() - kept;
    let failed = of(|outcome| matches!(outcome, Outcome::Failed(_))) + kept;
    let left_out = applied.left_out.len();
    if created + updated + deleted + failed + left_out == 0 {
        return format!("nothing changed: {unchanged} unchanged");
    }
    let parts: Vec<String> = [
        (created, "created"),
        (updated, "updated"),
        (deleted, "deleted"),
        (unchanged, "unchanged"),
        (failed, "failed"),
        (left_out, "left out"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    parts.join(", ")
}

/// Schedule in words and next run, one pair per schedule and at least one.
fn schedule_cells(deployment: &DeploymentPlan, now: DateTime<Utc>) -> Vec<[String; 2]> {
    let desired = &deployment.desired;
    if desired.schedules.is_empty() {
        return vec![["none".to_owned(), "-".to_owned()]];
    }
    desired
        .schedules
        .iter()
        .zip(&desired.written_schedules)
        .map(|(schedule, written)| {
            let next = if deployment.paused {
                "paused".to_owned()
            } else if deployment
                .inactive
                .iter()
                .any(|slug| schedule.slug.as_ref() == Some(slug))
            {
                "inactive".to_owned()
            } else {
                times::next(written, now)
            };
            [written.in_words(), next]
        })
        .collect()
}

/// The declared deployments.
pub(crate) fn declared(deployments: &[Desired]) -> String {
    let mut table = Table::new(vec![
        Whole("deployment"),
        Whole("package"),
        Flexible("schedule"),
        Whole("pool"),
        Whole("queue"),
        Flexible("image"),
    ]);
    for desired in deployments {
        let mut words = desired
            .written_schedules
            .iter()
            .map(|schedule| schedule.in_words());
        table.row(vec![
            desired.key.to_string(),
            desired.package.to_owned(),
            words.next().unwrap_or_else(|| "none".to_owned()),
            desired.fields.work_pool_name.clone().unwrap_or_default(),
            desired.fields.work_queue_name.clone().unwrap_or_default(),
            image_cell(desired),
        ]);
        for further in words {
            table.row(vec![String::new(), String::new(), further]);
        }
    }
    table.render(WIDTH)
}

//! `check`: the declared deployments with their next runs and what may surprise; needs no server.

use chrono::{DateTime, TimeDelta, Utc};
use longshore::record::SourceLocation;
use longshore_spec::fires::{Fire, upcoming, warnings};
use longshore_spec::{Explain, Schedule, looks_secret};
use serde::Serialize;
use serde_json::Value;

use crate::desired::{DeploymentKey, Desired};
use crate::report::{Lines, times};

/// Runs that are shown per schedule.
const SHOWN_FIRES: usize = 5;

/// Days that are searched for changes of the clock: both of a year, wherever one begins.
const WARNING_DAYS: u32 = 366;

/// Runs per schedule that are searched for two that are too close.
const COMPARED_FIRES: usize = 200;

/// Two runs of one deployment that are closer than this are told.
const CLOSE: TimeDelta = TimeDelta::minutes(1);

/// One deployment as `check` sees it.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Checked {
    flow: String,
    deployment: String,
    source: SourceLocation,
    schedules: Vec<CheckedSchedule>,
    /// What concerns several of its schedules.
    warnings: Vec<String>,
}

/// One schedule as `check` sees it.
#[derive(Debug, PartialEq, Serialize)]
struct CheckedSchedule {
    slug: String,
    words: String,
    /// Whether it makes runs, as far as that is declared.
    active: bool,
    /// The next runs, as moments with the zone's offset.
    next: Vec<String>,
    #[serde(skip)]
    shown: Vec<String>,
    warnings: Vec<String>,
}

/// A schedule that makes no run any more, such as one whose `UNTIL` is past.
#[derive(Debug, thiserror::Error)]
#[error("deployment `{deployment}` at {place}: the schedule `{slug}` ({words}) never fires again")]
pub(crate) struct ScheduleOver {
    deployment: DeploymentKey,
    place: SourceLocation,
    slug: String,
    words: String,
}

impl Explain for ScheduleOver {
    fn help(&self) -> Option<String> {
        Some("write an end that is to come, or remove the schedule".to_owned())
    }
}

/// The schedules of deployments that are on and have no fire time after `now`.
pub(crate) fn schedules_over(declared: &[Desired], now: DateTime<Utc>) -> Vec<ScheduleOver> {
    let mut over = Vec::new();
    for desired in declared {
        for (written, schedule) in desired.schedules.iter().zip(&desired.written_schedules) {
            let is_over = upcoming(schedule, now, 1).is_ok_and(|fires| fires.is_empty());
            if is_over && written.active != Some(false) {
                over.push(ScheduleOver {
                    deployment: desired.key.clone(),
                    place: desired.source,
                    slug: written.slug.clone().unwrap_or_default(),
                    words: schedule.in_words(),
                });
            }
        }
    }
    over
}

/// Looks at one deployment from the moment `now` on.
pub(crate) fn check(desired: &Desired, now: DateTime<Utc>) -> Checked {
    let named: Vec<(&str, &Schedule)> = desired
        .schedules
        .iter()
        .map(|schedule| schedule.slug.as_deref().unwrap_or_default())
        .zip(desired.written_schedules.iter().copied())
        .collect();
    let mut found = equal_schedules(desired);
    found.extend(close_runs(&named, now));
    found.extend(secrets_in_clear(desired));
    Checked {
        flow: desired.key.flow.clone(),
        deployment: desired.key.deployment.clone(),
        source: desired.source,
        schedules: named
            .iter()
            .zip(&desired.schedules)
            .map(|((slug, schedule), written)| CheckedSchedule {
                active: written.active != Some(false),
                ..check_schedule(slug, schedule, now)
            })
            .collect(),
        warnings: found,
    }
}

fn check_schedule(slug: &str, schedule: &Schedule, now: DateTime<Utc>) -> CheckedSchedule {
    let mut found = Vec::new();
    let fires = upcoming(schedule, now, SHOWN_FIRES).unwrap_or_else(|error| {
        found.push(times::unknown(&error));
        Vec::new()
    });
    match warnings(schedule, now, WARNING_DAYS) {
        Ok(warnings) => found.extend(warnings.into_iter().map(|warning| warning.text)),
        Err(error) => found.push(times::unknown(&error)),
    }
    if let Schedule::Interval { every, .. } = schedule
        && every.as_duration().as_secs() < 60
    {
        found.push(format!(
            "a run every {every}; each run costs a process and several requests"
        ));
    }
    CheckedSchedule {
        slug: slug.to_owned(),
        words: schedule.in_words(),
        active: true,
        next: fires.iter().map(|fire| fire.local.to_rfc3339()).collect(),
        shown: fires.iter().map(times::shown).collect(),
        warnings: found,
    }
}

/// Plain environment variables that are likely to be secrets; everybody who can read the server sees them.
fn secrets_in_clear(desired: &Desired) -> Vec<String> {
    let environment = desired.fields.job_variables.get("env");
    let variables = environment.and_then(Value::as_object).into_iter().flatten();
    variables
        .filter(|(name, value)| looks_secret(name, value.as_str().unwrap_or_default()))
        .map(|(name, _)| {
            format!(
                "`{name}` in `env(...)` looks like a secret, and is visible on the server: write `secrets({name} = \"block:...\")`"
            )
        })
        .collect()
}

fn equal_schedules(desired: &Desired) -> Vec<String> {
    let mut found = Vec::new();
    for (index, first) in desired.schedules.iter().enumerate() {
        for second in &desired.schedules[index + 1..] {
            if first.schedule.fires_like(&second.schedule) {
                let slug = |slug: &Option<String>| slug.clone().unwrap_or_default();
                found.push(format!(
                    "schedules `{}` and `{}` are equal: Prefect 3 makes two runs each time",
                    slug(&first.slug),
                    slug(&second.slug)
                ));
            }
        }
    }
    found
}

/// The first pair of runs of two different schedules that are closer than a minute.
fn close_runs(named: &[(&str, &Schedule)], now: DateTime<Utc>) -> Option<String> {
    let mut runs: Vec<(Fire, &str, &Schedule)> = Vec::new();
    for (slug, schedule) in named {
        let fires = upcoming(schedule, now, COMPARED_FIRES).ok()?;
        runs.extend(fires.into_iter().map(|fire| (fire, *slug, *schedule)));
    }
    runs.sort_by_key(|(fire, slug, _)| (fire.at, *slug));
    let (first, second) = runs.windows(2).find_map(|pair| {
        let [first, second] = pair else { return None };
        let close = second.0.at - first.0.at < CLOSE;
        // Equal ones are told as such.
        (first.1 != second.1 && first.2 != second.2 && close).then_some((first, second))
    })?;
    Some(format!(
        "schedules `{}` and `{}` run within a minute of each other: {} and {}",
        first.1,
        second.1,
        times::shown(&first.0),
        times::shown(&second.0)
    ))
}

impl Checked {
    /// What may surprise, one line each with the names that it concerns.
    pub(crate) fn warning_lines(&self) -> Vec<String> {
        let name = format!("{}/{}", self.flow, self.deployment);
        let of_schedules = self.schedules.iter().flat_map(|schedule| {
            let warnings = schedule.warnings.iter();
            warnings
                .map(|warning| format!("warning: {name}, schedule {}: {warning}", schedule.slug))
        });
        let own = self
            .warnings
            .iter()
            .map(|warning| format!("warning: {name}: {warning}"));
        of_schedules.chain(own).collect()
    }
}

/// All of it as text.
pub(crate) fn text(checked: &[Checked]) -> String {
    let mut text = Lines::default();
    let mut warnings = 0;
    for deployment in checked {
        let Checked {
            flow,
            deployment: name,
            source,
            ..
        } = deployment;
        let _ = writeln!(text, "{flow}/{name}  ({source})");
        if deployment.schedules.is_empty() {
            let _ = writeln!(text, "  no schedule");
        }
        for schedule in &deployment.schedules {
            let off = if schedule.active { "" } else { ", off" };
            let _ = writeln!(text, "  {}: {}{off}", schedule.slug, schedule.words);
            for time in &schedule.shown {
                let _ = writeln!(text, "    {time}");
            }
            for warning in &schedule.warnings {
                let _ = writeln!(text, "    warning: {warning}");
            }
            warnings += schedule.warnings.len();
        }
        for warning in &deployment.warnings {
            let _ = writeln!(text, "  warning: {warning}");
        }
        warnings += deployment.warnings.len();
    }
    let _ = writeln!(
        text,
        "{} deployments checked, {warnings} warnings",
        checked.len()
    );
    text.into_text()
}

//! What becomes of the fire times of all schedules at a moment: a value made from what is stored and the time.

use chrono::{DateTime, TimeDelta, Utc};
use longshore::record::Catchup;
use longshore_embedded::{ActiveSchedule, Fire, FireDecision, ScheduledDeployment, Scheduling};
use longshore_prefect::WireSchedule;
use longshore_spec::Schedule;
use longshore_spec::fires::{FiresError, upcoming};
use uuid::Uuid;

use super::clock::TOLERANCE;
use super::wire::{self, ReadScheduleError};

/// Runs per schedule that are made before they are due, so that lists show them.
const AHEAD: usize = 3;

/// Missed fire times per schedule that are looked at; earlier ones are as good as never.
const MOST: usize = 1000;

/// How far back missed fire times are looked for at first; the whole way is gone only as long as there are few.
const FIRST_LOOK: TimeDelta = TimeDelta::hours(1);

/// Two moments that differ by this are told apart.
const STEP: TimeDelta = TimeDelta::microseconds(1);

/// What is to be done at a moment, and when to look again.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) decisions: Vec<FireDecision>,
    /// Set if fire times have passed, which are decided on with this, or if the stored time was too late.
    pub(crate) decided_until: Option<DateTime<Utc>>,
    /// The stored time until which fire times were decided, if it is later than the clock: the clock was wrong then.
    pub(crate) too_late: Option<DateTime<Utc>>,
    /// The last fire time of each schedule for which a run is made.
    pub(crate) latest: Vec<Fire>,
    /// The next fire time of all.
    pub(crate) next: Option<DateTime<Utc>>,
    pub(crate) missed: Vec<Missed>,
    pub(crate) problems: Vec<Problem>,
}

/// Fire times of a deployment's schedule that passed while nobody looked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    /// `flow/deployment`
    pub(crate) deployment: String,
    pub(crate) count: usize,
    pub(crate) catchup: Catchup,
    /// How many of them run now.
    pub(crate) made: usize,
}

/// A schedule that makes no runs because it cannot be understood.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) deployment: String,
    pub(crate) schedule: Uuid,
    pub(crate) error: ScheduleError,
}

/// Why no fire times can be told.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum ScheduleError {
    Json(#[from] serde_json::Error),
    Read(#[from] ReadScheduleError),
    Fires(#[from] FiresError),
}

/// Decides on all fire times up to `now`, and has the next runs of each schedule made.
///
/// What passed no longer than `on_time` ago runs; of what was missed by more, `catchup` says what becomes of it.
pub(crate) fn plan(
    scheduling: &Scheduling,
    now: DateTime<Utc>,
    on_time: TimeDelta,
    catchup: &mut impl FnMut(&ScheduledDeployment) -> Catchup,
) -> Planned {
    let stored = scheduling.decided_until;
    let too_late = stored.filter(|until| *until - now > TOLERANCE);
    let mut planned = Planned {
        decided_until: too_late.map(|_| now),
        too_late,
        ..Planned::default()
    };
    for deployment in &scheduling.deployments {
        for schedule in &deployment.schedules {
            let since = stored.map_or(schedule.since, |until| until.max(schedule.since));
            let since = if since - now > TOLERANCE { now } else { since };
            match Times::of(schedule, since, now) {
                Ok(times) => planned.add(deployment, schedule.id, &times, on_time, catchup),
                Err(error) => planned.problems.push(Problem {
                    deployment: name(deployment),
                    schedule: schedule.id,
                    error,
                }),
            }
        }
    }
    planned
}

fn name(deployment: &ScheduledDeployment) -> String {
    format!("{}/{}", deployment.flow, deployment.name)
}

/// Fire times of one schedule.
struct Times {
    now: DateTime<Utc>,
    /// Those for which there may be a run already, `now` included and not.
    first: Vec<DateTime<Utc>>,
    /// Up to `now`, the latest ones at least.
    passed: Vec<DateTime<Utc>>,
    coming: Vec<DateTime<Utc>>,
}

impl Times {
    fn of(
        schedule: &ActiveSchedule,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, ScheduleError> {
        let wire: WireSchedule = serde_json::from_value(schedule.schedule.clone())?;
        let schedule = wire::schedule(&wire)?;
        Ok(Self {
            now,
            first: after(&schedule, since, AHEAD)?,
            passed: passed(&schedule, since, now)?,
            coming: after(&schedule, now, AHEAD)?,
        })
    }
}

fn after(
    schedule: &Schedule,
    moment: DateTime<Utc>,
    count: usize,
) -> Result<Vec<DateTime<Utc>>, FiresError> {
    let fires = upcoming(schedule, moment + STEP, count)?;
    Ok(fires.iter().map(|fire| fire.at).collect())
}

/// The fire times after `since` up to `now`; of very many the latest ones.
fn passed(
    schedule: &Schedule,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, FiresError> {
    let mut look = FIRST_LOOK;
    loop {
        let from = since.max(now - look);
        let mut found = between(schedule, from, now)?;
        if found.len() >= MOST || from == since {
            found.drain(..found.len().saturating_sub(MOST));
            return Ok(found);
        }
        look = look * 24;
    }
}

fn between(
    schedule: &Schedule,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, FiresError> {
    let mut found: Vec<DateTime<Utc>> = Vec::new();
    let mut from = from;
    loop {
        let next = after(schedule, from, MOST)?;
        let in_time = next.partition_point(|at| *at <= until);
        found.extend(&next[..in_time]);
        match next.last() {
            Some(last) if in_time == MOST => from = *last,
            _ => return Ok(found),
        }
    }
}

impl Planned {
    fn add(
        &mut self,
        deployment: &ScheduledDeployment,
        schedule: Uuid,
        times: &Times,
        on_time: TimeDelta,
        catchup: &mut impl FnMut(&ScheduledDeployment) -> Catchup,
    ) {
        let now = times.now;
        let fire = |at: &DateTime<Utc>| Fire {
            deployment: deployment.id,
            schedule,
            at: *at,
        };
        let is_missed = |at: &DateTime<Utc>| now - *at > on_time;
        let missed = times.passed.partition_point(is_missed);
        let (missed, punctual) = times.passed.split_at(missed);
        let mut run = punctual.to_vec();
        if !missed.is_empty() {
            let catchup = catchup(deployment);
            let made = caught_up(missed, punctual, catchup);
            self.missed.push(Missed {
                deployment: name(deployment),
                count: missed.len(),
                catchup,
                made: made.len(),
            });
            run.extend(made);
        }
        let skipped = times
            .first
            .iter()
            .filter(|at| **at <= now && !run.contains(at));
        self.decisions
            .extend(skipped.map(|at| FireDecision::Skip(fire(at))));
        let made = run.iter().chain(&times.coming);
        self.decisions
            .extend(made.map(|at| FireDecision::Run(fire(at))));
        if !times.passed.is_empty() {
            self.decided_until = Some(now);
        }
        self.latest.push(fire(times.coming.last().unwrap_or(&now)));
        let next = times.coming.first().copied();
        self.next = self.next.into_iter().chain(next).min();
    }
}

/// Which missed fire times run; one that runs anyway is later than they are.
fn caught_up(
    missed: &[DateTime<Utc>],
    punctual: &[DateTime<Utc>],
    catchup: Catchup,
) -> Vec<DateTime<Utc>> {
    match catchup {
        Catchup::None => Vec::new(),
        Catchup::All => missed.to_vec(),
        Catchup::Latest if punctual.is_empty() => missed.last().copied().into_iter().collect(),
        Catchup::Latest => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

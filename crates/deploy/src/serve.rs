//! `serve`: the scheduler and the runner of the embedded server, as long as the command runs.

mod catchup;
mod clock;
mod command;
mod flow_run;
mod leftovers;
mod output;
mod process;
mod runs;
mod schedule;
mod verified;
mod wire;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use longshore::record::{Catchup, DeploymentRecord};
use longshore_embedded::{Changes, SchedulingError, Server};
use longshore_prefect::Client;
use longshore_spec::Explain;
use longshore_storage::AllowedStores;
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::ReadServerError;
use crate::report::{tell, tell_error};
pub(crate) use clock::Clock;
use clock::{Comparison, moved_text};
use runs::{Place, Runs};
use schedule::{Missed, Problem, plan};

/// A fire time that is seen so late was missed: the machine slept. What is late by less is due.
const ON_TIME: TimeDelta = TimeDelta::minutes(1);

/// Changes that come together are looked at together.
const SETTLE: Duration = Duration::from_millis(20);

/// The clock of the machine is looked at so often: it may be set, and stands still for a program while the machine sleeps.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Pause after a look at the server that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What was asked for on the command line.
#[derive(Debug)]
pub(crate) struct ServeOptions {
    /// Where flows run.
    pub(crate) root: PathBuf,
    /// Where the programs of flows may lie.
    pub(crate) stores: AllowedStores,
    /// Processes at once.
    pub(crate) limit: usize,
    /// What this program declares.
    pub(crate) declared: Vec<&'static DeploymentRecord>,
    /// Source of the present time.
    pub(crate) clock: Clock,
}

/// The database cannot be used any more.
#[derive(Debug, thiserror::Error)]
#[error("runs cannot be scheduled any more")]
pub(crate) struct ServeError(#[from] SchedulingError);

impl Explain for ServeError {
    fn help(&self) -> Option<String> {
        Some("start it again; if the fault stays, look at the space on the disk".to_owned())
    }
}

/// How far the end has come that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    /// Start nothing more, and end what runs.
    InOrder,
    /// Be gone.
    AtOnce,
}

/// Schedules and runs until it is told to stop; then nothing of it is left.
///
/// # Errors
/// The database fails. What runs is ended then, too.
pub(crate) async fn serve(
    server: &Server,
    client: Client,
    options: ServeOptions,
    mut stop: watch::Receiver<Stop>,
) -> Result<(), ServeError> {
    leftovers::clear(&client).await;
    let mut scheduler = Scheduler::new(server, options.declared);
    let mut runs = Runs::new(
        Place::new(server, client, options.root, options.stores),
        options.limit,
    );
    let worked = work(&mut scheduler, &mut runs, &options.clock, &mut stop).await;
    runs.end(&mut stop).await;
    worked
}

async fn work(
    scheduler: &mut Scheduler<'_>,
    runs: &mut Runs,
    clock: &Clock,
    stop: &mut watch::Receiver<Stop>,
) -> Result<(), ServeError> {
    let mut changes = scheduler.server.changes();
    // Both look once at the beginning.
    let mut seen: Option<Changes> = None;
    let mut next_run: Option<DateTime<Utc>> = None;
    let mut comparison = Comparison::default();
    while *stop.borrow_and_update() == Stop::No {
        let now = clock.now();
        if let Some(moved) = comparison.moved(now, Instant::now()) {
            tell(&moved_text(moved));
            // What was planned by the former time may not come for years.
            (seen, next_run) = (None, None);
            scheduler.plans_anew = true;
        }
        let current = *changes.borrow_and_update();
        let is_new = |of: fn(&Changes) -> u64| seen.as_ref().map(of) != Some(of(&current));
        if is_new(|changes| changes.deployments) || is_reached(scheduler.next, now) {
            scheduler.look(now).await?;
        }
        if is_new(|changes| changes.flow_runs) || runs.has_room() || is_reached(next_run, now) {
            match runs.look(clock.now()).await {
                Ok(next) => next_run = next,
                Err(error) => {
                    tell_error(&ReadServerError::from(error));
                    next_run = Some(now);
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
        seen = Some(current);
        let next = scheduler.next.into_iter().chain(next_run).min();
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            () = runs.one_ended() => {}
            // The server lives as long as this function.
            _ = changes.changed() => tokio::time::sleep(SETTLE).await,
            () = tokio::time::sleep(until(next, clock.now())) => {}
        }
    }
    Ok(())
}

fn is_reached(time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    time.is_some_and(|time| time <= now)
}

/// How long to sleep; a little more than until the moment, so that it is past then.
fn until(next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Duration {
    let Some(next) = next else {
        return LONGEST_WAIT;
    };
    let wait = (next - now).to_std().unwrap_or_default() + Duration::from_millis(1);
    wait.min(LONGEST_WAIT)
}

/// Makes runs of schedules.
struct Scheduler<'a> {
    server: &'a Server,
    declared: Vec<&'static DeploymentRecord>,
    /// The next fire time.
    next: Option<DateTime<Utc>>,
    /// Whether it has looked yet: what passed before that was missed.
    has_looked: bool,
    /// Whether the next look deletes what another time of the clock has planned.
    plans_anew: bool,
    /// Schedules of which was told that they cannot be understood.
    told: HashSet<Uuid>,
}

impl<'a> Scheduler<'a> {
    fn new(server: &'a Server, declared: Vec<&'static DeploymentRecord>) -> Self {
        Self {
            server,
            declared,
            next: None,
            has_looked: false,
            plans_anew: true,
            told: HashSet::new(),
        }
    }

    async fn look(&mut self, now: DateTime<Utc>) -> Result<(), ServeError> {
        let scheduling = self.server.scheduling().await?;
        let on_time = if self.has_looked {
            ON_TIME
        } else {
            TimeDelta::zero()
        };
        let planned = plan(&scheduling, now, on_time, &mut |deployment| {
            catchup::of(deployment, &self.declared)
        });
        if let Some(time) = planned.too_late {
            self.tell_too_late(time);
        }
        if self.plans_anew || planned.too_late.is_some() {
            self.server.delete_later_runs(planned.latest).await?;
        }
        self.server
            .decide(planned.decided_until, planned.decisions)
            .await?;
        self.plans_anew = false;
        self.has_looked = true;
        self.next = planned.next;
        self.tell(&planned.missed, planned.problems);
        Ok(())
    }

    /// Reports a clock that was ahead before `serve` was started; one that moved since was reported then.
    fn tell_too_late(&self, time: DateTime<Utc>) {
        if !self.has_looked {
            tell(&format!(
                "notice: the clock was at {} before; planning all schedules again",
                time.format("%Y-%m-%d %H:%M:%S")
            ));
        }
    }

    fn tell(&mut self, missed: &[Missed], problems: Vec<Problem>) {
        for missed in missed {
            tell(&missed_text(missed));
        }
        for problem in problems {
            if self.told.insert(problem.schedule) {
                let cause = std::error::Error::source(&problem.error);
                let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
                tell(&format!(
                    "warning: {} has a schedule that makes no runs: {}{cause}",
                    problem.deployment, problem.error
                ));
            }
        }
    }
}

fn missed_text(missed: &Missed) -> String {
    let Missed {
        deployment,
        count,
        catchup,
        made,
    } = missed;
    let times = if *count == 1 {
        "fire time"
    } else {
        "fire times"
    };
    let catchup = match catchup {
        Catchup::None => "none",
        Catchup::Latest => "latest",
        Catchup::All => "all",
    };
    let run = match made {
        0 => "none runs".to_owned(),
        1 => "one runs now".to_owned(),
        made => format!("{made} run now"),
    };
    format!("{deployment} missed {count} {times}; with catchup = \"{catchup}\" {run}")
}

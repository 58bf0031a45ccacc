//! Tells the server about task runs: in events on 3.x, by the routes of task runs on 2.x.

use std::collections::HashMap;
use std::time::Duration;

use longshore_prefect::{Capabilities, Client, Error, Event, SetStateStatus, StateType};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::recent_events::RecentEvents;
use crate::task::Told;

/// A task run that ends sooner is told once, at its end: an event costs the server seven milliseconds.
const SHOWN_AFTER: Duration = Duration::from_millis(1500);

/// How long reports are gathered.
const GATHER: Duration = Duration::from_millis(250);

/// Events of one request, which a server of 3.x takes at a time, and their bytes of JSON: proxies refuse a megabyte
/// unless they are told otherwise.
const BATCH: usize = 100;
const BATCH_BYTES: usize = 900_000;

/// A server that fails so often on one report, each time after all tries of the client, cannot store it.
const MOST_FAILURES: u32 = 5;

/// Task runs that are told about at once on 2.x.
const AT_ONCE: usize = 8;

/// Waits between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Asks for all that has been reported to be sent; answered once it is.
pub(super) type Flush = oneshot::Sender<()>;

/// The reporter of one run's task runs.
#[derive(Debug)]
pub(super) struct TaskReports {
    client: Client,
    told: mpsc::Receiver<Told>,
    flushes: mpsc::Receiver<Flush>,
    /// Reports that a task run has begun, kept back until it is worth telling.
    begun: HashMap<Uuid, (Instant, Told)>,
    ready: Vec<Told>,
    recent: RecentEvents,
    /// How often the server could not be reached before the last events.
    refused: u64,
}

impl TaskReports {
    pub(super) fn new(
        client: Client,
        told: mpsc::Receiver<Told>,
        flushes: mpsc::Receiver<Flush>,
    ) -> Self {
        Self {
            client,
            told,
            flushes,
            begun: HashMap::new(),
            ready: Vec::new(),
            recent: RecentEvents::default(),
            refused: 0,
        }
    }

    /// Sends what comes, for ever.
    pub(super) async fn run(mut self) {
        let client = self.client.clone();
        let capabilities = patiently(|| client.capabilities()).await;
        let is_2 = capabilities.is_some_and(Capabilities::is_2);
        // A server of 2.x takes the time at which it is told for the time at which it happened.
        let pause = if is_2 { Duration::ZERO } else { GATHER };
        loop {
            let flush = self.gather(pause).await;
            if flush.is_some() {
                while let Ok(told) = self.told.try_recv() {
                    self.ready.push(told);
                }
            }
            if is_2 {
                self.send_calls().await;
            } else {
                self.keep_back(flush.is_some());
                self.send_events().await;
            }
            if let Some(flush) = flush {
                // Whoever asked may have stopped waiting.
                let _ = flush.send(());
            }
        }
    }

    /// Waits for reports, and a little longer for others, or until somebody asks for all of them.
    async fn gather(&mut self, pause: Duration) -> Option<Flush> {
        let pause = sleep(pause);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                flush = self.flushes.recv() => return flush,
                told = self.told.recv(), if self.ready.len() < BATCH => match told {
                    Some(told) => self.ready.push(told),
                    // The run is over.
                    None => std::future::pending().await,
                },
                () = &mut pause, if !self.ready.is_empty() || !self.begun.is_empty() => return None,
            }
            if self.ready.len() == BATCH {
                return None;
            }
        }
    }

    /// Puts beginnings aside that may not have to be told, and adds those that do.
    fn keep_back(&mut self, none: bool) {
        let now = Instant::now();
        let mut ready = Vec::new();
        for told in std::mem::take(&mut self.ready) {
            if told.report.state.kind == StateType::Running {
                self.begun.insert(told.run.id, (now, told));
                continue;
            }
            self.begun.remove(&told.run.id);
            ready.push(told);
        }
        let is_due = |since: Instant| none || now - since >= SHOWN_AFTER;
        let due = self.begun.extract_if(|_, (since, _)| is_due(*since));
        ready.extend(due.map(|(_, (_, told))| told));
        self.ready = ready;
    }

    async fn send_events(&mut self) {
        let reports = std::mem::take(&mut self.ready);
        let events = reports
            .iter()
            .map(|told| Event::of_task_run(&told.run, &told.report));
        self.send_all(events.collect()).await;
        let refused = self.client.refused_connections();
        if refused != self.refused {
            self.refused = refused;
            // The server has started again; what it had and lost comes once more, and what it has stored changes nothing.
            let lost = self.recent.take();
            self.send_all(lost).await;
        }
    }

    /// Sends events in requests of bounded number and size.
    async fn send_all(&mut self, events: Vec<Event>) {
        let mut batch = Vec::new();
        let mut bytes = 0;
        for event in events {
            let size = event.json_length();
            if batch.len() == BATCH || (bytes + size > BATCH_BYTES && !batch.is_empty()) {
                self.send(std::mem::take(&mut batch)).await;
                bytes = 0;
            }
            bytes += size;
            batch.push(event);
        }
        if !batch.is_empty() {
            self.send(batch).await;
        }
    }

    async fn send(&mut self, events: Vec<Event>) {
        patiently(|| self.client.send_events(&events)).await;
        self.recent.add(events);
    }

    async fn send_calls(&mut self) {
        let reports = std::mem::take(&mut self.ready);
        let mut runs: Vec<(Uuid, Vec<Told>)> = Vec::new();
        let mut places = HashMap::new();
        for told in reports {
            let id = told.run.id;
            let place = *places.entry(id).or_insert_with(|| {
                runs.push((id, Vec::new()));
                runs.len() - 1
            });
            runs[place].1.push(told);
        }
        let mut calls = JoinSet::new();
        for (_, reports) in runs {
            if calls.len() == AT_ONCE {
                calls.join_next().await;
            }
            calls.spawn(call_each(self.client.clone(), reports));
        }
        while calls.join_next().await.is_some() {}
    }
}

/// Tells the states of one task run, in their order.
async fn call_each(client: Client, reports: Vec<Told>) {
    for told in reports {
        patiently(|| call(&client, &told)).await;
    }
}

/// Tells one state; the first one makes the task run, unless a former attempt of the flow has.
async fn call(client: &Client, told: &Told) -> Result<(), Error> {
    let (run, state) = (&told.run, &told.report.state);
    if told.report.from.is_none() {
        let made = client.create_task_run(run, state).await?;
        let transition = made
            .state
            .and_then(|state| state.state_details.transition_id);
        if transition == state.state_details.transition_id {
            return Ok(());
        }
    }
    loop {
        let answer = client.set_task_run_state(run.id, state).await?;
        if answer.status != SetStateStatus::Wait {
            return Ok(());
        }
        let seconds = answer.details.delay_seconds.unwrap_or(1.0).clamp(0.1, 60.0);
        sleep(Duration::from_secs_f64(seconds)).await;
    }
}

/// Tries until the server has answered; `None` if it refuses.
async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    mut attempt: impl FnMut() -> F,
) -> Option<T> {
    let mut pause = FIRST_PAUSE;
    let mut failures = 0;
    loop {
        let answer = attempt().await;
        failures += u32::from(
            answer
                .as_ref()
                .err()
                .is_some_and(Error::is_failure_of_server),
        );
        match answer {
            Ok(value) => return Some(value),
            Err(error) if error.may_pass() && failures < MOST_FAILURES => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => {
                tracing::warn!("reports of task runs are given up: {error}");
                return None;
            }
        }
    }
}

//! From the start of our program to Running, less what the server takes to answer.

use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::{Site, number};
use crate::bench::measure;
use crate::bench::tunnel::{Exchange, Tunnel};
use crate::command::Error;

/// One start.
#[derive(Debug)]
pub(super) struct Start {
    /// Milliseconds from the start of the process to the first line of the flow.
    pub(super) whole: f64,
    /// Of these, milliseconds in which a request was under way.
    pub(super) asking: f64,
    /// Requests up to there.
    pub(super) requests: usize,
}

/// Starts the flow that does nothing, as the worker would, behind a tunnel that sees its requests.
pub(super) fn measure(site: &mut Site) -> Result<Start, Error> {
    let api_url = site.server.api_url();
    let tunnel = Tunnel::start(&api_url).map_err(|source| Error::Connection {
        api_url: api_url.clone(),
        source,
    })?;
    let deployment = site.api.deployment("trivial", "direct")?;
    let run = site.create(&deployment, json!({}), "PENDING")?;
    let mut program = site.program(&deployment, &run, &tunnel.url);
    let log = site.folder.join("output.log");
    let (started, by_clock) = (Instant::now(), SystemTime::now());
    measure::run(&mut program, &log)?;
    site.api.completed(&run.id)?;
    let by_clock = by_clock.duration_since(SystemTime::UNIX_EPOCH);
    let by_clock = by_clock.unwrap_or_default().as_secs_f64();
    let whole = (number(&run.facts()?, "began")? - by_clock).max(0.0);
    let began = started + Duration::from_secs_f64(whole);
    let before = |exchange: &Exchange| exchange.asked.is_some_and(|asked| asked < began);
    let mut passed = tunnel.take();
    passed.retain(before);
    Ok(Start {
        whole: whole * 1e3,
        asking: under_way(&passed, began).as_secs_f64() * 1e3,
        requests: passed.len(),
    })
}

/// How long at least one of the requests, which come in the order in which they were asked, was under way.
fn under_way(passed: &[Exchange], until: Instant) -> Duration {
    let mut known: Option<Instant> = None;
    let mut sum = Duration::ZERO;
    for exchange in passed {
        let Some(asked) = exchange.asked else {
            continue;
        };
        let answered = exchange.answered.unwrap_or(until).min(until);
        let from = known.map_or(asked, |known| known.max(asked));
        sum += answered.saturating_duration_since(from);
        known = known.max(Some(answered));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::http::Request;

    #[test]
    fn requests_at_the_same_time_count_once() {
        let start = Instant::now();
        let at = |milliseconds| Some(start + Duration::from_millis(milliseconds));
        let exchange = |asked, answered| Exchange {
            request: Request {
                method: "GET".to_owned(),
                path: String::new(),
                body: String::new(),
                upgrades: false,
            },
            answer: None,
            asked,
            answered,
        };
        let passed = [
            exchange(at(0), at(10)),
            exchange(at(5), at(8)),
            exchange(at(9), at(20)),
            exchange(at(30), None),
        ];
        let until = start + Duration::from_millis(35);
        assert_eq!(under_way(&passed, until), Duration::from_millis(25));
    }
}

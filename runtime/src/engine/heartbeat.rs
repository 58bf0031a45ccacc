//! Signs of life of a run, by which a server of 3.x can tell that its process is gone.

use std::time::Duration;

use longshore_prefect::{Client, Event, FlowRun};
use tokio::task::AbortHandle;

/// Prefect's setting, in seconds; its own engine beats every three minutes, and never more often than twice in one.
const FREQUENCY: &str = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY";
const DEFAULT: u64 = 180;
const SHORTEST: u64 = 30;

/// Beats until it is dropped.
#[derive(Debug)]
pub(super) struct Heartbeat(AbortHandle);

impl Heartbeat {
    pub(super) fn start(client: Client, run: &FlowRun) -> Self {
        let (id, name) = (run.id, run.name.clone());
        let beats = async move {
            let is_2 = match client.capabilities().await {
                Ok(capabilities) => capabilities.is_2(),
                Err(_) => false,
            };
            if is_2 {
                return;
            }
            let mut beats = tokio::time::interval(pause(&|name| std::env::var(name).ok()));
            loop {
                beats.tick().await;
                if let Err(error) = client.send_events(&[Event::heartbeat(id, &name)]).await {
                    tracing::debug!("a heartbeat is lost: {error}");
                }
            }
        };
        Self(tokio::spawn(beats).abort_handle())
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn pause(variable: &impl Fn(&str) -> Option<String>) -> Duration {
    let seconds = variable(FREQUENCY).and_then(|text| text.parse::<u64>().ok());
    Duration::from_secs(seconds.unwrap_or(DEFAULT).max(SHORTEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_prefects_setting() {
        for (value, seconds) in [
            (None, 180),
            (Some("60"), 60),
            (Some("5"), 30),
            (Some("x"), 180),
        ] {
            let variable = |_: &str| value.map(str::to_owned);
            assert_eq!(pause(&variable), Duration::from_secs(seconds), "{value:?}");
        }
    }
}

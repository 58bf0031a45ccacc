//! Events that the server has taken, but may not have stored yet.

use std::collections::VecDeque;
use std::time::Duration;

use longshore_prefect::Event;
use tokio::time::Instant;

/// A server of 3.x answers once events are in its memory, and stores forty a second or more; it loses what it has not
/// stored when it ends.
const STORED_AFTER: Duration = Duration::from_secs(30);

/// How many are kept, which takes some three megabytes.
const MOST: usize = 1000;

/// The events that were sent last.
#[derive(Debug, Default)]
pub(super) struct RecentEvents {
    sent: VecDeque<(Instant, Event)>,
}

impl RecentEvents {
    pub(super) fn add(&mut self, events: Vec<Event>) {
        let now = Instant::now();
        self.sent
            .extend(events.into_iter().map(|event| (now, event)));
        let surplus = self.sent.len().saturating_sub(MOST);
        self.sent.drain(..surplus);
        let stored = self
            .sent
            .partition_point(|(at, _)| now - *at > STORED_AFTER);
        self.sent.drain(..stored);
    }

    /// Those that a server which has just ended may have lost.
    pub(super) fn take(&mut self) -> Vec<Event> {
        self.add(Vec::new());
        self.sent.drain(..).map(|(_, event)| event).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn events(count: usize) -> Vec<Event> {
        let event = |_| Event::heartbeat(Uuid::nil(), "run");
        (0..count).map(event).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_ones_are_kept_for_a_while() {
        let mut recent = RecentEvents::default();
        let (old, new) = (events(3), events(2));
        recent.add(old.clone());
        tokio::time::sleep(STORED_AFTER / 2).await;
        recent.add(new.clone());
        assert_eq!(recent.take(), [old, new.clone()].concat());
        assert_eq!(recent.take(), []);
        recent.add(new);
        tokio::time::sleep(STORED_AFTER * 2).await;
        assert_eq!(recent.take(), []);
        let many = events(MOST + 5);
        recent.add(many.clone());
        assert_eq!(recent.take(), many[5..]);
    }
}

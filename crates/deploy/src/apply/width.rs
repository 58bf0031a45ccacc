//! How many writes are under way at once: a pure value, which is told what has happened and never looks at a clock.
//!
//! A Prefect server on one machine takes one write after the other: SQLite refuses what comes at the same time, and
//! PostgreSQL on a few cores is no quicker with sixteen writers than with one. A server far away is bound by the way
//! there, which several writers share. Which of the two it is shows by trying; where the way is a small part of a write,
//! that is not tried in a small apply, for on SQLite a trial alone costs seconds when it meets a lock.

use std::time::Duration;

/// More would look like an attack, and Prefect Cloud limits requests.
const MOST: usize = 16;

/// Writes that a rate is measured over, at least; below that a single slow one decides.
const SHORTEST_ROUND: usize = 4;

/// Writes until the next trial after one that did not help; doubled each time.
const PATIENCE: usize = 16;

const LONGEST_PATIENCE: usize = 128;

/// The part of a write that the way to the server must be, for a trial to be likely to help.
const FAR: f64 = 0.2;

/// Writes before the first trial on a server that is near, and between two of them.
const NEAR_PATIENCE: usize = 64;

/// The part of what one writer more could bring at best that a trial must bring.
const WORTHWHILE: f64 = 1.0 / 3.0;

/// The number of writers, found by trying: one more while that helps, half as many when the server pushes back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Width {
    writers: usize,
    /// The time to the server and back, if it is known.
    way: Option<Duration>,
    /// Writes so far.
    ended: usize,
    /// Begins with the end of the first write, which has made connections for all.
    round: Option<Round>,
    /// Writes per second before the last writer was added, while that is on trial.
    before_trial: Option<f64>,
    /// Writes per second of one writer.
    alone: Option<f64>,
    /// Writes left until the next trial.
    wait: usize,
    /// The wait after the next trial that fails.
    patience: usize,
    /// Writes under way that began before writers were taken away; their trouble is no news.
    settling: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Round {
    start: Duration,
    ended: usize,
}

impl Width {
    /// A single writer, to a server that is so far away.
    pub(crate) fn new(way: Option<Duration>) -> Self {
        Self {
            writers: 1,
            way,
            ended: 0,
            round: None,
            before_trial: None,
            alone: None,
            wait: 0,
            patience: PATIENCE,
            settling: 0,
        }
    }

    /// How many writes may be under way.
    pub(crate) fn writers(&self) -> usize {
        self.writers
    }

    /// A write has ended so long after the first one began; `pushed_back` if the server has refused a try for its load,
    /// or broken a connection, since the last call.
    pub(crate) fn ended(&mut self, at: Duration, pushed_back: bool) {
        let is_news = self.settling == 0;
        self.settling = self.settling.saturating_sub(1);
        self.wait = self.wait.saturating_sub(1);
        self.ended += 1;
        if pushed_back && is_news {
            return self.push_back(at);
        }
        let Some(round) = &mut self.round else {
            return self.begin_round(at);
        };
        round.ended += 1;
        if round.ended < SHORTEST_ROUND.max(2 * self.writers) {
            return;
        }
        let seconds = at.saturating_sub(round.start).as_secs_f64();
        let rate = round.ended as f64 / seconds.max(f64::EPSILON);
        self.judge(rate);
        self.begin_round(at);
    }

    /// A single writer meets the server's own services now and then, which says nothing about a second one; the round
    /// says nothing either.
    fn push_back(&mut self, at: Duration) {
        if self.writers > 1 {
            self.narrow(self.writers / 2);
        }
        self.before_trial = None;
        self.begin_round(at);
    }

    fn judge(&mut self, rate: f64) {
        if self.writers == 1 {
            self.alone = Some(rate);
        }
        let others = self.writers.saturating_sub(1);
        let needed = |before: f64| before * (1.0 + WORTHWHILE / others.max(1) as f64);
        match self.before_trial.take() {
            Some(before) if rate < needed(before) => self.narrow(others),
            // What helped once helps no more.
            _ if self.writers > 1 && self.alone.is_some_and(|alone| rate < alone) => self.narrow(1),
            _ if self.wait == 0 && self.writers < MOST && self.may_try() => {
                self.before_trial = Some(rate);
                self.writers += 1;
            }
            _ => {}
        }
    }

    /// Whether a trial is likely to help, or worth its price by now.
    fn may_try(&mut self) -> bool {
        let (Some(way), Some(alone)) = (self.way, self.alone) else {
            return true;
        };
        let is_near = way.as_secs_f64() * alone < FAR;
        if is_near {
            self.patience = self.patience.max(NEAR_PATIENCE);
        }
        !is_near || self.ended >= NEAR_PATIENCE
    }

    fn narrow(&mut self, to: usize) {
        self.settling = self.writers - 1;
        self.writers = to.max(1);
        self.wait = self.patience;
        self.patience = (2 * self.patience).min(LONGEST_PATIENCE);
    }

    fn begin_round(&mut self, at: Duration) {
        self.round = Some(Round {
            start: at,
            ended: 0,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server: a write takes this long on the way, and this long on a machine that does one at a time.
    struct Server {
        way: Duration,
        work: Duration,
        /// From so many writers on it refuses one.
        refuses_from: usize,
    }

    const CLOUD: Server = Server {
        way: Duration::from_millis(200),
        work: Duration::from_millis(5),
        refuses_from: usize::MAX,
    };

    const SQLITE: Server = Server {
        way: Duration::ZERO,
        work: Duration::from_millis(70),
        refuses_from: 2,
    };

    impl Server {
        /// Does so many writes; the time that they take, and the numbers of writers on the way.
        fn run(&self, writes: usize) -> (Duration, Vec<usize>) {
            let mut width = Width::new(Some(self.way));
            let mut widths = vec![1];
            let mut now = Duration::ZERO;
            let mut free = Duration::ZERO;
            let mut under_way: Vec<Duration> = Vec::new();
            let mut left = writes;
            loop {
                while under_way.len() < width.writers() && left > 0 {
                    left -= 1;
                    free = free.max(now + self.way / 2) + self.work;
                    under_way.push(free + self.way / 2);
                }
                let Some(next) = under_way.iter().copied().min() else {
                    return (now, widths);
                };
                let refused = under_way.len() >= self.refuses_from;
                under_way.retain(|end| *end != next);
                now = next;
                if refused {
                    // The refused one is sent again a little later.
                    now += Duration::from_millis(40);
                    free = free.max(now) + self.work / 2;
                }
                width.ended(now, refused);
                if widths.last() != Some(&width.writers()) {
                    widths.push(width.writers());
                }
            }
        }

        fn sequential(&self, writes: u32) -> Duration {
            (self.way + self.work) * writes
        }
    }

    #[test]
    fn a_server_far_away_gets_more_writers_one_by_one() {
        let (elapsed, widths) = CLOUD.run(50);
        assert_eq!(widths[..6], [1, 2, 3, 4, 5, 6]);
        assert!(elapsed < CLOUD.sequential(50).mul_f64(0.4), "{elapsed:?}");
        let (_, widths) = CLOUD.run(1000);
        assert_eq!(widths.iter().max(), Some(&MOST));
    }

    #[test]
    fn a_near_server_is_left_alone_in_a_small_apply() {
        let (elapsed, widths) = SQLITE.run(50);
        assert_eq!((elapsed, widths), (SQLITE.sequential(50), vec![1]));
        let (elapsed, widths) = SQLITE.run(500);
        assert_eq!(widths, [1, 2, 1, 2, 1, 2, 1, 2, 1], "four trials");
        assert!(
            elapsed < SQLITE.sequential(500).mul_f64(1.05),
            "{elapsed:?}"
        );
    }

    #[test]
    fn a_server_that_refuses_writes_at_once_is_rarely_tried() {
        let far = Server {
            way: Duration::from_millis(100),
            ..SQLITE
        };
        let (elapsed, widths) = far.run(50);
        assert_eq!(widths, [1, 2, 1, 2, 1], "two trials");
        assert!(elapsed < far.sequential(50).mul_f64(1.1), "{elapsed:?}");
    }

    #[test]
    fn a_server_that_is_no_quicker_with_two_goes_back_to_one() {
        let slow = Server {
            way: Duration::from_millis(20),
            refuses_from: usize::MAX,
            ..SQLITE
        };
        let (elapsed, widths) = slow.run(50);
        assert_eq!(widths[..3], [1, 2, 1]);
        assert!(widths.iter().all(|width| *width <= 2), "{widths:?}");
        assert!(elapsed <= slow.sequential(51), "{elapsed:?}");
    }

    #[test]
    fn a_near_server_with_cores_to_spare_is_found_out_in_a_large_apply() {
        // All of a write can be done at the same time as others.
        let strong = Server {
            way: Duration::from_millis(70),
            work: Duration::ZERO,
            refuses_from: usize::MAX,
        };
        let mut width = Width::new(Some(Duration::from_millis(1)));
        let mut at = Duration::ZERO;
        for _ in 0..500 {
            at += strong.way / u32::try_from(width.writers()).unwrap();
            width.ended(at, false);
        }
        assert!(width.writers() > 8, "{width:?}");
    }

    /// The width after each end of a write: milliseconds since the last one, and whether the server pushed back.
    fn widths(ends: &[(u64, bool)]) -> Vec<usize> {
        let mut width = Width::new(None);
        let mut at = Duration::ZERO;
        ends.iter()
            .map(|(later, pushed_back)| {
                at += Duration::from_millis(*later);
                width.ended(at, *pushed_back);
                width.writers()
            })
            .collect()
    }

    const ALONE: [(u64, bool); 5] = [(100, false); 5];

    #[test]
    fn a_trial_must_be_worth_it() {
        // Two writers that end one write each in the time of one: twice the rate, a third more, and the same.
        for (later, after) in [(50, 3), (74, 3), (76, 1), (100, 1)] {
            let ends = [ALONE.as_slice(), &[(later, false); 4]].concat();
            assert_eq!(widths(&ends)[3..], [1, 2, 2, 2, 2, after], "{later}");
        }
    }

    #[test]
    fn being_pushed_back_halves_the_writers_once() {
        // Up to four writers, then trouble for all four at once.
        let wide = [ALONE.as_slice(), &[(50, false); 4], &[(33, false); 6]].concat();
        assert_eq!(widths(&wide).last(), Some(&4));
        let trouble = [wide.as_slice(), &[(25, true); 4]].concat();
        assert_eq!(widths(&trouble)[wide.len()..], [2, 2, 2, 2]);
        let again = [trouble.as_slice(), &[(25, true)]].concat();
        assert_eq!(widths(&again).last(), Some(&1));
    }

    #[test]
    fn a_single_writer_that_is_pushed_back_measures_anew() {
        let ends = [&ALONE[..3], &[(100, true)], &ALONE[..4]].concat();
        assert_eq!(widths(&ends), [1, 1, 1, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn writers_that_have_become_slower_than_one_are_taken_away() {
        let wide = [ALONE.as_slice(), &[(50, false); 4], &[(33, false); 6]].concat();
        // The fourth writer is on trial and fails; the three are slower than one was.
        let slow = [wide.as_slice(), &[(150, false); 8], &[(150, false); 6]].concat();
        let widths = widths(&slow);
        assert_eq!((widths[wide.len() + 7], widths.last()), (3, Some(&1)));
    }
}

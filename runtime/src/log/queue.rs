//! The records that wait to be sent, within a bound.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{cut, json_length};
use tokio::sync::{Notify, watch};

use super::sender::Refused;
use crate::context::Origin;

/// Memory for records while the server is away or slow: some hundred thousand lines.
const LARGEST: usize = 64 << 20;

/// What a record takes beside its text: the names and ids around it in a request have 240 bytes.
const OVERHEAD: usize = 256;

/// A longer text is cut: servers take it, but no page shows it.
const LONGEST_TEXT: usize = 256 << 10;

/// A server's reason may repeat what it refuses.
const LONGEST_REASON: usize = 2000;

/// Records and bytes of one request; proxies refuse a megabyte unless they are told otherwise.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 900_000;

/// One line of the run's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// 10 debug, 20 info, 30 warning, 40 error.
    pub(crate) level: i32,
    pub(crate) text: String,
    pub(crate) origin: Origin,
    /// Unlike that of any other record, so that the order is theirs and a record can be asked for.
    pub(crate) at: DateTime<Utc>,
    /// In bytes of JSON, with what is around the text.
    size: usize,
}

/// Records in the order in which they were written.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    /// A batch is full, or somebody waits for all of it.
    wake: Notify,
    /// How many records have been sent or given up.
    done: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Waiting {
    records: VecDeque<Record>,
    bytes: usize,
    last: Option<DateTime<Utc>>,
    added: u64,
    dropped: u64,
    /// Those of `dropped` that no record tells of yet.
    untold: u64,
    /// The same for those that the server refused.
    refused: Option<Refused>,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            wake: Notify::new(),
            done: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record; beyond the bound it is dropped and counted. Never waits.
    pub(crate) fn push(&self, level: i32, text: String, origin: Origin) {
        let text = cut(text, LONGEST_TEXT);
        let size = size_of(&text);
        let mut waiting = self.lock();
        if waiting.bytes + size > LARGEST {
            waiting.dropped += 1;
            waiting.untold += 1;
            return;
        }
        waiting.tell_dropped();
        waiting.add(level, text, origin, size);
        if waiting.records.len() >= BATCH || waiting.bytes >= BATCH_BYTES {
            self.wake.notify_one();
        }
    }

    /// Waits until a batch is full, somebody waits for all of it, or the time is up.
    pub(super) async fn wait(&self, longest: Duration) {
        // The time being up is as good a reason.
        let _ = tokio::time::timeout(longest, self.wake.notified()).await;
    }

    /// The next records to send, none if none wait.
    pub(crate) fn batch(&self) -> Vec<Record> {
        let mut waiting = self.lock();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(record) = waiting.records.front() {
            bytes += record.size;
            if batch.len() == BATCH || (bytes > BATCH_BYTES && !batch.is_empty()) {
                break;
            }
            batch.extend(waiting.records.pop_front());
        }
        batch
    }

    /// A batch has been sent, but for what was refused of it: there is room for others.
    pub(crate) fn settle(&self, batch: &[Record], refused: Option<Refused>) {
        let mut waiting = self.lock();
        waiting.bytes -= batch.iter().map(|record| record.size).sum::<usize>();
        if let Some(mut refused) = refused {
            waiting.dropped += refused.count;
            refused.count += waiting.refused.take().map_or(0, |before| before.count);
            waiting.refused = Some(refused);
        }
        drop(waiting);
        self.done.send_modify(|done| *done += batch.len() as u64);
    }

    /// Waits until all that has been written so far is sent, or the time is up; whether it is.
    pub(crate) async fn flush(&self, longest: Duration) -> bool {
        let added = {
            let mut waiting = self.lock();
            waiting.tell_dropped();
            waiting.added
        };
        self.wake.notify_one();
        let mut done = self.done.subscribe();
        let all = done.wait_for(|done| *done >= added);
        tokio::time::timeout(longest, all).await.is_ok()
    }

    /// How many records the server does not have: dropped ones, and those that still wait.
    pub(crate) fn missing(&self) -> u64 {
        let waiting = self.lock();
        waiting.dropped + waiting.added - *self.done.borrow()
    }
}

impl Waiting {
    fn add(&mut self, level: i32, text: String, origin: Origin, size: usize) {
        let now = Utc::now();
        let now = DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now);
        let next = self.last.map(|last| last + TimeDelta::microseconds(1));
        let at = next.map_or(now, |next| next.max(now));
        self.last = Some(at);
        let record = Record {
            level,
            text,
            origin,
            at,
            size,
        };
        self.bytes += size;
        self.added += 1;
        self.records.push_back(record);
    }

    /// Adds a warning of the log's own.
    fn add_note(&mut self, text: String) {
        let size = size_of(&text);
        self.add(30, text, Origin::default(), size);
    }

    /// Adds a record about those that were dropped at this place.
    fn tell_dropped(&mut self) {
        if self.untold > 0 {
            let text = format!(
                "{} log records were dropped here: the server did not take them in time",
                self.untold
            );
            self.untold = 0;
            self.add_note(text);
        }
        if let Some(Refused { count, reason }) = self.refused.take() {
            let text =
                format!("{count} log records are missing: the server refused them: {reason}");
            self.add_note(cut(text, LONGEST_REASON));
        }
    }
}

/// Bytes of JSON that a record with this text takes.
fn size_of(text: &str) -> usize {
    json_length(text) + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(records: &[Record]) -> Vec<&str> {
        records.iter().map(|record| record.text.as_str()).collect()
    }

    #[test]
    fn batches_keep_the_order_and_have_an_end() {
        let queue = Queue::new();
        for number in 0..1200 {
            queue.push(20, number.to_string(), Origin::default());
        }
        let mut all = Vec::new();
        for length in [500, 500, 200, 0] {
            let batch = queue.batch();
            assert_eq!(batch.len(), length);
            queue.settle(&batch, None);
            all.extend(batch);
        }
        assert!(all.is_sorted_by(|left, right| left.at < right.at));
        let expected: Vec<String> = (0..1200).map(|number| number.to_string()).collect();
        assert_eq!(texts(&all), expected);
        assert_eq!(queue.missing(), 0);
    }

    #[test]
    fn a_batch_is_small_enough_to_be_sent() {
        let queue = Queue::new();
        for _ in 0..5 {
            queue.push(20, "x".repeat(BATCH_BYTES / 4), Origin::default());
        }
        assert_eq!(queue.batch().len(), 3);
        assert_eq!(queue.batch().len(), 2);
        // A control character takes six bytes of JSON.
        for _ in 0..20 {
            queue.push(20, "\u{1b}".repeat(20_000), Origin::default());
        }
        assert_eq!(queue.batch().len(), 7);
        while !queue.batch().is_empty() {}
        queue.push(20, "x".repeat(BATCH_BYTES * 2), Origin::default());
        let batch = queue.batch();
        assert!(batch[0].text.ends_with("xxx ... (1800000 bytes)"));
        assert!(batch[0].text.len() < LONGEST_TEXT + 100);
    }

    #[test]
    fn what_does_not_fit_is_dropped_counted_and_told() {
        let queue = Queue::new();
        let line = "x".repeat(LONGEST_TEXT);
        let fit = LARGEST / (LONGEST_TEXT + OVERHEAD);
        for _ in 0..fit + 3 {
            queue.push(20, line.clone(), Origin::default());
        }
        assert_eq!(queue.missing(), fit as u64 + 3);
        let batch = queue.batch();
        queue.settle(&batch, None);
        queue.push(20, "later".to_owned(), Origin::default());
        let mut last = Vec::new();
        loop {
            let batch = queue.batch();
            if batch.is_empty() {
                break;
            }
            queue.settle(&batch, None);
            last = batch;
        }
        let last = texts(&last);
        let [.., note, later] = last.as_slice() else {
            panic!("two records, not {last:?}");
        };
        assert!(
            note.starts_with("3 log records were dropped here"),
            "{note}"
        );
        assert_eq!((*later, queue.missing()), ("later", 3));
    }

    #[test]
    fn what_the_server_refused_is_counted_and_told_with_its_reason() {
        let queue = Queue::new();
        for text in ["taken", "refused"] {
            queue.push(20, text.to_owned(), Origin::default());
        }
        let batch = queue.batch();
        let refused = Refused {
            count: 1,
            reason: "422".to_owned(),
        };
        queue.settle(&batch, Some(refused));
        queue.push(20, "later".to_owned(), Origin::default());
        let batch = queue.batch();
        let expected = "1 log records are missing: the server refused them: 422";
        assert_eq!(texts(&batch), [expected, "later"]);
        assert_eq!(queue.missing(), 3);
    }
}

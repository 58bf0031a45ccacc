//! The tables of `bench storage`, in the form of docs/benchmarks.md.

use super::LARGEST;
use super::fetch::{Fetch, Runner};
use super::programs::{Side, Upload};
use crate::bench::measure::{compare, median};

/// What one load has taken of each side, round by round.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    ours: Vec<Upload>,
    floor: Vec<Upload>,
    python: Vec<Upload>,
}

/// What looking for artifacts costs that are all there.
#[derive(Debug)]
pub(super) struct Unchanged {
    pub(super) seconds: f64,
    pub(super) requests: usize,
    /// Of their bodies.
    pub(super) bytes: usize,
}

/// All that was measured.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) artifacts: usize,
    pub(super) megabytes: usize,
    pub(super) small: Rounds,
    pub(super) large: Rounds,
    pub(super) unchanged: Unchanged,
    /// Of [`LARGEST`] MB.
    pub(super) largest: Upload,
    pub(super) runner: Runner,
    pub(super) fetches: Vec<Fetch>,
}

impl Rounds {
    pub(super) fn add(&mut self, side: Side, upload: Upload) {
        match side {
            Side::Ours => self.ours.push(upload),
            Side::Floor => self.floor.push(upload),
            Side::Python => self.python.push(upload),
        }
    }

    fn of(&self, side: Side) -> &[Upload] {
        match side {
            Side::Ours => &self.ours,
            Side::Floor => &self.floor,
            Side::Python => &self.python,
        }
    }

    fn seconds(&self, side: Side) -> Vec<f64> {
        self.of(side).iter().map(|upload| upload.seconds).collect()
    }

    /// The most of all rounds, in MiB.
    fn memory(&self, side: Side) -> u64 {
        let kib = self.of(side).iter().map(|upload| upload.kib);
        kib.max().unwrap_or_default() >> 10
    }
}

impl Report {
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(super) fn print(&self) {
        let lines = [self.uploads(), self.sides(), self.starts(), self.rest()];
        println!("\n{}", lines.concat().join("\n"));
    }

    fn loads(&self) -> [(String, &Rounds); 2] {
        [
            (format!("{} of 1 MB", self.artifacts), &self.small),
            (format!("one of {} MB", self.megabytes), &self.large),
        ]
    }

    fn uploads(&self) -> Vec<String> {
        let mut lines = vec![
            "| time of | median | quickest of each | all rounds | target |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        for (load, rounds) in self.loads() {
            let ours = rounds.seconds(Side::Ours);
            for (other, side, target) in [
                ("`upload_blob`", Side::Python, Some(1.0)),
                ("bare requests", Side::Floor, None),
            ] {
                let name = format!("{load}: ours / {other}");
                lines.push(compare(&name, &ours, &rounds.seconds(side), target));
            }
        }
        for fetch in &self.fetches {
            let Fetch { megabytes, .. } = fetch;
            let name = format!("start of {megabytes} MB, cold / bare request");
            lines.push(compare(&name, &fetch.cold, &fetch.floor, None));
        }
        lines
    }

    fn sides(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            "| | ours | bare requests | `upload_blob` |".to_owned(),
            "|---|---|---|---|".to_owned(),
        ];
        for (load, rounds) in self.loads() {
            let seconds = Side::ALL.map(|side| format!("{:.2}", median(rounds.seconds(side))));
            lines.push(format!("| {load}, seconds | {} |", seconds.join(" | ")));
            let memory = Side::ALL.map(|side| rounds.memory(side).to_string());
            let memory = memory.join(" | ");
            lines.push(format!("| {load}, peak memory, MiB | {memory} |"));
        }
        lines
    }

    fn starts(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            "| start of a program of | cold cache, ms | warm cache, ms | bare request, ms |"
                .to_owned(),
            "|---|---|---|---|".to_owned(),
        ];
        for fetch in &self.fetches {
            let times = [&fetch.cold, &fetch.warm, &fetch.floor];
            let times = times.map(|seconds| milliseconds(seconds));
            lines.push(format!(
                "| {} MB | {} |",
                fetch.megabytes,
                times.join(" | ")
            ));
        }
        lines
    }

    fn rest(&self) -> Vec<String> {
        let Unchanged {
            seconds,
            requests,
            bytes,
        } = self.unchanged;
        let Runner { length, starts } = &self.runner;
        vec![
            String::new(),
            format!(
                "{} artifacts that are all there: {requests} requests, {bytes} bytes of bodies, {seconds:.2} s",
                self.artifacts
            ),
            format!(
                "one of {LARGEST} MB: {:.2} s, {} MiB at most",
                self.largest.seconds,
                self.largest.kib >> 10
            ),
            format!(
                "longshore-run: {:.1} MB, --version after {} ms",
                *length as f64 / 1e6,
                milliseconds(starts)
            ),
        ]
    }
}

/// The middle one of some seconds.
fn milliseconds(seconds: &[f64]) -> String {
    format!("{:.1}", median(seconds.to_vec()) * 1e3)
}

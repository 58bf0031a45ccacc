//! The tables of the benchmark, in the form of docs/benchmarks.md.

use super::{Left, Life};
use crate::bench::measure::{compare, each, median};
use crate::bench::side::Side;

/// What all rounds have measured.
#[derive(Debug)]
pub(super) struct Report {
    repetitions: usize,
    lives: [Vec<Life>; 2],
    pub(super) left: Option<Left>,
}

impl Report {
    pub(super) fn new(repetitions: usize) -> Self {
        Self {
            repetitions,
            lives: Default::default(),
            left: None,
        }
    }

    pub(super) fn lives(&mut self, side: Side) -> &mut Vec<Life> {
        &mut self.lives[side as usize]
    }

    /// Ratios of the rounds, then what they are ratios of.
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(super) fn print(&self) {
        println!("\nrounds: {}\n", self.repetitions);
        println!("| ours / Python | median | quickest of each | all rounds | target |");
        println!("|---|---|---|---|---|");
        let lives = |value: fn(&Life) -> f64| self.lives.each_ref().map(|all| each(all, value));
        let [ours, python] = lives(|life| life.to_running);
        println!(
            "{}",
            compare("pod created to Running", &ours, &python, Some(0.2))
        );
        let [ours, python] = lives(|life| life.kib);
        println!(
            "{}",
            compare(
                "peak memory of the pod's processes",
                &ours,
                &python,
                Some(0.1)
            )
        );
        println!("\n| | ours | Python |\n|---|---|---|");
        let [ours, python] = lives(|life| life.to_running).map(median);
        println!("| pod created to Running, s | {ours:.2} | {python:.2} |");
        let [ours, python] = lives(|life| life.kib * 1.024e-3).map(median);
        println!("| peak memory of the pod's processes, MB | {ours:.1} | {python:.1} |");
        let [fetch, _] = lives(|life| life.fetch).map(median);
        println!(
            "| fetch and verification in the init container, ms | {:.0} | |",
            fetch * 1e3
        );
        if let Some(left) = &self.left {
            println!(
                "| left behind by {} runs after their jobs' time to live | {} objects, {} bytes | |",
                left.runs, left.objects, left.bytes
            );
        }
    }
}

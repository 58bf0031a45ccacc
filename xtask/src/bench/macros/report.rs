//! The tables, in the form of docs/benchmarks.md.

use super::PER_FLOW;
use super::compiler::Mode;
use super::sources::Side;
use crate::bench::measure::{Cost, compare, median};

/// Milliseconds of processor that a deployment may cost, as is hoped for.
const TARGET: f64 = 2.0;

/// What was measured.
#[derive(Debug)]
pub(super) struct Report {
    flows: usize,
    costs: Vec<(Mode, Side, Cost)>,
}

impl Report {
    pub(super) fn new(flows: usize) -> Self {
        Self {
            flows,
            costs: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, mode: Mode, side: Side, cost: Cost) {
        self.costs.push((mode, side, cost));
    }

    /// The value of each repetition.
    fn of(&self, mode: Mode, side: Side, value: fn(&Cost) -> f64) -> Vec<f64> {
        let costs = self.costs.iter();
        costs
            .filter(|(m, s, _)| (*m, *s) == (mode, side))
            .map(|(_, _, cost)| value(cost))
            .collect()
    }

    /// Absolute figures, ratios, and what one deployment adds.
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(super) fn print(&self) {
        let deployments = self.flows * PER_FLOW;
        println!("\n{} flows, {deployments} deployments\n", self.flows);
        println!("| | seconds of processor | seconds | peak memory, MiB |\n|---|---|---|---|");
        for mode in [Mode::Check, Mode::Build] {
            for side in Side::ALL {
                println!("{}", self.absolute(mode, side));
            }
        }
        println!("\n| processor time of | median | quickest of each | all rounds | target |");
        println!("|---|---|---|---|---|");
        for mode in [Mode::Check, Mode::Build] {
            for other in [Side::Plain, Side::Serde] {
                let name = format!("{mode:?}: deployments / {other:?}").to_lowercase();
                let ours = self.of(mode, Side::Deployments, processor);
                println!(
                    "{}",
                    compare(&name, &ours, &self.of(mode, other, processor), None)
                );
            }
        }
        println!("\n| a deployment adds | check | build | target |\n|---|---|---|---|");
        let flows = self.flows as f64;
        let (per_deployment, per_flow) = (flows * PER_FLOW as f64, flows);
        let rows: [(&str, Side, Side, f64); 3] = [
            (
                "with its share of the flow, ms",
                Side::Deployments,
                Side::Plain,
                per_deployment,
            ),
            (
                "by itself, ms",
                Side::Deployments,
                Side::Flows,
                per_deployment,
            ),
            ("(a flow by itself, ms)", Side::Flows, Side::Plain, per_flow),
        ];
        for (name, more, less, count) in rows {
            let added = |mode| self.added(mode, more, less, processor) * 1000.0 / count;
            println!(
                "| {name} | {:.2} | {:.2} | <= {TARGET} |",
                added(Mode::Check),
                added(Mode::Build)
            );
        }
        let memory = |mode| {
            self.added(mode, Side::Deployments, Side::Plain, memory) * 1024.0 / per_deployment
        };
        println!(
            "| memory, KiB | {:.0} | {:.0} | |",
            memory(Mode::Check),
            memory(Mode::Build)
        );
    }

    fn absolute(&self, mode: Mode, side: Side) -> String {
        let of = |value| median(self.of(mode, side, value));
        format!(
            "| {} {} | {:.2} | {:.2} | {:.0} |",
            format!("{mode:?}").to_lowercase(),
            format!("{side:?}").to_lowercase(),
            of(processor),
            of(|cost| cost.time.as_secs_f64()),
            of(memory)
        )
    }

    /// The median of what one side takes more than the other in the same round.
    fn added(&self, mode: Mode, more: Side, less: Side, value: fn(&Cost) -> f64) -> f64 {
        let more = self.of(mode, more, value);
        let less = self.of(mode, less, value);
        median(more.iter().zip(less).map(|(a, b)| a - b).collect())
    }
}

fn processor(cost: &Cost) -> f64 {
    cost.processor.as_secs_f64()
}

fn memory(cost: &Cost) -> f64 {
    cost.memory as f64 / 1024.0
}

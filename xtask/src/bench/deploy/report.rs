//! The table of a benchmark, in the form of docs/benchmarks.md.

use longshore_rig::Database;

use super::{Measured, Round};
use crate::bench::measure::{compare, median};

/// The rounds on one database.
#[derive(Debug)]
pub(super) struct Report {
    database: Database,
    deployments: usize,
    rounds: Vec<Round>,
}

/// What is compared with what, and what is hoped for.
type Comparison = (
    &'static str,
    fn(&Round) -> &Measured,
    fn(&Round) -> &Measured,
    Option<f64>,
);

const COMPARISONS: [Comparison; 6] = [
    (
        "first apply / raw writes",
        |r| &r.first,
        |r| &r.raw,
        Some(1.2),
    ),
    (
        "first apply with build / raw writes",
        |r| &r.first_with_build,
        |r| &r.raw,
        None,
    ),
    (
        "first apply / `prefect deploy --all`",
        |r| &r.first,
        |r| &r.prefect,
        Some(0.3),
    ),
    (
        "first apply with build / `prefect deploy --all`",
        |r| &r.first_with_build,
        |r| &r.prefect,
        None,
    ),
    (
        "unchanged apply / `prefect deploy --all`",
        |r| &r.unchanged,
        |r| &r.prefect_unchanged,
        Some(0.1),
    ),
    (
        "unchanged apply with build / `prefect deploy --all`",
        |r| &r.unchanged_with_build,
        |r| &r.prefect_unchanged,
        None,
    ),
];

type Side = (&'static str, fn(&Round) -> &Measured);

const SIDES: [Side; 5] = [
    ("first apply", |r| &r.first),
    ("unchanged apply", |r| &r.unchanged),
    ("raw writes", |r| &r.raw),
    ("first `prefect deploy --all`", |r| &r.prefect),
    ("unchanged `prefect deploy --all`", |r| &r.prefect_unchanged),
];

impl Report {
    pub(super) fn new(database: Database, deployments: usize) -> Self {
        Self {
            database,
            deployments,
            rounds: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Two tables: times as ratios, and what was asked of the server and of memory.
    #[expect(clippy::print_stdout, reason = "the command's output")]
    pub(super) fn print(&self) {
        let database = match self.database {
            Database::Sqlite => "SQLite",
            Database::PostgreSql => "PostgreSQL",
        };
        let rounds = self.rounds.len();
        println!(
            "\n{} deployments on {database}, rounds: {rounds}\n",
            self.deployments
        );
        println!("| time of | median | quickest of each | all rounds | target |");
        println!("|---|---|---|---|---|");
        for comparison in &COMPARISONS {
            println!("{}", self.comparison(comparison));
        }
        println!("\n| | writes | reads | peak memory, MiB | seconds |\n|---|---|---|---|---|");
        for side in &SIDES {
            println!("{}", self.side(side));
        }
    }

    fn comparison(&self, (name, ours, other, target): &Comparison) -> String {
        let seconds = |side: &fn(&Round) -> &Measured| -> Vec<f64> {
            let rounds = self.rounds.iter();
            rounds
                .map(|round| side(round).cost.time.as_secs_f64())
                .collect()
        };
        compare(name, &seconds(ours), &seconds(other), *target)
    }

    fn side(&self, (name, side): &Side) -> String {
        let of = |value: fn(&Measured) -> f64| {
            median(self.rounds.iter().map(|round| value(side(round))).collect())
        };
        let memory = of(|measured| measured.cost.memory as f64 / 1024.0);
        let memory = if memory > 0.0 {
            format!("{memory:.0}")
        } else {
            String::new()
        };
        format!(
            "| {name} | {} | {} | {memory} | {:.1} |",
            of(|measured| measured.writes as f64),
            of(|measured| measured.reads as f64),
            of(|measured| measured.cost.time.as_secs_f64())
        )
    }
}

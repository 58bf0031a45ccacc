//! Feeds mutated input to the parsers for a time: `cargo xtask fuzz [--seconds N] [--seed N]`.
//!
//! A panic ends it with the name of the parser, the input and the seed, with which a second run finds the same input.

mod mutation;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::targets::TARGETS;

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [--seed N]";

/// Time by default, which CI spends.
const SECONDS: u64 = 60;

/// Inputs that one parser gets before the next one has its turn.
const BATCH: u32 = 200;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((seconds, seed)) = options(&arguments) else {
        say(USAGE);
        return ExitCode::from(2);
    };
    match fuzz(Duration::from_secs(seconds), seed) {
        Ok(inputs) => {
            say(&format!(
                "{inputs} inputs to {} parsers without a panic (seed {seed})",
                TARGETS.len()
            ));
            ExitCode::SUCCESS
        }
        Err(found) => {
            say(&format!(
                "error: the parser of {} panicked on {:?}\nhelp: run `cargo xtask fuzz --seed {seed}` to see it again",
                found.target, found.input
            ));
            ExitCode::FAILURE
        }
    }
}

/// Seconds and seed; `None` if the arguments cannot be read.
fn options(arguments: &[String]) -> Option<(u64, u64)> {
    let mut options = (SECONDS, fastrand::u64(..));
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--seconds" => options.0 = value.parse().ok()?,
            "--seed" => options.1 = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

/// An input on which a parser panics.
struct Found {
    target: &'static str,
    input: String,
}

fn fuzz(limit: Duration, seed: u64) -> Result<u64, Found> {
    let begun = Instant::now();
    let mut random = Rng::with_seed(seed);
    let mut inputs = 0;
    while begun.elapsed() < limit {
        for target in TARGETS {
            for _ in 0..BATCH {
                let input = mutation::mutated(target.seeds, &mut random);
                if catch_unwind(AssertUnwindSafe(|| (target.parse)(&input))).is_err() {
                    return Err(Found {
                        target: target.name,
                        input,
                    });
                }
                inputs += 1;
            }
        }
    }
    Ok(inputs)
}

#[expect(clippy::print_stderr, reason = "the output of a developers' command")]
fn say(text: &str) {
    eprintln!("{text}");
}

//! Mutated input for parsers: a parser may refuse any text, and must not panic on one.
//!
//! Each test feeds a few hundred inputs; `cargo xtask fuzz` sets the variables that make it feed them for a time.

mod mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use fastrand::Rng;

/// Variable with the seconds that the targets of one test share.
pub const SECONDS: &str = "LONGSHORE_FUZZ_SECONDS";

/// Variable with the number that chooses the inputs.
pub const SEED: &str = "LONGSHORE_FUZZ_SEED";

/// Inputs that a target gets before the next one has its turn.
const BATCH: u32 = 200;

/// A parser, with inputs that it takes.
pub struct Target<'a> {
    /// What it reads, in the plural.
    pub name: &'static str,
    /// Texts that are changed in a few places.
    pub seeds: &'static [&'static str],
    /// Must return for every input.
    pub parse: &'a dyn Fn(&str),
}

/// Feeds mutated input to these parsers, one batch each, and further batches until the time is over.
///
/// # Panics
/// A parser panics; the message names it, the input, and the seed that finds the input again.
pub fn assert_no_panic(targets: &[Target<'_>]) {
    let seed = number(SEED).unwrap_or_else(|| fastrand::u64(..));
    let limit = Duration::from_secs(number(SECONDS).unwrap_or(0));
    let (begun, mut random) = (Instant::now(), Rng::with_seed(seed));
    loop {
        for target in targets {
            feed(target, seed, &mut random);
        }
        if begun.elapsed() >= limit {
            return;
        }
    }
}

fn feed(target: &Target<'_>, seed: u64, random: &mut Rng) {
    for _ in 0..BATCH {
        let input = mutation::mutated(target.seeds, random);
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.parse)(&input)));
        assert!(
            outcome.is_ok(),
            "the parser of {} panicked on {input:?}\nhelp: run `cargo xtask fuzz --seed {seed}` to see it again",
            target.name
        );
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the parser of letters panicked on \"")]
    fn a_panic_is_reported_with_its_input() {
        assert_no_panic(&[Target {
            name: "letters",
            seeds: &["abc"],
            parse: &|text| assert_eq!(text, "abc"),
        }]);
    }
}

//! `fuzz`: feeds mutated input to the parsers for a time.

use std::process::Command;

use longshore_rig::run;

use crate::command::{Error, root};

/// Seconds by default, which CI spends.
const SECONDS: u64 = 60;

/// The packages with parsers; their tests of mutated input have this in their names.
const PACKAGES: [&str; 4] = [
    "longshore-fuzz",
    "longshore-macros",
    "longshore-deploy",
    "longshore-embedded",
];
const TESTS: &str = "bear_mutated_input";

/// Runs the tests of mutated input, each package for a quarter of the time.
pub(crate) fn run_for(options: &[String]) -> Result<(), Error> {
    let options = read(options)?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["test", "--locked", "--lib", "--test", "exported_parsers"]);
    for package in PACKAGES {
        command.args(["-p", package]);
    }
    command
        .arg(TESTS)
        .current_dir(root())
        .env("LONGSHORE_FUZZ_SECONDS", (options.seconds / 4).to_string());
    if let Some(seed) = options.seed {
        command.env("LONGSHORE_FUZZ_SEED", seed.to_string());
    }
    run(&mut command, "install Rust: https://rustup.rs")?;
    Ok(())
}

struct Options {
    seconds: u64,
    seed: Option<u64>,
}

fn read(words: &[String]) -> Result<Options, Error> {
    let mut options = Options {
        seconds: SECONDS,
        seed: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse().ok());
        match (word.as_str(), value) {
            ("--seconds", Some(seconds)) => options.seconds = seconds,
            ("--seed", Some(seed)) => options.seed = Some(seed),
            _ => {
                return Err(Error::Word {
                    word: word.clone(),
                    known: "--seconds N, --seed N".to_owned(),
                });
            }
        }
    }
    Ok(options)
}

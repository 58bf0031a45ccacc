//! How long our commands take, compared in one run with the least that it needs and with what others use.

mod cargo;
mod deploy;
mod http;
mod measure;
mod run;
mod storage;
mod tunnel;
mod workspace;

use crate::command::Error;

const USAGE: &str =
    "bench deploy, bench run, bench storage; `cargo xtask --help` tells their options";

/// `bench deploy`, `bench run` and `bench storage`.
pub(crate) fn run(words: &[String]) -> Result<(), Error> {
    match words.split_first() {
        Some((command, words)) if command == "deploy" => deploy::run(words),
        Some((command, words)) if command == "run" => run::run(words),
        Some((command, words)) if command == "storage" => storage::run(words),
        _ => Err(Error::Word {
            word: format!("bench {}", words.join(" ")).trim_end().to_owned(),
            known: USAGE.to_owned(),
        }),
    }
}

#[expect(clippy::print_stderr, reason = "progress of minutes")]
fn progress(line: &str) {
    eprintln!("{line}");
}

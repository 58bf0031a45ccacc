//! How long our commands take, compared in one run with the least that it needs and with what others use.

mod api;
mod cargo;
mod deploy;
mod http;
mod kubernetes;
mod macros;
mod measure;
mod options;
mod run;
mod side;
mod storage;
mod tunnel;
mod workspace;

use std::fs;
use std::path::Path;

use longshore_rig::RigError;

use crate::command::Error;

const USAGE: &str = "bench deploy, bench kubernetes, bench macros, bench run, bench storage; `cargo xtask --help` tells their options";

/// `bench deploy`, `bench kubernetes`, `bench macros`, `bench run` and `bench storage`.
pub(crate) fn run(words: &[String]) -> Result<(), Error> {
    match words.split_first() {
        Some((command, words)) if command == "deploy" => deploy::run(words),
        Some((command, words)) if command == "kubernetes" => kubernetes::run(words),
        Some((command, words)) if command == "macros" => macros::run(words),
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

/// Writes a file and the folders above it.
fn write(path: &Path, text: &str) -> Result<(), RigError> {
    let file = |source| RigError::File {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file)?;
    }
    // What has not changed keeps its time, and cargo does not build it again.
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(file)
}

//! What the attributes cost the compiler, compared in one run with the same functions without them and with serde's derives.

mod compiler;
mod cost;
mod report;
mod sources;

use std::fs;
use std::io::ErrorKind;

use longshore_rig::RigError;

use super::options::{self, positive};
use super::progress;
use crate::command::{Error, root};
use compiler::{Calls, Mode};
use report::Report;
use sources::Side;

const USAGE: &str = "bench macros [--flows N] [--repetitions N] [--cold yes|no]";

/// Deployments of one flow.
const PER_FLOW: usize = 2;

/// What to measure.
#[derive(Debug)]
struct Options {
    flows: usize,
    repetitions: usize,
    /// Whether the dependencies are built, too.
    cold: bool,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, Error> {
        let mut options = Self {
            flows: 500,
            repetitions: 5,
            cold: true,
        };
        options::read(words, USAGE, |name, value| {
            match (name, value) {
                ("--flows", _) => options.flows = positive(value)?,
                ("--repetitions", _) => options.repetitions = positive(value)?,
                ("--cold", "yes") => options.cold = true,
                ("--cold", "no") => options.cold = false,
                _ => return None,
            }
            Some(())
        })?;
        Ok(options)
    }
}

/// `bench macros`.
pub(super) fn run(words: &[String]) -> Result<(), Error> {
    let options = Options::parse(words)?;
    let folder = root().join("target/bench/macros");
    sources::write(&folder, options.flows)?;
    let mut report = Report::new(options.flows);
    for mode in [Mode::Check, Mode::Build] {
        progress(&format!("{mode:?}: compiling the dependencies"));
        let calls = Calls::record(&folder, mode)?;
        for repetition in 0..options.repetitions {
            let mut sides = Side::ALL;
            sides.rotate_left(repetition % Side::ALL.len());
            for side in sides {
                let cost = calls.repeat(side)?;
                let seconds = cost.processor.as_secs_f64();
                progress(&format!(
                    "{mode:?} {}: {side:?} {seconds:.2} s of processor",
                    repetition + 1
                ));
                report.add(mode, side, cost);
            }
        }
    }
    report.print();
    if options.cold {
        let target = folder.join("cold");
        cost::print(&target)?;
        match fs::remove_dir_all(&target) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(RigError::File {
                    path: target,
                    source,
                }
                .into());
            }
            _ => {}
        }
    }
    Ok(())
}

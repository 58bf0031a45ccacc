//! What the dependencies of the attributes cost a build that has nothing yet.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use longshore_rig::{ProcessorTime, RigError};

use crate::bench::measure;
use crate::bench::progress;
use crate::command::root;

/// Builds the packages one after the other in a new target folder, and prints the times.
///
/// # Errors
/// Cargo fails.
#[expect(clippy::print_stdout, reason = "the command's output")]
pub(super) fn print(target: &Path) -> Result<(), RigError> {
    println!("\n| cold build of | seconds of processor | seconds |\n|---|---|---|");
    let serde = build(target, "serde_derive")?;
    println!("| `serde_derive` | {} |", cells(serde));
    // What both need is already there.
    let ours = build(target, "longshore-macros")?;
    println!("| `longshore-macros` after it | {} |", cells(ours));
    let rest = build(target, "longshore")?;
    println!("| `longshore` after both | {} |", cells(rest));
    let all = serde.0 + ours.0 + rest.0;
    let share = ours.0.as_secs_f64() / all.as_secs_f64();
    println!(
        "\n`longshore-macros` and what it alone needs: {:.0} % of the whole",
        share * 100.0
    );
    Ok(())
}

fn cells((processor, time): (Duration, Duration)) -> String {
    format!("{:.1} | {:.1}", processor.as_secs_f64(), time.as_secs_f64())
}

/// Processor time of cargo with its children, and time on the wall.
fn build(target: &Path, package: &str) -> Result<(Duration, Duration), RigError> {
    progress(&format!("building {package}"));
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .args(["build", "--locked", "--package", package]);
    let of_children = || ProcessorTime::of(std::process::id()).children;
    let before = of_children();
    let cost = measure::run(&mut cargo, &target.with_extension("log"))?;
    Ok((of_children() - before, cost.time))
}

//! `fuzz`: feeds mutated input to the parsers.

use std::process::Command;

use longshore_rig::run;

use crate::command::{Error, root};

/// Builds and runs `longshore-fuzz` with these options.
pub(crate) fn run_for(options: &[String]) -> Result<(), Error> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--quiet", "--locked", "-p", "longshore-fuzz", "--"])
        .args(options)
        .current_dir(root());
    run(&mut command, "install Rust: https://rustup.rs")?;
    Ok(())
}

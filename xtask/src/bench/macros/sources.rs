//! The crates that are compiled.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use longshore_rig::RigError;

use super::PER_FLOW;
use crate::bench::write as write_file;
use crate::command::root;

/// One of the crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Functions with all attributes.
    Deployments,
    /// The same functions with `#[flow]` alone.
    Flows,
    /// The same functions without any.
    Plain,
    /// As many structs as there are deployments, with `Serialize` and `Deserialize`.
    Serde,
}

impl Side {
    pub(super) const ALL: [Self; 4] = [Self::Deployments, Self::Flows, Self::Plain, Self::Serde];

    pub(super) fn crate_name(self) -> &'static str {
        match self {
            Self::Deployments => "bench_deployments",
            Self::Flows => "bench_flows",
            Self::Plain => "bench_plain",
            Self::Serde => "bench_serde",
        }
    }

    fn library(self, flows: usize) -> String {
        let mut text = String::new();
        for number in 0..flows {
            match self {
                Self::Deployments => {
                    let _written = write!(
                        text,
                        "\n/// Report {number}.\n#[longshore::flow(retries = 2)]\n"
                    );
                    deployments(&mut text, number);
                    function(&mut text, number, "#[param(default = 1)] ");
                }
                Self::Flows => {
                    let _written = write!(
                        text,
                        "\n/// Report {number}.\n#[longshore::flow(retries = 2)]\n"
                    );
                    function(&mut text, number, "#[param(default = 1)] ");
                }
                Self::Plain => function(&mut text, number, ""),
                Self::Serde => {
                    for part in 0..PER_FLOW {
                        structure(&mut text, number * PER_FLOW + part);
                    }
                }
            }
        }
        text
    }
}

fn deployments(text: &mut String, number: usize) {
    let minute = number % 60;
    let schedules = [
        format!("cron(\"{minute} 6 * * MON-FRI\", tz = \"Europe/Oslo\")"),
        "interval(\"1h\")".to_owned(),
    ];
    for (name, schedule) in ["eu", "us"].iter().zip(schedules) {
        let _written = writeln!(
            text,
            "#[longshore::deployment(name = \"{name}\", schedule = {schedule}, \
             image = \"ghcr.io/acme/flows:1.4.0\", queue = \"kubernetes\", parameters(region = \"{name}\", days = 7))]"
        );
    }
}

fn function(text: &mut String, number: usize, default: &str) {
    let _written = writeln!(
        text,
        "pub async fn report_{number}(region: String, {default}days: u32) -> Result<(), std::io::Error> {{\n    \
         println!(\"{{region}} {{days}}\");\n    Ok(())\n}}"
    );
}

fn structure(text: &mut String, number: usize) {
    let _written = writeln!(
        text,
        "#[derive(serde::Serialize, serde::Deserialize)]\npub struct Report{number} {{\n    \
         pub region: String,\n    pub days: u32,\n    pub tags: Vec<String>,\n}}"
    );
}

/// Writes a workspace of all the crates below `folder`.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(folder: &Path, flows: usize) -> Result<(), RigError> {
    let runtime = root().join("runtime");
    let members: Vec<&str> = Side::ALL.iter().map(|side| side.crate_name()).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[profile.dev]\ndebug = \"line-tables-only\"\n"
    );
    write_file(&folder.join("Cargo.toml"), &manifest)?;
    for side in Side::ALL {
        let name = side.crate_name();
        // All have the same dependencies, so that reading them costs each the same.
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nlongshore = {{ path = {runtime:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n"
        );
        write_file(&folder.join(name).join("Cargo.toml"), &manifest)?;
        write_file(&folder.join(name).join("src/lib.rs"), &side.library(flows))?;
    }
    let lock = folder.join("Cargo.lock");
    fs::copy(root().join("Cargo.lock"), &lock)
        .map(drop)
        .map_err(|source| RigError::File { path: lock, source })
}

//! Calls of the compiler as cargo makes them, repeated without cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::RigError;

use super::sources::Side;
use crate::bench::measure::{self, Cost};
use crate::bench::write as write_file;

/// What cargo asks of the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `cargo check`
    Check,
    /// `cargo build`
    Build,
}

impl Mode {
    fn command(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Build => "build",
        }
    }
}

/// Notes each call with its variables before it is done.
const WRAPPER: &str = "#!/bin/sh
if [ \"$2\" = --crate-name ]; then
    printf '%s\\n' \"$@\" > \"$LONGSHORE_BENCH_CALLS/$3.call\"
    env | grep '^CARGO' > \"$LONGSHORE_BENCH_CALLS/$3.variables\"
fi
exec \"$@\"
";

/// The calls for all crates.
#[derive(Debug)]
pub(super) struct Calls {
    workspace: PathBuf,
    folder: PathBuf,
}

impl Calls {
    /// Compiles everything once.
    ///
    /// # Errors
    /// A file cannot be written, or cargo fails.
    pub(super) fn record(workspace: &Path, mode: Mode) -> Result<Self, RigError> {
        let folder = workspace.join(mode.command());
        let wrapper = folder.join("note");
        write_file(&wrapper, WRAPPER)?;
        executable(&wrapper)?;
        for side in Side::ALL {
            // Cargo does not call the compiler for what is up to date.
            let source = workspace.join(side.crate_name()).join("src/lib.rs");
            let text = fs::read_to_string(&source).map_err(at(&source))?;
            fs::write(&source, text).map_err(at(&source))?;
        }
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(workspace)
            .env("CARGO_TARGET_DIR", workspace.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
            .env("LONGSHORE_BENCH_CALLS", &folder)
            .args([mode.command(), "--workspace"]);
        longshore_rig::run(&mut cargo, "install Rust: https://rustup.rs")?;
        Ok(Self {
            workspace: workspace.to_owned(),
            folder,
        })
    }

    /// Compiles one crate again.
    ///
    /// # Errors
    /// The compiler fails.
    pub(super) fn repeat(&self, side: Side) -> Result<Cost, RigError> {
        let read = |ending: &str| {
            let path = self.folder.join(format!("{}.{ending}", side.crate_name()));
            fs::read_to_string(&path).map_err(at(&path))
        };
        let (call, variables) = (read("call")?, read("variables")?);
        let mut words = call.lines();
        let mut compiler = Command::new(words.next().unwrap_or("rustc"));
        compiler.current_dir(&self.workspace).args(words);
        compiler.envs(variables.lines().filter_map(|line| line.split_once('=')));
        measure::run(&mut compiler, &self.folder.join("output.log"))
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> RigError {
    let path = path.to_owned();
    |source| RigError::File { path, source }
}

#[cfg(unix)]
fn executable(path: &Path) -> Result<(), RigError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(at(path))
}

#[cfg(not(unix))]
fn executable(_path: &Path) -> Result<(), RigError> {
    Ok(())
}

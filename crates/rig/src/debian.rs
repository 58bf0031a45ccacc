//! Programs from Debian's packages, unpacked below `target/rig/`: nothing is installed, and root is not needed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::folder;
use crate::error::RigError;

/// Whether this is a system with Debian's packages.
pub(crate) fn can_unpack() -> bool {
    ["apt-get", "dpkg-deb"].iter().all(|program| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    })
}

/// Unpacks packages, with all that they need beyond the system's own, into `target/rig/<name>/root`, which is their `/`.
///
/// What was unpacked before is left alone.
///
/// # Errors
/// This is not Debian, a package cannot be fetched, or the disk is full.
#[expect(
    clippy::print_stderr,
    reason = "progress of a command that takes a minute"
)]
pub(crate) fn unpack(name: &str, packages: &[&str], root: &Path) -> Result<(), RigError> {
    let folder = folder(root).join(name);
    let unpacked = folder.join("root");
    let installed = folder.join("installed.txt");
    let wanted = packages.join(" ");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    eprintln!("unpacking {name} under target/rig/");
    for part in ["apt/lists/partial", "apt/archives/partial", "root"] {
        let part = folder.join(part);
        fs::create_dir_all(&part).map_err(|source| file(&part, source))?;
    }
    let state = folder.join("apt");
    apt(&state, &["update"])?;
    let options = [
        "install",
        "--download-only",
        "--no-install-recommends",
        "--yes",
    ];
    apt(&state, &[&options, packages].concat())?;
    for archive in archives(&state.join("archives"))? {
        let mut command = Command::new("dpkg-deb");
        silently(command.arg("--extract").arg(archive).arg(&unpacked))?;
    }
    fs::remove_dir_all(&state).map_err(|source| file(&state, source))?;
    // Written last: what was interrupted is done anew.
    fs::write(&installed, wanted).map_err(|source| file(&installed, source))
}

/// Writes a script beside an unpacked folder that starts one of its programs with its libraries; `program` is a path
/// below the folder, and may have `*` in it.
///
/// # Errors
/// The script cannot be written.
pub(crate) fn write_launcher(launcher: &Path, program: &str) -> Result<(), RigError> {
    let script = format!(
        r#"#!/bin/sh
root="$(dirname "$(readlink -f "$0")")/root"
libraries="$(echo "$root"/usr/lib/*-linux-gnu)"
program="$(echo "$root"/{program})"
LD_LIBRARY_PATH="$libraries:$libraries/pulseaudio" exec "$program" "$@"
"#
    );
    fs::write(launcher, script)
        .and_then(|()| fs::set_permissions(launcher, fs::Permissions::from_mode(0o755)))
        .map_err(|source| file(launcher, source))
}

/// `apt-get` that reads the system's sources and list of installed packages, and keeps its own files in `state`.
fn apt(state: &Path, words: &[&str]) -> Result<(), RigError> {
    let option = |name: &str, value: &Path| format!("{name}={}", value.display());
    let options = [
        option("Dir::State", state),
        option("Dir::State::lists", &state.join("lists")),
        option("Dir::State::status", Path::new("/var/lib/dpkg/status")),
        option("Dir::Cache", state),
        option("Dir::Cache::archives", &state.join("archives")),
        // The system's own state is not touched, so that its lock need not be had.
        "Debug::NoLocking=1".to_owned(),
        "APT::Sandbox::User=root".to_owned(),
    ];
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet")
        .args(options.iter().flat_map(|option| ["--option", option]));
    silently(command.args(words))
}

/// Runs a program whose output matters only if it fails.
fn silently(command: &mut Command) -> Result<(), RigError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| RigError::Missing {
        program: program.clone(),
        install: "on a system that is not Debian, install the program by hand",
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(RigError::NotFetched {
        program,
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>, RigError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| file(folder, source))? {
        let path = entry.map_err(|source| file(folder, source))?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    Ok(found)
}

fn file(path: &Path, source: std::io::Error) -> RigError {
    RigError::File {
        path: path.to_owned(),
        source,
    }
}

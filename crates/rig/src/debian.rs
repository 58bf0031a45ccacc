//! Programs from Debian's packages, unpacked below `target/rig/`: nothing is installed, and root is not needed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::checked;
use crate::environment::folder;
use crate::error::RigError;

const BY_HAND: &str = "on a system that is not Debian, install the program by hand";

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
        fs::create_dir_all(&part).map_err(|source| RigError::file(&part, source))?;
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
    fs::remove_dir_all(&state).map_err(|source| RigError::file(&state, source))?;
    // Written last: what was interrupted is done anew.
    fs::write(&installed, wanted).map_err(|source| RigError::file(&installed, source))
}

/// Root of the file system with the programs of [`unpack`]; `/` where the system has all of them.
pub(crate) fn root_with(programs: &[&str], name: &str, root: &Path) -> PathBuf {
    let system = Path::new("/");
    if programs.iter().all(|path| system.join(path).exists()) {
        return system.to_owned();
    }
    folder(root).join(name).join("root")
}

/// A program below such a root, which finds its libraries and the programs next to it.
pub(crate) fn program_in(base: &Path, path: &str) -> Command {
    let mut command = Command::new(base.join(path));
    prepare(&mut command, base);
    command
}

/// Lets a program find the programs and libraries below such a root.
pub(crate) fn prepare(command: &mut Command, base: &Path) {
    if base == Path::new("/") {
        return;
    }
    let libraries = base.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    let own = ["usr/bin", "usr/sbin"].map(|part| base.join(part));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path)));
    command
        .env("PATH", path.unwrap_or_default())
        .env("LD_LIBRARY_PATH", libraries);
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
        .map_err(|source| RigError::file(launcher, source))
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
    checked(&program, output, BY_HAND).map(drop)
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>, RigError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| RigError::file(folder, source))? {
        let path = entry
            .map_err(|source| RigError::file(folder, source))?
            .path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    Ok(found)
}

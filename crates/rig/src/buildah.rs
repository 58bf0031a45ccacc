//! Buildah, which builds images from a Dockerfile without a daemon, as Debian has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::checked;
use crate::debian::{program_in, root_with, unpack};
use crate::environment::{root, temporary_folder};
use crate::error::RigError;

/// Debian's package, and the program in it.
const NAME: &str = "buildah";
const PROGRAM: &str = "usr/bin/buildah";

const INSTALL: &str = "run `cargo xtask rig up kubernetes`, which installs it";

/// Signatures are not asked for: nothing is pulled.
const POLICY: &str = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;

/// Unpacks Buildah under `<root>/target/rig/`, unless it is installed.
///
/// # Errors
/// This is not Debian, or a package cannot be fetched.
pub(crate) fn install_buildah(root: &Path) -> Result<(), RigError> {
    if root_with(&[PROGRAM], NAME, root) == Path::new("/") {
        return Ok(());
    }
    unpack(NAME, &[NAME], root)
}

/// Builds an image from a Dockerfile that pulls nothing, and writes it to an archive as `docker save` does.
///
/// # Errors
/// Buildah is not installed, or the build fails.
pub(crate) fn build_image(
    dockerfile: &Path,
    context: &Path,
    name: &str,
    archive: &Path,
) -> Result<(), RigError> {
    let store = temporary_folder()?;
    let policy = store.path().join("policy.json");
    fs::write(&policy, POLICY).map_err(|source| RigError::file(&policy, source))?;
    let mut build = buildah(store.path());
    build
        .args(["bud", "--isolation", "chroot", "--signature-policy"])
        .arg(&policy)
        .arg("--file")
        .arg(dockerfile)
        .args(["--tag", name])
        .arg(context);
    checked("buildah bud", build.output(), INSTALL)?;
    let mut push = buildah(store.path());
    push.args(["push", "--signature-policy"])
        .arg(&policy)
        .arg(name)
        .arg(format!("docker-archive:{}:{name}", archive.display()));
    checked("buildah push", push.output(), INSTALL).map(drop)
}

/// The program, with its state in a folder.
fn buildah(store: &Path) -> Command {
    let mut command = program_in(&root_with(&[PROGRAM], NAME, &root()), PROGRAM);
    command
        .arg("--root")
        .arg(store.join("root"))
        .arg("--runroot")
        .arg(store.join("run"))
        .args(["--storage-driver", "vfs"]);
    command
}

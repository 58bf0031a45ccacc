//! Buildah, which builds images from a Dockerfile without a daemon, as Debian has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::debian::unpack;
use crate::environment::{folder, root};
use crate::error::RigError;
use crate::kubernetes::checked;

/// Where Debian installs it.
const INSTALLED: &str = "usr/bin/buildah";

/// Signatures are not asked for: nothing is pulled.
const POLICY: &str = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;

/// Unpacks Buildah under `<root>/target/rig/`, unless it is installed.
///
/// # Errors
/// This is not Debian, or a package cannot be fetched.
pub(crate) fn install_buildah(root: &Path) -> Result<(), RigError> {
    if Path::new("/").join(INSTALLED).exists() {
        return Ok(());
    }
    unpack("buildah", &["buildah"], root)
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
    let store = TempDir::new().map_err(|source| file(&std::env::temp_dir(), source))?;
    let policy = store.path().join("policy.json");
    fs::write(&policy, POLICY).map_err(|source| file(&policy, source))?;
    let mut build = buildah(store.path());
    build
        .args(["bud", "--isolation", "chroot", "--signature-policy"])
        .arg(&policy)
        .arg("--file")
        .arg(dockerfile)
        .args(["--tag", name])
        .arg(context);
    checked("buildah bud", build.output())?;
    let mut push = buildah(store.path());
    push.args(["push", "--signature-policy"])
        .arg(&policy)
        .arg(name)
        .arg(format!("docker-archive:{}:{name}", archive.display()));
    checked("buildah push", push.output()).map(drop)
}

/// The program, with its state in a folder.
fn buildah(store: &Path) -> Command {
    let unpacked = folder(&root()).join("buildah/root");
    let is_installed = Path::new("/").join(INSTALLED).exists();
    let base = if is_installed {
        PathBuf::from("/")
    } else {
        unpacked
    };
    let mut command = Command::new(base.join(INSTALLED));
    if !is_installed {
        let libraries = base.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
        command.env("LD_LIBRARY_PATH", libraries);
    }
    command
        .arg("--root")
        .arg(store.join("root"))
        .arg("--runroot")
        .arg(store.join("run"))
        .args(["--storage-driver", "vfs"]);
    command
}

fn file(path: &Path, source: std::io::Error) -> RigError {
    RigError::File {
        path: path.to_owned(),
        source,
    }
}

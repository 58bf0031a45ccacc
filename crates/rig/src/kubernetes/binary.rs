//! The programs of the cluster: one binary from Go modules, and Debian's containerd and runc.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::buildah::install_buildah;
use crate::debian::{can_unpack, prepare, program_in, root_with, unpack};
use crate::environment::folder;
use crate::error::RigError;

/// Release of Kubernetes in `xtask/rig/kubernetes/go.mod`. A later one does not start on cgroup v1.
const VERSION: &str = "1.34.4";

/// Variable of the linker in which Kubernetes keeps its version; Prefect's worker asks for it.
const VERSION_VARIABLE: &str = "k8s.io/component-base/version";

const GO: &str = "install Go 1.24 or newer, on Debian from golang.org or backports";

const PACKAGES: [&str; 3] = ["containerd", "runc", "containernetworking-plugins"];

/// Folder of the unpacked packages, and what the cluster needs of them.
const CONTAINERD: &str = "containerd";
const CONTAINER_PROGRAMS: [&str; 3] = [
    "usr/bin/containerd",
    "usr/sbin/runc",
    "usr/lib/cni/loopback",
];

/// Files of `xtask/rig/kubernetes/` that decide what is built.
const SOURCES: [&str; 4] = ["go.mod", "go.sum", "kube.go", "pause/pause.go"];

/// Paths of the cluster's programs.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    kube: PathBuf,
    pub(super) pause: PathBuf,
    /// Folder with containerd, runc and their libraries, as a root file system; `/` where Debian has installed them.
    containers: PathBuf,
}

impl Programs {
    /// A program of Kubernetes, or etcd, by its name.
    pub(super) fn kube(&self, name: &str) -> Command {
        let mut command = Command::new(&self.kube);
        command.arg(name);
        command
    }

    /// `kubectl` with the rights of a kubeconfig, without its arguments.
    pub(super) fn kubectl(&self, kubeconfig: &Path) -> Command {
        let mut command = self.kube("kubectl");
        command.arg("--kubeconfig").arg(kubeconfig);
        command
    }

    pub(super) fn kubelet(&self) -> Command {
        let mut command = self.kube("kubelet");
        prepare(&mut command, &self.containers);
        command
    }

    pub(super) fn containerd(&self) -> Command {
        program_in(&self.containers, "usr/bin/containerd")
    }

    pub(super) fn ctr(&self, socket: &Path) -> Command {
        let mut command = program_in(&self.containers, "usr/bin/ctr");
        command
            .arg("--address")
            .arg(socket)
            .args(["--namespace", "k8s.io"]);
        command
    }

    /// Command line that loads the image archive whose path follows.
    pub(super) fn load_image(&self, socket: &Path) -> OsString {
        let ctr = self.ctr(socket);
        let mut words = vec![ctr.get_program().to_owned()];
        words.extend(ctr.get_args().map(ToOwned::to_owned));
        words.extend(["images", "import"].map(OsString::from));
        words.join(&OsString::from(" "))
    }

    pub(super) fn network_plugins(&self) -> PathBuf {
        self.containers.join("usr/lib/cni")
    }
}

/// Whether a Go is installed that builds this release.
pub(super) fn has_go() -> bool {
    let output = Command::new("go").args(["env", "GOVERSION"]).output();
    let Ok(output) = output else { return false };
    let version = String::from_utf8_lossy(&output.stdout);
    let minor = version.trim().strip_prefix("go1.").and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    minor.is_some_and(|minor| minor >= 24)
}

/// Builds Kubernetes and unpacks containerd and Buildah under `<root>/target/rig/`; takes five minutes and 3 GB of Go's
/// caches the first time.
///
/// # Errors
/// Go is missing, a module or package cannot be fetched, or the build fails.
pub fn install_kubernetes(root: &Path) -> Result<(), RigError> {
    if root_with(&CONTAINER_PROGRAMS, CONTAINERD, root) != Path::new("/") {
        if !can_unpack() {
            return Err(RigError::Required(vec![
                "`containerd` and `runc` are missing: install the packages which on Debian are called containerd runc containernetworking-plugins".to_owned(),
            ]));
        }
        unpack(CONTAINERD, &PACKAGES, root)?;
    }
    install_buildah(root)?;
    build(root)
}

#[expect(
    clippy::print_stderr,
    reason = "progress of a command that takes five minutes"
)]
fn build(root: &Path) -> Result<(), RigError> {
    let sources = root.join("xtask/rig/kubernetes");
    let mut wanted = String::new();
    for name in SOURCES {
        let path = sources.join(name);
        wanted += &fs::read_to_string(&path).map_err(|source| RigError::file(&path, source))?;
    }
    let target = folder(root).join("kubernetes");
    let installed = target.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    eprintln!("building Kubernetes {VERSION} under target/rig/, which takes five minutes");
    super::create(&target)?;
    let (major, minor) = ("1", VERSION.split('.').nth(1).unwrap_or_default());
    let flags = format!(
        "-s -w -X {VERSION_VARIABLE}.gitVersion=v{VERSION} -X {VERSION_VARIABLE}.gitMajor={major} -X {VERSION_VARIABLE}.gitMinor={minor}"
    );
    for (package, name) in [(".", "kube"), ("./pause", "pause")] {
        let mut go = Command::new("go");
        go.args([
            "build",
            "-trimpath",
            "-mod=readonly",
            "-ldflags",
            &flags,
            "-o",
        ])
        .arg(target.join(name))
        .arg(package)
        .env("CGO_ENABLED", "0")
        .current_dir(&sources);
        crate::command::run(&mut go, GO)?;
    }
    // Written last: an interrupted build starts again.
    fs::write(&installed, wanted).map_err(|source| RigError::file(&installed, source))
}

/// The installed programs.
///
/// # Errors
/// They are not installed.
pub(super) fn programs(root: &Path) -> Result<Programs, RigError> {
    let built = folder(root).join("kubernetes");
    let containers = root_with(&CONTAINER_PROGRAMS, CONTAINERD, root);
    if !built.join("installed.txt").exists() || !containers.join("usr/bin/containerd").exists() {
        return Err(RigError::Required(vec![
            "Kubernetes is not built: run `cargo xtask rig up kubernetes`".to_owned(),
        ]));
    }
    Ok(Programs {
        kube: built.join("kube"),
        pause: built.join("pause"),
        containers,
    })
}

//! The cluster as tests use it: one that the test run has started, or another one that the environment names.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{INSTALL, KUBECONFIG, LOAD_IMAGE, binary, image};
use crate::buildah;
use crate::command::checked;
use crate::environment::{root, temporary_folder};
use crate::error::RigError;

/// A cluster with the rights of an administrator.
#[derive(Debug, Clone)]
pub struct Kubernetes {
    kubeconfig: PathBuf,
    load_image: String,
}

impl Kubernetes {
    /// The cluster that the environment names.
    ///
    /// # Errors
    /// `LONGSHORE_TEST_KUBECONFIG` or `LONGSHORE_TEST_LOAD_IMAGE` is not set.
    pub fn from_environment() -> Result<Self, RigError> {
        let (Some(kubeconfig), Ok(load_image)) =
            (std::env::var_os(KUBECONFIG), std::env::var(LOAD_IMAGE))
        else {
            return Err(RigError::Required(vec![format!(
                "{KUBECONFIG} and {LOAD_IMAGE} are not set: run `cargo xtask test`, or set what `cargo xtask rig up kubernetes` prints"
            )]));
        };
        Ok(Self {
            kubeconfig: kubeconfig.into(),
            load_image,
        })
    }

    pub(super) fn new(kubeconfig: PathBuf, load_image: String) -> Self {
        Self {
            kubeconfig,
            load_image,
        }
    }

    /// The file with the administrator's credentials.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// `kubectl` for this cluster, without its arguments.
    #[must_use]
    pub fn kubectl(&self) -> Command {
        if let Ok(programs) = binary::programs(&root()) {
            return programs.kubectl(&self.kubeconfig);
        }
        let mut kubectl = Command::new("kubectl");
        kubectl.arg("--kubeconfig").arg(&self.kubeconfig);
        kubectl
    }

    /// Output of `kubectl` with these arguments.
    ///
    /// # Errors
    /// It fails; the error has its output.
    pub fn run(&self, arguments: &[&str]) -> Result<String, RigError> {
        let output = self.kubectl().args(arguments).output();
        checked(&format!("kubectl {}", arguments.join(" ")), output, INSTALL)
    }

    /// The same of a command that prints JSON.
    ///
    /// # Errors
    /// It fails, or does not print JSON.
    pub fn json(&self, arguments: &[&str]) -> Result<Value, RigError> {
        let text = self.run(arguments)?;
        serde_json::from_str(&text).map_err(|error| RigError::Unsuccessful {
            program: format!("kubectl {}", arguments.join(" ")),
            output: error.to_string(),
        })
    }

    /// Objects in JSON, as `kubectl get` prints them.
    ///
    /// # Errors
    /// It fails, or does not print JSON.
    pub fn get(&self, arguments: &[&str]) -> Result<Value, RigError> {
        self.json(&[&["get", "--output=json"], arguments].concat())
    }

    /// Creates or changes objects, given in YAML or JSON.
    ///
    /// # Errors
    /// The API server rejects them.
    pub fn apply(&self, objects: &str, options: &[&str]) -> Result<String, RigError> {
        let mut kubectl = self.kubectl();
        kubectl
            .args(["apply", "--filename=-"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = kubectl.spawn().and_then(|mut child| {
            if let Some(mut input) = child.stdin.take() {
                input.write_all(objects.as_bytes())?;
            }
            child.wait_with_output()
        });
        checked("kubectl apply", output, INSTALL)
    }

    /// Creates a namespace with these labels, which is deleted when the value is dropped.
    ///
    /// # Errors
    /// The API server rejects it.
    pub fn namespace(&self, name: &str, labels: &[(&str, &str)]) -> Result<Namespace, RigError> {
        self.run(&["create", "namespace", name])?;
        for (label, value) in labels {
            self.run(&["label", "namespace", name, &format!("{label}={value}")])?;
        }
        Ok(Namespace {
            kubernetes: self.clone(),
            name: name.to_owned(),
        })
    }

    /// Writes a kubeconfig with the rights of a service account.
    ///
    /// # Errors
    /// The account does not exist, or the file cannot be written.
    pub fn write_kubeconfig(
        &self,
        namespace: &str,
        account: &str,
        path: &Path,
    ) -> Result<(), RigError> {
        let token = self.run(&["create", "token", account, "--namespace", namespace])?;
        let view = [
            "config",
            "view",
            "--raw",
            "--flatten",
            "--minify",
            "--output=json",
        ];
        let mut config = self.json(&view)?;
        config["users"][0]["user"] = json!({ "token": token.trim() });
        super::write(path, config.to_string())
    }

    /// Loads an image whose only layer is the content of a folder.
    ///
    /// # Errors
    /// The folder cannot be read, or the cluster's nodes do not take the image.
    pub fn load_image(
        &self,
        name: &str,
        content: &Path,
        entrypoint: &[&str],
    ) -> Result<(), RigError> {
        self.load(|archive| image::write_image(name, content, entrypoint, archive))
    }

    /// Builds an image from a Dockerfile and loads it.
    ///
    /// # Errors
    /// Buildah is not installed, the build fails, or the cluster's nodes do not take the image.
    pub fn build_image(
        &self,
        name: &str,
        dockerfile: &Path,
        context: &Path,
    ) -> Result<(), RigError> {
        self.load(|archive| buildah::build_image(dockerfile, context, name, archive))
    }

    /// Loads the image archive that `write` leaves at a path.
    fn load(&self, write: impl FnOnce(&Path) -> Result<(), RigError>) -> Result<(), RigError> {
        let folder = temporary_folder()?;
        let archive = folder.path().join("image.tar");
        write(&archive)?;
        load(OsStr::new(&self.load_image), &archive)
    }

    /// Folder with what a program needs that is linked to the C library of this machine, and nothing else.
    ///
    /// # Errors
    /// A library cannot be copied.
    pub fn write_libraries(&self, folder: &Path) -> Result<(), RigError> {
        for path in ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"] {
            let from = Path::new("/").join(path);
            if from.exists() {
                copy_into(&from, &folder.join(path))?;
            }
        }
        let architecture = std::env::consts::ARCH;
        for name in ["libc.so.6", "libm.so.6", "libgcc_s.so.1"] {
            let path = format!("lib/{architecture}-linux-gnu/{name}");
            copy_into(&Path::new("/").join(&path), &folder.join(&path))?;
        }
        Ok(())
    }
}

/// A namespace of a test.
#[derive(Debug)]
pub struct Namespace {
    kubernetes: Kubernetes,
    name: String,
}

impl Namespace {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let name = self.name.as_str();
        // The cluster is removed after the test run in any case.
        let _deleted = self
            .kubernetes
            .run(&["delete", "namespace", name, "--wait=false"]);
    }
}

fn copy_into(from: &Path, to: &Path) -> Result<(), RigError> {
    if let Some(folder) = to.parent() {
        super::create(folder)?;
    }
    // The content of what a symbolic link names.
    fs::copy(from, to)
        .map(drop)
        .map_err(|source| RigError::file(from, source))
}

/// Loads an image archive by a command line.
pub(super) fn load(command: &OsStr, archive: &Path) -> Result<(), RigError> {
    let command = command.to_string_lossy();
    let mut words = command.split_whitespace();
    let mut load = Command::new(words.next().unwrap_or_default());
    let output = load.args(words).arg(archive).output();
    checked("the command that loads an image", output, INSTALL).map(drop)
}

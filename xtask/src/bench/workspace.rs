//! A workspace of flows that Longshore deploys.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::RigError;

use super::write;
use crate::command::root;

/// A workspace with one flow crate, `load-flows`, which has all the deployments.
#[derive(Debug)]
pub(super) struct Workspace {
    folder: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Writes the workspace below `folder` and builds its `deploy`.
    ///
    /// `dependencies` are lines of the flow crate's manifest, `defaults` those of longshore.toml from `[defaults]` on.
    ///
    /// # Errors
    /// A file cannot be written, or cargo fails.
    pub(super) fn build(
        folder: &Path,
        library: &str,
        dependencies: &str,
        defaults: &str,
    ) -> Result<Self, RigError> {
        let workspace = Self {
            folder: folder.join("longshore"),
            // Kept between runs, so that only the flows are compiled anew.
            target: root().join("target/bench/cargo"),
        };
        for (path, text) in files(library, dependencies, defaults) {
            write(&workspace.folder.join(path), &text)?;
        }
        let lock = workspace.folder.join("Cargo.lock");
        fs::copy(root().join("Cargo.lock"), &lock)
            .map_err(|source| RigError::File { path: lock, source })?;
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--bin", "deploy"])
            .current_dir(&workspace.folder)
            .env("CARGO_TARGET_DIR", &workspace.target);
        longshore_rig::run(&mut cargo, "install Rust: https://rustup.rs")?;
        Ok(workspace)
    }

    /// Empties the store, so that the next apply puts the artifact there.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub(super) fn empty_store(&self) -> Result<(), RigError> {
        let store = self.folder.join(".longshore/artifacts");
        match fs::remove_dir_all(&store) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(RigError::File {
                path: store,
                source,
            }),
            _ => Ok(()),
        }
    }

    /// The program that `cargo run --bin deploy` runs, with its build of the artifact.
    pub(super) fn deploy(&self, api_url: &str) -> Command {
        let mut command = Command::new(self.target.join("debug/deploy"));
        command
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PREFECT_API_URL", api_url)
            .env("PREFECT_HOME", self.folder.join("home"))
            .env_remove("PREFECT_API_KEY")
            .env_remove("PREFECT_API_AUTH_STRING");
        command
    }

    /// The same without a build; the artifact has been built before.
    pub(super) fn deploy_built(&self, api_url: &str) -> Command {
        let mut command = self.deploy(api_url);
        command
            .args(["--no-build", "--artifacts"])
            .arg(self.target.join("longshore/release"));
        command
    }
}

/// Paths and texts of the workspace's files.
fn files(library: &str, dependencies: &str, defaults: &str) -> Vec<(&'static str, String)> {
    let root = root();
    let (deploy, build, runtime) = (
        root.join("crates/deploy"),
        root.join("crates/build"),
        root.join("runtime"),
    );
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\n\n\
         [package]\nname = \"flows\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nlongshore-deploy = {{ path = {deploy:?} }}\nload-flows = {{ path = \"projects/load/flows\" }}\n\n\
         [build-dependencies]\nlongshore-build = {{ path = {build:?} }}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.sha2]\nopt-level = 3\n"
    );
    let flow_manifest = format!(
        "[package]\nname = \"load-flows\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nlongshore = {{ path = {runtime:?} }}\n{dependencies}"
    );
    let config = format!("[workspace]\nname = \"bench\"\n\n[defaults]\n{defaults}");
    vec![
        ("Cargo.toml", manifest),
        (
            "build.rs",
            "fn main() {\n    longshore_build::link_flows();\n}\n".to_owned(),
        ),
        (
            "src/bin/deploy.rs",
            "include!(concat!(env!(\"OUT_DIR\"), \"/deploy.rs\"));\n".to_owned(),
        ),
        ("longshore.toml", config),
        ("projects/load/flows/Cargo.toml", flow_manifest),
        ("projects/load/flows/src/lib.rs", library.to_owned()),
        (
            "projects/load/flows/src/main.rs",
            "longshore::main!(load_flows);\n".to_owned(),
        ),
    ]
}

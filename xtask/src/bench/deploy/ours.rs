//! The workspace of flows that Longshore deploys.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::RigError;

use super::{PER_FLOW, POOL, QUEUE};
use crate::bench::write;
use crate::command::root;

/// A workspace with one flow crate, which has all the deployments.
#[derive(Debug)]
pub(super) struct Flows {
    folder: PathBuf,
    target: PathBuf,
}

impl Flows {
    /// Writes the workspace below `folder` and builds `deploy` and the flow crate's program.
    ///
    /// # Errors
    /// A file cannot be written, or cargo fails.
    pub(super) fn build(folder: &Path, deployments: usize) -> Result<Self, RigError> {
        let flows = Self {
            folder: folder.join("longshore"),
            // Kept between runs, so that only the flows are compiled anew.
            target: root().join("target/bench/cargo"),
        };
        for (path, text) in files(deployments) {
            write(&flows.folder.join(path), &text)?;
        }
        let lock = flows.folder.join("Cargo.lock");
        fs::copy(root().join("Cargo.lock"), &lock)
            .map_err(|source| RigError::File { path: lock, source })?;
        let cargo = || {
            let mut cargo = Command::new("cargo");
            cargo
                .current_dir(&flows.folder)
                .env("CARGO_TARGET_DIR", &flows.target);
            cargo
        };
        let install = "install Rust: https://rustup.rs";
        longshore_rig::run(cargo().args(["build", "--bin", "deploy"]), install)?;
        Ok(flows)
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
fn files(deployments: usize) -> Vec<(&'static str, String)> {
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
         [dependencies]\nlongshore = {{ path = {runtime:?} }}\n"
    );
    let config = format!(
        "[workspace]\nname = \"bench\"\n\n[defaults]\npool = \"{POOL}\"\nqueue = \"{QUEUE}\"\n"
    );
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
        ("projects/load/flows/src/lib.rs", library(deployments)),
        (
            "projects/load/flows/src/main.rs",
            "longshore::main!(load_flows);\n".to_owned(),
        ),
    ]
}

fn library(deployments: usize) -> String {
    let mut text = "use longshore::{deployment, flow};\n".to_owned();
    for flow in 0..deployments / PER_FLOW {
        let _written = write!(text, "\n/// Report {flow}.\n#[flow]\n");
        for deployment in 0..PER_FLOW {
            let _written = writeln!(
                text,
                "#[deployment(name = \"d{deployment}\", schedule = cron(\"{flow} 6 * * *\", tz = \"Europe/Oslo\"), \
                 tags = [\"bench\"], parameters(region = \"region-{deployment}\", days = 3))]",
                flow = flow % 60
            );
        }
        let _written = writeln!(
            text,
            "async fn report_{flow}(region: String, #[param(default = 1)] days: u32) -> Result<(), std::io::Error> {{\n    \
             println!(\"{{region}} {{days}}\");\n    Ok(())\n}}"
        );
    }
    text
}

//! The same flow in Rust and in Python, their images, and how they are deployed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::{AzuriteServer, Kubernetes, PrefectServer, RigError, Version, prefect};

use super::NAMESPACE;
use crate::bench::side::Side;
use crate::bench::workspace::Workspace;
use crate::bench::{measure, progress, write};
use crate::command::{Error, root};

const RUNNER: &str = "longshore.test/runner:bench";
const EMPTY: &str = "longshore.test/empty:bench";
const PYTHON: &str = "longshore.test/python:bench";

/// Returns the work pool of a side.
pub(super) fn pool(side: Side) -> &'static str {
    match side {
        Side::Ours => "pods",
        Side::Python => "python-pods",
    }
}

/// Builds the images and loads them into the cluster.
///
/// # Errors
/// A build fails, or a file cannot be copied.
pub(super) fn load_images(kubernetes: &Kubernetes, folder: &Path) -> Result<(), Error> {
    progress("building longshore-run in release");
    let runner = longshore_rig::static_runner()?;
    let context = runner.parent().unwrap_or(Path::new("/"));
    kubernetes.build_image(
        RUNNER,
        &root().join("kubernetes/runner/Dockerfile"),
        context,
    )?;
    let empty = folder.join("empty");
    directory(&empty)?;
    kubernetes.load_image(EMPTY, &empty, &[])?;
    progress("making the image with Python and Prefect");
    let content = folder.join("python");
    longshore_rig::write_prefect(&content)?;
    let scripts = scripts(folder);
    let inside = scripts.strip_prefix("/").unwrap_or(&scripts);
    for place in [&scripts, &content.join(inside)] {
        write(&place.join("flows.py"), FLOW)?;
    }
    kubernetes.load_image(PYTHON, &content, &[])?;
    Ok(())
}

/// Registers the flows of both sides, and makes their pools.
///
/// # Errors
/// A file cannot be written, or one of the commands fails.
pub(super) fn deploy(
    folder: &Path,
    server: &PrefectServer,
    azurite: &AzuriteServer,
) -> Result<(), Error> {
    let log = folder.join("output.log");
    let scripts = scripts(folder);
    write(&scripts.join("prefect.yaml"), &yaml(&scripts)?)?;
    let prefect = |arguments: &[&str]| -> Result<Command, RigError> {
        let home = folder.join("home");
        let mut command = prefect(Version::Prefect3, &home, &server.api_url())?;
        command.args(arguments).current_dir(&scripts);
        Ok(command)
    };
    let python = pool(Side::Python);
    let mut create = prefect(&["work-pool", "create", python, "--type", "kubernetes"])?;
    measure::run(&mut create, &log)?;
    measure::run(&mut prefect(&["--no-prompt", "deploy", "--all"])?, &log)?;
    progress("building the flow in release");
    let dependencies = "tokio = { version = \"1\", features = [\"time\"] }\n";
    let flows = FLOWS.replace("IMAGE", EMPTY);
    let workspace = Workspace::build(folder, &flows, dependencies, &configuration(azurite))?;
    let mut deploy = workspace.deploy(&server.api_url());
    deploy.args(["--create-pools", "--create-storage"]).env(
        "AZURE_STORAGE_CONNECTION_STRING",
        azurite.connection_string(),
    );
    measure::run(&mut deploy, &log)?;
    Ok(())
}

fn scripts(folder: &Path) -> PathBuf {
    folder.join("prefect")
}

fn configuration(azurite: &AzuriteServer) -> String {
    format!(
        "pool = \"{pool}\"\nstorage = \"az://flows/bench\"\n\n[build]\nstatic = true\n\n\
         [pools.{pool}]\ntype = \"kubernetes\"\nrunner_image = \"{RUNNER}\"\nstores = [\"{store}/flows\"]\n\
         storage_secret = \"storage\"\nnamespace = \"{NAMESPACE}\"\n",
        pool = pool(Side::Ours),
        store = azurite.endpoint(),
    )
}

fn yaml(scripts: &Path) -> Result<String, RigError> {
    let python = Version::Prefect3.python()?;
    let program = python.with_file_name("prefect");
    Ok(format!(
        "name: bench\nbuild: null\npush: null\npull:\n\
         - prefect.deployments.steps.set_working_directory: {{directory: {}}}\ndeployments:\n\
         - name: bench\n  entrypoint: flows.py:resting\n  work_pool:\n    name: {}\n    job_variables:\n      \
         image: {PYTHON}\n      namespace: {NAMESPACE}\n      command: {} flow-run execute\n      \
         env: {{PREFECT_HOME: /tmp/prefect}}\n",
        scripts.display(),
        pool(Side::Python),
        program.display()
    ))
}

fn directory(path: &Path) -> Result<(), RigError> {
    fs::create_dir_all(path).map_err(|source| RigError::File {
        path: path.to_owned(),
        source,
    })
}

const FLOWS: &str = r#"
use std::time::Duration;

use longshore::{deployment, flow};

#[flow]
#[deployment(name = "bench", image = "IMAGE")]
async fn resting() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[flow]
#[deployment(name = "bench", image = "IMAGE", job_variables(finished_job_ttl = 1))]
async fn brief() {}
"#;

const FLOW: &str = r#"import asyncio

from prefect import flow


@flow(name="python-resting")
async def resting():
    await asyncio.sleep(3)
"#;

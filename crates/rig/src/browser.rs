//! Debian's Chromium, and a program of Node's that drives it through Prefect's user interface.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::debian::{unpack, write_launcher};
use crate::environment::{folder, root};
use crate::error::RigError;
use crate::node::{NODE, install_packages};

/// Variable that names the browser's program, where it is not that of this repository's rig.
const VARIABLE: &str = "LONGSHORE_RIG_CHROMIUM";

/// The programs that drive it: through the form of a deployment, and the page of a flow run.
const FORM: &str = "form.mjs";
const RUN: &str = "run.mjs";

/// One field of a form in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Field {
    /// Its label; one in a struct has the struct's label before it, as in `limits.rows`.
    pub path: String,
    /// Whether the label says so.
    pub optional: bool,
    /// The text below the label.
    pub description: String,
    /// Which of several types is chosen.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What the control shows; null for a struct and where a type can be chosen.
    pub value: Value,
}

/// A page with a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Form {
    /// In their order on the page.
    pub fields: Vec<Field>,
    /// What the page's program failed with.
    pub errors: Vec<String>,
}

/// The page of a flow run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunPage {
    /// What the nodes of the graph say when they are clicked, sorted.
    pub nodes: Vec<String>,
    /// Messages of the log, as they are shown.
    pub logs: Vec<String>,
    /// What the page's program failed with.
    pub errors: Vec<String>,
}

/// Installs the browser, unless the system or `LONGSHORE_RIG_CHROMIUM` has one, and its driver.
///
/// # Errors
/// Neither Chromium nor Debian's packages are to be had, or npm fails.
pub fn install_browser(root: &Path) -> Result<(), RigError> {
    if chromium(root).is_err() {
        unpack("chromium", &["chromium"], root)?;
        write_launcher(&ours(root), "usr/lib/chromium/chromium")?;
    }
    install_packages("browser", &[FORM, RUN], root).map(drop)
}

/// The browser's program: what [`VARIABLE`] names, else that of the rig, else the system's own.
fn chromium(root: &Path) -> Result<PathBuf, RigError> {
    if let Some(program) = std::env::var_os(VARIABLE) {
        return Ok(program.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_path = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
    let mut candidates = std::iter::once(ours(root)).chain(of_path);
    let found = candidates.find(|program| program.is_file());
    found.ok_or_else(|| RigError::NotInstalled {
        variable: VARIABLE,
        folder: folder(root).join("chromium"),
    })
}

/// The program of the rig's own browser, if it was unpacked.
fn ours(root: &Path) -> PathBuf {
    folder(root).join("chromium/chromium")
}

/// Opens a page of Prefect's with a form, and reads its fields; a picture of the page is left in `screenshot`.
///
/// # Errors
/// The browser is not installed, or the page does not show a form.
pub fn read_form(url: &str, screenshot: &Path) -> Result<Form, RigError> {
    read(FORM, url, screenshot)
}

/// Opens Prefect's page of a flow run that has ended, clicks at every node of its graph, and reads its log; a picture of
/// the page is left in `screenshot`.
///
/// # Errors
/// The browser is not installed, or the page shows no graph or no log.
pub fn read_run(url: &str, screenshot: &Path) -> Result<RunPage, RigError> {
    read(RUN, url, screenshot)
}

fn read<T: DeserializeOwned>(driver: &str, url: &str, screenshot: &Path) -> Result<T, RigError> {
    let root = root();
    let mut command = Command::new("node");
    command
        .arg(folder(&root).join("browser").join(driver))
        .arg(chromium(&root)?)
        .arg(url)
        .arg(screenshot);
    let output = command.output().map_err(|source| RigError::Missing {
        program: "node".to_owned(),
        install: NODE,
        source,
    })?;
    serde_json::from_slice(&output.stdout).map_err(|source| RigError::NotShown {
        url: url.to_owned(),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
        source,
    })
}

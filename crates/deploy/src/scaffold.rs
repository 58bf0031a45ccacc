//! New flow crates and new workspaces.

mod answers;
mod link;
mod manifests;
mod parameter;
mod render;
mod schedule;
mod sources;
mod taken;
mod template;
mod terminal;
mod workspace;
mod write;

use std::fs;
use std::path::Path;

use longshore::registry::Registry;
use longshore_spec::Explain;

use crate::Workspace;
use crate::command_line::NewArguments;
use crate::config::Config;
use crate::error::Failure;

pub(crate) use terminal::Terminal;
pub(crate) use workspace::{MadeWorkspace, new_workspace};

use answers::Answers;
use taken::Taken;
use write::{WriteError, Writing};

/// What is wrong with an answer.
type Problem = Box<dyn Explain + Send + Sync>;

/// Name of a package's manifest.
const MANIFEST: &str = "Cargo.toml";

/// A flow crate that was written and linked.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Made {
    /// The cargo package.
    pub(crate) package: String,
    /// The folder from the workspace root.
    pub(crate) folder: String,
    /// The files from that folder.
    pub(crate) files: Vec<String>,
    /// The line that links it.
    pub(crate) link: String,
}

/// Writes a flow crate and links it; asks for what is not given, if there is a terminal.
///
/// # Errors
/// Something that is given breaks its rule or is taken, the answers end, or a file cannot be written. Nothing is left
/// behind then.
pub(crate) fn new_flow(
    workspace: &Workspace,
    registry: &Registry,
    arguments: &NewArguments,
    terminal: Option<&mut Terminal<'_>>,
) -> Result<Made, Failure> {
    let root = Path::new(workspace.root);
    let config = Config::read(root)?;
    let manifest = read_manifest(root)?;
    link::check_workspace(&manifest)?;
    let taken = Taken {
        root,
        manifest: &manifest,
        packages: workspace.packages,
        registry,
    };
    let answers = Answers::collect(arguments, &config.defaults, &taken, terminal)?;
    let place = &answers.place;
    // Read again: the questions may have taken their time.
    let linked = link::linked(&read_manifest(root)?, &place.package(), &place.folder())?;
    let files = template::flow(&answers)?;

    let mut writing = Writing::below(root);
    for (path, text) in &files {
        writing.file(&format!("{}/{path}", place.folder()), text)?;
    }
    writing.replace(MANIFEST, &linked)?;
    writing.finish();
    Ok(Made {
        package: place.package(),
        folder: place.folder(),
        files: files.into_iter().map(|(path, _)| path).collect(),
        link: link::line(&place.package(), &place.folder()),
    })
}

fn read_manifest(root: &Path) -> Result<String, WriteError> {
    let path = root.join(MANIFEST);
    fs::read_to_string(&path).map_err(|source| WriteError::Read { path, source })
}

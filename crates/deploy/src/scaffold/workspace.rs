//! A new workspace, with its first flow.

use std::fs;
use std::path::{self, Path, PathBuf};

use longshore::registry::Registry;
use longshore_spec::Explain;

use super::Problem;
use super::answers::Answers;
use super::link;
use super::manifests::{MANIFESTS, POOL};
use super::render::Values;
use super::sources::{Sources, SourcesError};
use super::taken::Taken;
use super::template;
use super::write::Writing;
use crate::command_line::{InitArguments, NewArguments};
use crate::config::{Defaults, FILE, is_of_workspace_name};
use crate::error::Failure;

/// No workspace can be made there.
#[derive(Debug, thiserror::Error)]
enum InitError {
    #[error("`{}` exists already", path.display())]
    Exists { path: PathBuf },
    #[error("the folder `{}` cannot be named in full", folder.display())]
    Folder {
        folder: PathBuf,
        source: std::io::Error,
    },
    #[error("the workspace name `{name}` has the character `{}`", letter.escape_debug())]
    Name { name: String, letter: char },
    #[error("the workspace name is empty")]
    NoName,
    #[error(transparent)]
    Sources(SourcesError),
}

impl Explain for InitError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => {
                Some("name a folder without it; nothing is ever overwritten".to_owned())
            }
            Self::Folder { .. } => None,
            Self::Name { .. } | Self::NoName => {
                Some("use letters, digits, `-`, `_` and `.`".to_owned())
            }
            Self::Sources(error) => error.help(),
        }
    }
}

/// A workspace that was written.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct MadeWorkspace {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The files from that folder.
    pub(crate) files: Vec<String>,
    /// Where Longshore itself comes from, in words.
    pub(crate) sources: String,
}

/// Where each file goes.
const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml.liquid",
        include_str!("workspace/Cargo.toml.liquid"),
    ),
    ("build.rs", include_str!("workspace/build.rs")),
    ("src/bin/deploy.rs", include_str!("workspace/deploy.rs")),
    (
        "longshore.toml.liquid",
        include_str!("workspace/longshore.toml.liquid"),
    ),
    (
        "rust-toolchain.toml",
        include_str!("workspace/rust-toolchain.toml"),
    ),
    (".gitignore", include_str!("workspace/gitignore")),
    (
        ".github/workflows/deploy.yml",
        include_str!("workspace/workflow.yml"),
    ),
];

/// Writes a workspace with one flow.
///
/// # Errors
/// A file of it exists, something that is given breaks its rule (all of that at once), or a file cannot be written.
/// Nothing is left behind then.
pub(crate) fn new_workspace(arguments: &InitArguments) -> Result<MadeWorkspace, Failure> {
    let given = &arguments.folder;
    let folder = path::absolute(given).map_err(|source| InitError::Folder {
        folder: given.clone(),
        source,
    })?;
    let mut problems: Vec<Problem> = Vec::new();
    let name = arguments.name.clone().unwrap_or_else(|| name_of(&folder));
    if name.is_empty() {
        problems.push(Box::new(InitError::NoName));
    }
    if let Some(letter) = name.chars().find(|letter| !is_of_workspace_name(*letter)) {
        problems.push(Box::new(InitError::Name {
            name: name.clone(),
            letter,
        }));
    }
    let sources = Sources::read(arguments)
        .map_err(|error| problems.push(Box::new(InitError::Sources(error))))
        .ok();
    let flow = match first_flow(&folder, arguments) {
        Ok(flow) => Some(flow),
        Err(failure) => {
            problems.extend(failure.into_problems());
            None
        }
    };
    let (files, sources) = match (sources, flow) {
        (Some(sources), Some(flow)) => {
            let mut files = files(&name, &sources, &flow)?;
            if arguments.kubernetes {
                add_kubernetes(&mut files);
            }
            (files, sources.to_string())
        }
        // There is a problem that is told below.
        _ => (Vec::new(), String::new()),
    };
    let manifests: &[_] = if arguments.kubernetes {
        &MANIFESTS
    } else {
        &[]
    };
    for (path, _) in FILES.iter().chain(manifests) {
        let path = folder.join(template::rendered_path(path));
        // Also a link that leads nowhere.
        if fs::symlink_metadata(&path).is_ok() {
            problems.push(Box::new(InitError::Exists { path }));
        }
    }
    Failure::unless_none(problems)?;

    let mut writing = Writing::below(&folder);
    for (path, text) in &files {
        writing.file(path, text)?;
    }
    writing.finish();
    Ok(MadeWorkspace {
        folder,
        files: files.into_iter().map(|(path, _)| path).collect(),
        sources,
    })
}

fn files(name: &str, sources: &Sources, flow: &Answers) -> Result<Vec<(String, String)>, Failure> {
    let place = &flow.place;
    let values = Values::from([
        ("name", name.to_owned()),
        ("link", link::line(&place.package(), &place.folder())),
        ("longshore", sources.dependency("runtime")),
        ("longshore-deploy", sources.dependency("crates/deploy")),
        ("longshore-build", sources.dependency("crates/build")),
    ]);
    let mut files = template::rendered(&FILES, &values)?;
    let of_flow = template::flow(flow)?.into_iter();
    files.extend(of_flow.map(|(path, text)| (format!("{}/{path}", place.folder()), text)));
    Ok(files)
}

/// Adds the manifests, and the pool to the configuration.
fn add_kubernetes(files: &mut Vec<(String, String)>) {
    let configuration = files.iter_mut().find(|(path, _)| path == FILE);
    if let Some((_, text)) = configuration {
        text.push_str(POOL);
    }
    let manifests = MANIFESTS.iter();
    files.extend(manifests.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
}

/// A greeting every hour.
fn first_flow(folder: &Path, arguments: &InitArguments) -> Result<Answers, Failure> {
    let arguments = NewArguments {
        place: Some(arguments.flow.clone()),
        deployment: Some("hourly".to_owned()),
        schedule: Some("0 * * * *".to_owned()),
        parameters: vec!["name: String = world".to_owned()],
        ..NewArguments::default()
    };
    let nothing = Taken {
        root: folder,
        manifest: "",
        packages: &[],
        registry: &Registry::default(),
    };
    Answers::collect(&arguments, &Defaults::default(), &nothing, None)
}

/// The folder's name, as far as a workspace can have it.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.replace(|letter| !is_of_workspace_name(letter), "-");
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "flows" } else { plain }.to_owned()
}

//! Where a new workspace takes Longshore from.

use std::fmt;
use std::path::{Path, PathBuf};

use longshore_spec::Explain;

use crate::command_line::InitArguments;

/// Longshore is not there.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourcesError {
    #[error("`{}` is no checkout of Longshore: it has no `runtime/Cargo.toml`", path.display())]
    NoCheckout { path: PathBuf },
    #[error("the URL of Longshore's repository is empty")]
    NoUrl,
}

impl Explain for SourcesError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoCheckout { .. } => {
                "give the folder of a checkout to `--longshore-path`, or a URL to `--longshore-git`"
                    .to_owned()
            }
            Self::NoUrl => format!("write a URL such as `{}`", env!("CARGO_PKG_REPOSITORY")),
        })
    }
}

/// Where Longshore's crates come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sources {
    /// A checkout, by its absolute path.
    Path(PathBuf),
    /// A repository.
    Git(String),
    /// The registry.
    Version(String),
}

impl Sources {
    /// What the command line says, else the checkout that this program was built from, else its version.
    ///
    /// # Errors
    /// The path is no checkout, or the URL is empty.
    pub(super) fn read(arguments: &InitArguments) -> Result<Self, SourcesError> {
        if let Some(url) = &arguments.longshore_git {
            return match url.as_str() {
                "" => Err(SourcesError::NoUrl),
                url => Ok(Self::Git(url.to_owned())),
            };
        }
        if let Some(version) = &arguments.longshore_version {
            return Ok(Self::Version(version.clone()));
        }
        if let Some(path) = &arguments.longshore_path {
            return checkout(path).ok_or_else(|| SourcesError::NoCheckout { path: path.clone() });
        }
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let version = || Self::Version(env!("CARGO_PKG_VERSION").to_owned());
        Ok(checkout(&own).unwrap_or_else(version))
    }

    /// What stands behind `=` in a manifest, for the crate in this folder of the repository.
    pub(super) fn dependency(&self, folder: &str) -> String {
        match self {
            Self::Path(path) => format!(
                "{{ path = {} }}",
                quoted(&path.join(folder).to_string_lossy())
            ),
            Self::Git(url) => format!("{{ git = {} }}", quoted(url)),
            Self::Version(version) => quoted(version),
        }
    }
}

fn checkout(path: &Path) -> Option<Sources> {
    let whole = path.canonicalize().ok()?;
    let found = whole.join("runtime/Cargo.toml").is_file();
    found.then_some(Sources::Path(whole))
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "the checkout `{}`", path.display()),
            Self::Git(url) => write!(f, "the repository `{url}`"),
            Self::Version(version) => write!(f, "the registry, version {version}"),
        }
    }
}

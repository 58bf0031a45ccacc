//! The dependencies of the root package.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::discover::FlowPackage;
use crate::problem::Problem;

/// A flow package and the name by which the root package imports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) package: FlowPackage,
    pub(crate) import: String,
}

/// One dependency of the root package that has a path.
struct Dependency {
    folder: PathBuf,
    /// The key, if it renames the package.
    rename: Option<String>,
    optional: bool,
}

/// The path dependencies of the root package.
pub(crate) struct Dependencies(Vec<Dependency>);

impl Dependencies {
    /// Reads `Cargo.toml` in the workspace root.
    ///
    /// # Errors
    /// The manifest cannot be read or is not TOML.
    pub(crate) fn read(root: &Path) -> Result<Self, Problem> {
        let manifest = read_manifest(root, "Cargo.toml")?;
        let shared = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies"))
            .and_then(Value::as_table);
        let own = manifest.get("dependencies").and_then(Value::as_table);
        let dependencies = own
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| dependency(root, key, value, shared))
            .collect();
        Ok(Self(dependencies))
    }

    /// Pairs every found package with its dependency line; a missing line is a problem.
    pub(crate) fn link(
        &self,
        root: &Path,
        found: &[FlowPackage],
        problems: &mut Vec<Problem>,
    ) -> Vec<Link> {
        let mut links = Vec::new();
        for package in found {
            let folder = same_form(&root.join(&package.folder));
            match self.0.iter().find(|line| line.folder == folder) {
                None => problems.push(Problem::NotLinked {
                    folder: package.folder.clone(),
                    package: package.name.clone(),
                }),
                Some(line) if line.optional => problems.push(Problem::Optional {
                    folder: package.folder.clone(),
                    package: package.name.clone(),
                }),
                Some(line) => links.push(Link {
                    package: package.clone(),
                    import: line
                        .rename
                        .clone()
                        .unwrap_or_else(|| package.library.clone()),
                }),
            }
        }
        links
    }
}

fn dependency(root: &Path, key: &str, value: &Value, shared: Option<&Table>) -> Option<Dependency> {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let line = if inherits { shared?.get(key)? } else { value };
    let path = line.get("path")?.as_str()?;
    Some(Dependency {
        folder: same_form(&root.join(path)),
        rename: line.get("package").map(|_| key.replace('-', "_")),
        optional: value.get("optional").and_then(Value::as_bool) == Some(true),
    })
}

/// Paths are compared as the file system sees them, `./projects/x/../y` and links included.
fn same_form(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Reads the manifest at `path` below `root`.
///
/// # Errors
/// The file cannot be read or is not TOML.
pub(crate) fn read_manifest(root: &Path, path: &str) -> Result<Table, Problem> {
    let text = fs::read_to_string(root.join(path)).map_err(|error| Problem::Unreadable {
        path: PathBuf::from(path),
        error,
    })?;
    text.parse().map_err(|error| Problem::NotToml {
        path: path.to_owned(),
        error,
    })
}

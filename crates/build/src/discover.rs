//! Finds the flow crates below `projects/` and reads their manifests.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::PROJECTS;
use crate::manifest::read_manifest;
use crate::problem::Problem;

/// A package that was found in `projects/<project>/<flow>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowPackage {
    /// Package name.
    pub(crate) name: String,
    /// Folder from the workspace root, with `/`.
    pub(crate) folder: String,
    /// Name by which Rust code imports the library.
    pub(crate) library: String,
    /// Name of the program.
    pub(crate) binary: String,
}

/// Every flow package, sorted by folder; what cannot be one becomes a problem.
pub(crate) fn discover(root: &Path, problems: &mut Vec<Problem>) -> Vec<FlowPackage> {
    let before = problems.len();
    let mut found = Vec::new();
    for project in folders(root, PROJECTS, problems) {
        if root.join(&project).join("Cargo.toml").is_file() {
            problems.push(Problem::TooShallow { folder: project });
            continue;
        }
        for folder in folders(root, &project, problems) {
            match flow_package(root, &folder) {
                Ok(package) => found.push(package),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if found.is_empty() && problems.len() == before {
        problems.push(Problem::NoFlows);
    }
    report_clashes(&found, problems);
    found
}

/// The folders in `parent`, sorted, as paths from the root. Hidden ones belong to tools.
fn folders(root: &Path, parent: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let path = root.join(parent);
    let mut names = Vec::new();
    let listing = fs::read_dir(&path).and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && name != "target" && entry.path().is_dir() {
                names.push(format!("{parent}/{name}"));
            }
        }
        Ok(())
    });
    match listing {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => problems.push(Problem::Unreadable { path, error }),
    }
    names.sort();
    names
}

fn flow_package(root: &Path, folder: &str) -> Result<FlowPackage, Problem> {
    let path = root.join(folder);
    if !path.join("Cargo.toml").is_file() {
        return Err(Problem::NoManifest {
            folder: folder.to_owned(),
        });
    }
    let manifest = read_manifest(root, &format!("{folder}/Cargo.toml"))?;
    let text = |table: &str, key: &str| {
        let value = manifest.get(table)?.get(key)?;
        value.as_str().map(str::to_owned)
    };
    let name = text("package", "name").ok_or_else(|| Problem::NoPackageName {
        folder: folder.to_owned(),
    })?;
    if text("lib", "path").is_none() && !path.join("src/lib.rs").is_file() {
        return Err(Problem::NoLibrary {
            folder: folder.to_owned(),
        });
    }
    let library = text("lib", "name").unwrap_or_else(|| name.replace('-', "_"));
    let binary = program(&path, folder, &manifest, &name, &library)?;
    Ok(FlowPackage {
        name,
        folder: folder.to_owned(),
        library,
        binary,
    })
}

fn program(
    path: &Path,
    folder: &str,
    manifest: &toml::Table,
    package: &str,
    library: &str,
) -> Result<String, Problem> {
    let mut programs: Vec<String> = manifest
        .get("bin")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("name")?.as_str().map(str::to_owned))
        .collect();
    if programs.is_empty() && path.join("src/main.rs").is_file() {
        programs.push(package.to_owned());
    }
    match programs.len() {
        0 => Err(Problem::NoProgram {
            folder: folder.to_owned(),
            krate: library.to_owned(),
        }),
        1 => Ok(programs.remove(0)),
        _ => Err(Problem::SeveralPrograms {
            folder: folder.to_owned(),
            programs,
        }),
    }
}

fn report_clashes(found: &[FlowPackage], problems: &mut Vec<Problem>) {
    let mut packages = BTreeMap::new();
    let mut libraries = BTreeMap::new();
    for package in found {
        if let Some(first) = packages.insert(&package.name, &package.folder) {
            problems.push(Problem::PackageTwice {
                package: package.name.clone(),
                first: first.clone(),
                second: package.folder.clone(),
            });
        } else if let Some(first) = libraries.insert(&package.library, &package.folder) {
            problems.push(Problem::CrateTwice {
                name: package.library.clone(),
                first: first.clone(),
                second: package.folder.clone(),
            });
        }
    }
}

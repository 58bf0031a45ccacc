//! Links the flow crates of a workspace into its `deploy` program; called from the build script.
//!
//! A build script cannot add dependencies, and cargo links a dependency only if something names
//! it. So [`link_flows`] finds the flow crates, checks that each is a dependency, and writes the
//! `use` lines that make their registrations part of the program.

mod discover;
mod emit;
mod manifest;
mod problem;

use std::path::{Path, PathBuf};
use std::{env, fs};

use discover::discover;
use manifest::Dependencies;
use problem::Problem;

/// Folder below the workspace root whose grandchildren are flow crates.
const PROJECTS: &str = "projects";

/// Writes `$OUT_DIR/deploy.rs`: the list of flow crates, `main` and the registry test of `deploy`.
///
/// The workspace's `src/bin/deploy.rs` includes it with
/// `include!(concat!(env!("OUT_DIR"), "/deploy.rs"));`. Whatever is wrong in the workspace is
/// reported all at once, as cargo errors.
///
/// # Panics
/// Outside a build script, where cargo's `CARGO_MANIFEST_DIR` and `OUT_DIR` are not set.
#[expect(
    clippy::print_stdout,
    reason = "cargo reads the output of a build script"
)]
pub fn link_flows() {
    let root = folder_from_cargo("CARGO_MANIFEST_DIR");
    let out = folder_from_cargo("OUT_DIR").join("deploy.rs");
    // A folder is watched with all that is in it, so that a new flow is noticed. One that does
    // not exist makes cargo ask again at every build.
    println!("cargo::rerun-if-changed={PROJECTS}");
    println!("cargo::rerun-if-changed=Cargo.toml");
    let written = link_list(&root).and_then(|text| {
        fs::write(&out, text).map_err(|error| {
            vec![Problem::Unwritable {
                path: out.clone(),
                error,
            }]
        })
    });
    if let Err(problems) = written {
        for problem in problems {
            println!("cargo::error={problem}");
        }
    }
}

fn folder_from_cargo(variable: &str) -> PathBuf {
    match env::var_os(variable) {
        Some(folder) => PathBuf::from(folder),
        None => panic!("`{variable}` is not set: link_flows() belongs into a build script"),
    }
}

fn link_list(root: &Path) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let found = discover(root, &mut problems);
    let links = match Dependencies::read(root) {
        Ok(dependencies) => dependencies.link(root, &found, &mut problems),
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    if problems.is_empty() {
        Ok(emit::deploy_program(&links))
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests;

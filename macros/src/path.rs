//! Whether a path that an attribute names exists in the workspace.

use std::path::{Path, PathBuf};

use syn::LitStr;

use crate::problems::Problems;

/// Reports a path that is not in the workspace, naming the nearest folder that is.
pub(crate) fn check_in_workspace(path: &LitStr, problems: &mut Problems) {
    // Cargo sets it for every crate that it compiles; an editor's own expansion may lack it.
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return;
    };
    let Some(root) = workspace_root(Path::new(&manifest)) else {
        problems.push(
            path,
            "`path` is looked up in the workspace, and no folder above this crate holds a longshore.toml",
            Some("add a longshore.toml to the workspace's root"),
        );
        return;
    };
    let text = path.value();
    if root.join(&text).is_dir() {
        return;
    }
    let help = match nearest(&root, &text) {
        Some(nearest) => format!("write `{nearest}`"),
        None => "name a folder from the workspace's root, or remove the key: \
                 it defaults to the crate's folder"
            .to_owned(),
    };
    problems.push(
        path,
        format!("`{text}` is no folder of the workspace"),
        Some(&help),
    );
}

fn workspace_root(manifest: &Path) -> Option<PathBuf> {
    manifest
        .ancestors()
        .find(|folder| folder.join("longshore.toml").is_file())
        .map(Path::to_owned)
}

/// The path with its first wrong part replaced, if that makes it right.
fn nearest(root: &Path, text: &str) -> Option<String> {
    let mut found = PathBuf::new();
    for part in text.split('/') {
        if root.join(&found).join(part).is_dir() {
            found.push(part);
            continue;
        }
        let names: Vec<String> = std::fs::read_dir(root.join(&found))
            .ok()?
            .filter_map(Result::ok)
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        found.push(longshore_spec::suggest::nearest(
            part,
            names.iter().map(String::as_str),
        )?);
    }
    found.to_str().map(str::to_owned)
}

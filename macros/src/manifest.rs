//! The name under which a package depends on `longshore`, which the expansions need to be `longshore`.

use std::path::Path;
use std::sync::LazyLock;

/// The other name that the package being compiled gives to `longshore`.
pub(crate) fn renamed() -> Option<&'static str> {
    static RENAMED: LazyLock<Option<String>> = LazyLock::new(|| {
        let folder = std::env::var_os("CARGO_MANIFEST_DIR")?;
        let folder = Path::new(&folder);
        let own = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let workspace = folder.ancestors().find_map(|folder| {
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
            manifest.contains("[workspace").then_some(manifest)
        });
        renamed_in(&own, workspace.as_deref().unwrap_or_default())
    });
    RENAMED.as_deref()
}

/// Reads lines, as cargo and people write them: a parser of TOML would be compiled for every flow.
fn renamed_in(own: &str, workspace: &str) -> Option<String> {
    if dependencies(own).any(|(name, _)| name == "longshore") {
        return None;
    }
    let renamed = |manifest| {
        dependencies(manifest)
            .filter(|(_, is_longshore)| *is_longshore)
            .map(|(name, _)| name)
    };
    let inherited = |name: &&str| dependencies(own).any(|(own, _)| own == *name);
    renamed(own)
        .next()
        .or_else(|| renamed(workspace).find(inherited))
        .map(str::to_owned)
}

/// The names of dependencies, each with whether a line calls it the package `longshore`.
fn dependencies(manifest: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut table = "";
    manifest.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']').trim();
            return dependency_of(table).map(|name| (name, false));
        }
        let is_longshore = line
            .split_once("package")
            .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
            .is_some_and(|rest| rest.trim_start().starts_with("\"longshore\""));
        if let Some(name) = dependency_of(table) {
            return Some((name, is_longshore));
        }
        if !table.ends_with("dependencies") {
            return None;
        }
        let end = line.find(['=', '.', ' '])?;
        Some((line[..end].trim_matches('"'), is_longshore))
    })
}

/// The dependency that a table such as `[dependencies.name]` is about.
fn dependency_of(table: &str) -> Option<&str> {
    let (tables, name) = table.rsplit_once('.')?;
    tables.ends_with("dependencies").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dependency_is_found_in_all_its_spellings() {
        for (own, workspace, renamed) in [
            ("[dependencies]\nlongshore = \"1\"", "", None),
            ("[dependencies]\nlongshore.workspace = true", "", None),
            ("[dependencies.longshore]\npath = \"a\"", "", None),
            ("[dependencies]\nserde = \"1\"", "", None),
            ("[package]\npackage = \"longshore\"", "", None),
            (
                "[dependencies]\nls = { package = \"longshore\", version = \"1\" }",
                "",
                Some("ls"),
            ),
            ("[dependencies.ls]\npackage=\"longshore\"", "", Some("ls")),
            (
                "[target.'cfg(unix)'.dependencies]\nls = { package = \"longshore\" }",
                "",
                Some("ls"),
            ),
            (
                "[dependencies]\nls.workspace = true",
                "[workspace.dependencies]\nls = { package = \"longshore\" }",
                Some("ls"),
            ),
            (
                "[dependencies]\nserde = \"1\"",
                "[workspace.dependencies]\nls = { package = \"longshore\" }",
                None,
            ),
            (
                "[dependencies]\nlongshore = \"1\"\nls = { package = \"longshore\" }",
                "",
                None,
            ),
        ] {
            assert_eq!(renamed_in(own, workspace).as_deref(), renamed, "{own}");
        }
    }
}

//! The line of the root manifest that links a flow crate.
//!
//! It is put into the text as it stands, so that comments, order and blanks stay; the result is read again, and has to
//! say what the former text said and the line.

use longshore_spec::Explain;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// The root manifest cannot take a flow crate.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("Cargo.toml is not valid TOML: {message}")]
    NotToml { message: String },
    #[error(
        "Cargo.toml has no `longshore` in [workspace.dependencies], from which flow crates take it"
    )]
    NoLongshore,
    #[error("Cargo.toml has no place where a line can be added safely")]
    NoPlace { line: String },
}

impl Explain for LinkError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NotToml { .. } => None,
            Self::NoLongshore => Some(format!(
                "add `longshore = \"{}\"` there, or the `path` or `git` that `longshore-deploy` comes from",
                env!("CARGO_PKG_VERSION")
            )),
            Self::NoPlace { line } => Some(format!(
                "write [dependencies] as a table of its own, with `{line}` in it"
            )),
        }
    }
}

/// Tables of a manifest that hold dependencies.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The line that links a package.
pub(super) fn line(package: &str, folder: &str) -> String {
    format!("{package} = {{ path = \"{folder}\" }}")
}

/// Checks that flow crates find `longshore` in the workspace.
///
/// # Errors
/// The manifest is not TOML, or does not name `longshore`.
pub(super) fn check_workspace(manifest: &str) -> Result<(), LinkError> {
    let table = read(manifest)?;
    let shared = table
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    match shared.and_then(|shared| shared.get("longshore")) {
        Some(_) => Ok(()),
        None => Err(LinkError::NoLongshore),
    }
}

/// Whether the package depends on one of this name.
pub(super) fn depends_on(manifest: &str, package: &str) -> bool {
    read(manifest).is_ok_and(|table| {
        TABLES.iter().any(|name| {
            let dependencies = table.get(*name);
            dependencies.is_some_and(|dependencies| dependencies.get(package).is_some())
        })
    })
}

fn read(manifest: &str) -> Result<Table, LinkError> {
    manifest
        .parse()
        .map_err(|error: toml::de::Error| LinkError::NotToml {
            message: error.message().replace('\n', ", "),
        })
}

/// The manifest with the line: among those of other flow crates by the alphabet, else at the end of [dependencies].
///
/// # Errors
/// The manifest is not TOML, or its form leaves no place for a line.
pub(super) fn linked(manifest: &str, package: &str, folder: &str) -> Result<String, LinkError> {
    let mut expected = read(manifest)?;
    let line = line(package, folder);
    let dependencies = expected
        .entry("dependencies")
        .or_insert_with(|| Value::Table(Table::new()));
    if let Some(dependencies) = dependencies.as_table_mut() {
        let path = Table::from_iter([("path".to_owned(), Value::String(folder.to_owned()))]);
        dependencies.insert(package.to_owned(), Value::Table(path));
    }
    let end_of_line = if manifest.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let with_line = |offset: usize| {
        let (before, after) = manifest.split_at(offset);
        let begins = if before.is_empty() || before.ends_with('\n') {
            ""
        } else {
            end_of_line
        };
        format!("{before}{begins}{line}{end_of_line}{after}")
    };
    let with_table = || {
        let before = manifest.trim_end();
        format!(
            "{before}{end_of_line}{end_of_line}[dependencies.{package}]{end_of_line}path = \"{folder}\"{end_of_line}"
        )
    };
    let within = place(manifest, package).map(with_line);
    [within, Some(with_table())]
        .into_iter()
        .flatten()
        .find(|text| text.parse::<Table>().is_ok_and(|table| table == expected))
        .ok_or(LinkError::NoPlace { line })
}

/// An entry of [dependencies] that stands on lines of its own.
struct Entry<'a> {
    key: &'a str,
    /// Where its first line starts, and where the one after its last does.
    start: usize,
    end: usize,
    is_flow: bool,
}

/// Where the line of a package belongs, as an offset at the start of a line.
fn place(manifest: &str, package: &str) -> Option<usize> {
    let entries = entries(manifest);
    let flows: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.is_flow).collect();
    if flows.is_empty() {
        let header = manifest
            .find("[dependencies]")
            .map(|start| line_end(manifest, start));
        return entries.last().map(|entry| entry.end).or(header);
    }
    let before = flows.iter().rev().find(|entry| entry.key < package);
    Some(match before {
        Some(entry) => entry.end,
        None => flows[0].start,
    })
}

fn entries(manifest: &str) -> Vec<Entry<'_>> {
    let Ok(document) = DeTable::parse(manifest) else {
        return Vec::new();
    };
    let dependencies = document.get_ref().get("dependencies");
    let Some(table) = dependencies.and_then(|value| value.get_ref().as_table()) else {
        return Vec::new();
    };
    let mut entries: Vec<Entry<'_>> = table
        .iter()
        .filter_map(|(key, value)| {
            let key = key.span();
            let start = manifest[..key.start].rfind('\n').map_or(0, |end| end + 1);
            // The key of `[dependencies.name]` stands in a header.
            let alone = manifest[start..key.start].trim().is_empty();
            alone.then(|| Entry {
                key: manifest[key].trim_matches(['"', '\'']),
                start,
                end: line_end(manifest, last(value)),
                is_flow: is_flow(value.get_ref()),
            })
        })
        .collect();
    entries.sort_by_key(|entry| entry.start);
    entries
}

/// The end of a value; of a dotted key's table, which has no end of its own, that of what is in it.
fn last(value: &Spanned<DeValue<'_>>) -> usize {
    let inner = value
        .get_ref()
        .as_table()
        .into_iter()
        .flat_map(DeTable::values);
    inner
        .map(last)
        .chain([value.span().end])
        .max()
        .unwrap_or_default()
}

fn is_flow(value: &DeValue<'_>) -> bool {
    let path = value.get("path").and_then(|path| path.get_ref().as_str());
    path.is_some_and(|path| path.trim_start_matches("./").starts_with("projects/"))
}

fn line_end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |end| offset + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the line of `b-b` goes.
    #[track_caller]
    fn goes(before: &str, after: &str) {
        let text = linked(&format!("{before}{after}"), "b-b", "projects/b/b").unwrap();
        assert_eq!(
            text,
            format!("{before}b-b = {{ path = \"projects/b/b\" }}\n{after}")
        );
    }

    #[test]
    fn a_line_goes_among_the_flows_by_the_alphabet() {
        let head = "[package]\nname = \"flows\"\n\n[dependencies]\nlongshore-deploy.workspace = true\n\n# Flows.\n";
        let (a, c) = (
            "a-a = { path = \"projects/a/a\" }  # the first\n",
            "c-c = { path = \"projects/c/c\", features = [\n    \"x\",\n] }\n",
        );
        let tail = "\n[build-dependencies]\nx = \"1\" # [dependencies]\n";
        goes(&format!("{head}{a}"), &format!("{c}{tail}"));
        goes(head, &format!("{c}{tail}"));
        goes(&format!("{head}{a}"), tail);
        // What is not in order stays as it is.
        goes(&format!("{head}{c}{a}"), tail);
    }

    #[test]
    fn the_first_flow_comes_after_the_other_dependencies() {
        goes(
            "[dependencies]\nx = \"1\"\n",
            "\n[profile.dev]\ndebug = 1\n",
        );
        goes(
            "[dependencies]\nx.workspace = true\nx.features = [\"y\"]\n",
            "",
        );
        goes(
            "[workspace.dependencies]\nx = \"1\"\n\n[dependencies]\n",
            "\n[lints]\nworkspace = true\n",
        );
        let without_end = linked("[dependencies]\nx = \"1\"", "b-b", "projects/b/b").unwrap();
        assert_eq!(
            without_end,
            "[dependencies]\nx = \"1\"\nb-b = { path = \"projects/b/b\" }\n"
        );
    }

    #[test]
    fn other_forms_get_a_table_at_the_end() {
        let table = "\n\n[dependencies.b-b]\npath = \"projects/b/b\"\n";
        for manifest in [
            "[package]\nname = \"flows\"",
            "[dependencies.x]\nversion = \"1\"",
            "note = \"\"\"\n[dependencies]\n\"\"\"\n[dependencies.x]\nversion = \"1\"",
        ] {
            let text = linked(manifest, "b-b", "projects/b/b").unwrap();
            assert_eq!(text, format!("{manifest}{table}"));
        }
        let error = linked("dependencies = { x = \"1\" }", "b-b", "projects/b/b").unwrap_err();
        assert!(
            error
                .help()
                .unwrap()
                .contains("`b-b = { path = \"projects/b/b\" }`")
        );
    }

    #[test]
    fn line_ends_of_windows_stay() {
        let text = linked("[dependencies]\r\nx = \"1\"\r\n", "b-b", "projects/b/b").unwrap();
        assert_eq!(
            text,
            "[dependencies]\r\nx = \"1\"\r\nb-b = { path = \"projects/b/b\" }\r\n"
        );
    }

    #[test]
    fn a_workspace_without_longshore_is_told_what_to_add() {
        let error = check_workspace("[workspace]\n").unwrap_err();
        assert!(
            error.help().unwrap().contains("add `longshore = "),
            "{error}"
        );
        assert!(check_workspace("[workspace.dependencies]\nlongshore = \"1\"\n").is_ok());
        assert!(depends_on("[build-dependencies]\nx = \"1\"\n", "x"));
    }
}

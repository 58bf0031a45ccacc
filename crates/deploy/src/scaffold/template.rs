//! The files of a flow crate: those of the repository's `template/`.

use super::answers::Answers;
use super::parameter::{arguments, declarations, dependencies, mentions};
use super::render::{RenderError, Values, render};
use super::schedule;

/// Ending of files that are rendered, as `cargo generate` has it; others are taken as they are.
const RENDERED: &str = ".liquid";

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/template/", $path))
    };
}

/// Path and text of each file, as they are in the template.
const FLOW: [(&str, &str); 5] = [
    ("Cargo.toml.liquid", file!("Cargo.toml.liquid")),
    ("src/lib.rs.liquid", file!("src/lib.rs.liquid")),
    ("src/main.rs.liquid", file!("src/main.rs.liquid")),
    ("src/steps.rs", file!("src/steps.rs")),
    ("tests/flow.rs.liquid", file!("tests/flow.rs.liquid")),
];

/// The files of the flow crate, by their path in it.
///
/// # Errors
/// A template has a tag that cannot be rendered.
pub(super) fn flow(answers: &Answers) -> Result<Vec<(String, String)>, RenderError> {
    rendered(&FLOW, &values(answers))
}

/// The path of a file once it is rendered.
pub(super) fn rendered_path(path: &str) -> &str {
    path.strip_suffix(RENDERED).unwrap_or(path)
}

/// Renders what is to be rendered, and drops the ending that says so.
///
/// # Errors
/// A template has a tag that cannot be rendered.
pub(super) fn rendered(
    files: &[(&str, &str)],
    values: &Values,
) -> Result<Vec<(String, String)>, RenderError> {
    let rendered = files.iter().map(|(path, text)| {
        let to = rendered_path(path);
        let text = if to == *path {
            (*text).to_owned()
        } else {
            render(text, values)?
        };
        Ok((to.to_owned(), text))
    });
    rendered.collect()
}

fn values(answers: &Answers) -> Values {
    let place = &answers.place;
    let in_literal = |text: Option<&str>| text.unwrap_or_default().escape_debug().to_string();
    let mut values = Values::from([
        ("project", place.project().to_owned()),
        ("project-name", place.flow().to_owned()),
        ("crate_name", place.function()),
        ("description", format!("{}.", sentence(place.flow()))),
        ("deployment", in_literal(Some(answers.deployment.as_str()))),
        (
            "schedule",
            answers
                .schedule
                .as_ref()
                .map_or_else(String::new, schedule::attribute),
        ),
        (
            "queue",
            in_literal(answers.queue.as_ref().map(AsRef::as_ref)),
        ),
        (
            "image",
            in_literal(answers.image.as_ref().map(AsRef::as_ref)),
        ),
    ]);
    if !answers.parameters.is_empty() {
        values.insert("parameters", declarations(&answers.parameters));
        values.insert("mentions", mentions(&answers.parameters));
        values.insert("arguments", arguments(&answers.parameters));
    }
    if let Some(lines) = dependencies(&answers.parameters) {
        values.insert("dependencies", lines);
    }
    values
}

/// `daily_report` as the beginning of a sentence: `Daily report`.
pub(super) fn sentence(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What `cargo generate` knows by itself, and what only `deploy new` gives.
    const OTHERS: [&str; 6] = [
        "project-name",
        "crate_name",
        "parameters",
        "mentions",
        "arguments",
        "dependencies",
    ];

    #[test]
    fn cargo_generate_asks_for_what_the_files_need() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
        let settings = fs::read_to_string(folder.join("cargo-generate.toml")).unwrap();
        let settings: toml::Table = settings.parse().unwrap();
        let placeholders = settings["placeholders"].as_table().unwrap();
        for (path, text) in FLOW {
            assert_eq!(fs::read_to_string(folder.join(path)).unwrap(), text);
            let tags = text.split("{{").skip(1).chain(text.split("{% if").skip(1));
            for tag in tags.chain(text.split("{%- if").skip(1)) {
                let end = tag.find(['|', '}', '%', '!']).unwrap();
                let name = tag[..end].trim();
                assert!(
                    OTHERS.contains(&name) || placeholders.contains_key(name),
                    "{path}: {name}"
                );
            }
        }
    }
}

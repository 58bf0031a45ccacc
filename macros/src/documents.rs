//! The documents of the attributes, held against the parser's lists of keys, the recorded messages and the example.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;

fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("the repository").to_owned()
}

fn read(path: &str) -> String {
    let path = repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The parts of a text below its headings of one level, by what the heading says.
fn parts<'a>(text: &'a str, level: &str) -> Vec<(&'a str, &'a str)> {
    let start = format!("\n{level} ");
    text.split(start.as_str())
        .skip(1)
        .map(|part| {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            (heading.trim_matches('`'), body)
        })
        .collect()
}

/// The code blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    text.split(start.as_str())
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap_or(rest))
        .collect()
}

/// The keys that a section documents, each with its text.
fn keys<'a>(document: &'a str, section: &str) -> Vec<(&'a str, &'a str)> {
    let found = parts(document, "##");
    let (_, body) = found
        .iter()
        .find(|(heading, _)| *heading == section)
        .unwrap_or_else(|| panic!("no section `{section}`"));
    parts(body, "###")
}

#[test]
fn every_key_of_the_parser_is_documented_and_no_other() {
    let document = read("docs/attributes.md");
    let in_every_schedule = ["In every schedule"].as_slice();
    let lists: [(&str, &[&str], &[&str]); 9] = [
        ("#[flow]", &[], crate::flow::KEYS),
        ("#[param]", &[], crate::function::PARAMETER_KEYS),
        ("#[deployment]", &[], crate::deployment::KEYS),
        ("concurrency", &[], crate::deployment::CONCURRENCY_KEYS),
        ("cron", in_every_schedule, crate::schedule::CRON_KEYS),
        (
            "interval",
            in_every_schedule,
            crate::schedule::INTERVAL_KEYS,
        ),
        ("rrule", in_every_schedule, crate::schedule::RRULE_KEYS),
        ("#[task]", &[], crate::task::KEYS),
        ("exponential", &[], crate::task::EXPONENTIAL_KEYS),
    ];
    for (section, shared, known) in lists {
        let documented: Vec<&str> = std::iter::once(&section)
            .chain(shared)
            .flat_map(|section| keys(&document, section))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(
            documented.iter().collect::<BTreeSet<_>>(),
            known.iter().collect::<BTreeSet<_>>(),
            "the keys of `{section}`"
        );
        assert_eq!(
            documented.len(),
            known.len(),
            "`{section}` tells a key twice"
        );
    }
}

/// What is said of an item.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let texts = attributes.iter().filter_map(|attribute| {
        let pair = attribute.meta.require_name_value().ok()?;
        let text = crate::value::string_literal(&pair.value)?;
        pair.path.is_ident("doc").then(|| text.value())
    });
    texts.collect::<String>().trim().to_owned()
}

/// The first paragraph of a text, on one line and without links.
fn first_paragraph(text: &str) -> String {
    let paragraph = text.trim_start().split("\n\n").next().unwrap_or(text);
    let line = paragraph.replace('\n', " ").replace("[`", "`");
    let mut parts = line.split("](#");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once(')').map_or("", |(_, rest)| rest)
    })
}

/// A module of the items by which an editor completes, in the runtime crate.
fn completed(module: &str) -> Vec<syn::Item> {
    let file = syn::parse_file(&read("runtime/src/private/keys.rs")).expect("Rust");
    let content = file.items.into_iter().find_map(|item| match item {
        syn::Item::Mod(found) if found.ident == module => found.content,
        _ => None,
    });
    let (_, items) = content.unwrap_or_else(|| panic!("no module `{module}`"));
    items
}

/// The keys of such a module, each with what is said of it.
fn completed_keys(module: &str) -> Vec<(String, String)> {
    let items = completed(module).into_iter();
    let keys = items.filter_map(|item| match item {
        syn::Item::Const(key) => Some((key.ident.to_string(), documentation(&key.attrs))),
        _ => None,
    });
    keys.collect()
}

#[test]
fn an_editor_completes_the_keys_of_the_document_in_its_words() {
    let document = read("docs/attributes.md");
    for (section, body) in parts(&document, "##") {
        let documented: Vec<(String, String)> = parts(body, "###")
            .into_iter()
            .map(|(key, text)| (key.to_owned(), first_paragraph(text)))
            .collect();
        if !documented.is_empty() {
            let module = section.trim_matches(['#', '[', ']']).replace(' ', "_");
            let module = module.trim_start_matches("In_");
            assert_eq!(completed_keys(module), documented, "the module `{module}`");
        }
    }
    let shared = completed_keys("every_schedule").into_iter();
    let shared: BTreeSet<String> = shared.map(|(key, _)| key).collect();
    for kind in ["cron", "interval", "rrule"] {
        let uses = completed(kind).into_iter().filter_map(|item| match item {
            syn::Item::Use(list) => Some(list.tree.to_token_stream().to_string()),
            _ => None,
        });
        let list = uses
            .into_iter()
            .find(|list| list.contains("every_schedule"));
        let list = list.unwrap_or_else(|| panic!("`{kind}` has no shared keys"));
        let (_, names) = list.split_once('{').unwrap_or_default();
        let names = names.trim_matches([' ', '}']).split(", ").map(str::trim);
        let names: BTreeSet<String> = names.map(str::to_owned).collect();
        assert_eq!(names, shared, "the shared keys of `{kind}`");
    }
}

#[test]
fn an_editor_completes_the_words_that_have_a_section_of_their_own() {
    let document = read("docs/attributes.md");
    let sections = parts(&document, "##");
    for (module, words) in [
        ("schedules", ["cron", "interval", "rrule"].as_slice()),
        ("delays", &["exponential"]),
    ] {
        let items = completed(module).into_iter();
        let told = items.filter_map(|item| match item {
            syn::Item::Fn(word) => Some((word.sig.ident.to_string(), documentation(&word.attrs))),
            _ => None,
        });
        let told: Vec<(String, String)> = told.collect();
        let documented: Vec<(String, String)> = sections
            .iter()
            .filter(|(section, _)| words.contains(section))
            .map(|(section, text)| ((*section).to_owned(), first_paragraph(text)))
            .collect();
        assert_eq!(told, documented, "the module `{module}`");
    }
}

#[test]
fn every_key_has_an_example_and_the_message_of_a_mistake() {
    let document = read("docs/attributes.md");
    let mut checked = 0;
    for (section, body) in parts(&document, "##") {
        for (key, text) in parts(body, "###") {
            checked += 1;
            let example = blocks(text, "rust");
            let shown = example.iter().any(|example| example.contains(key));
            assert!(shown, "`{key}` of `{section}` has no example with it");
            assert!(
                !blocks(text, "text").is_empty(),
                "`{key}` of `{section}` has no message"
            );
        }
    }
    assert!(checked > 40, "only {checked} keys were found");
}

/// The cases are compiled by `runtime/tests/ui.rs`, which compares what the compiler says.
#[test]
fn every_message_is_the_one_of_a_case() {
    for message in blocks(&read("docs/attributes.md"), "text") {
        let case = message
            .split_once("--> tests/ui/fail/")
            .and_then(|(_, rest)| rest.split_once(".rs:"))
            .map(|(case, _)| case)
            .unwrap_or_else(|| panic!("no case is named:\n{message}"));
        let recorded = read(&format!("runtime/tests/ui/fail/{case}.stderr"));
        assert!(
            recorded.contains(message),
            "`{case}` says something else:\n{recorded}"
        );
    }
}

#[test]
fn the_flow_beside_the_python_ones_is_the_example() {
    let example = read("projects/finance/daily_report/src/lib.rs");
    let manifest = read("projects/finance/daily_report/Cargo.toml");
    let document = read("docs/from-python.md");
    let shown = blocks(&document, "rust");
    assert!(!shown.is_empty());
    for block in shown {
        assert!(example.contains(block), "not in the example:\n{block}");
    }
    for block in blocks(&document, "toml") {
        assert!(manifest.contains(block), "not in the manifest:\n{block}");
    }
}

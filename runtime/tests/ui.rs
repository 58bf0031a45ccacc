//! What the compiler says: one mistake per file under `tests/ui/fail`, and what is right beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// Each failing case starts with lines `// says: ...`: texts that its message must hold.
const SAYS: &str = "// says: ";

/// A failing case with several errors ends with a line `// errors: N, reason`; any other case has one error.
const ERRORS: &str = "// errors: ";

#[test]
fn attributes() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*/*.rs");
}

#[test]
fn every_message_names_the_mistake_and_the_fix() {
    let mut lacking = Vec::new();
    let mut cases = 0;
    for folder in entries(Path::new("tests/ui/fail")) {
        for case in entries(&folder) {
            if case.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            cases += 1;
            let source = fs::read_to_string(&case).expect("a readable case");
            let message = fs::read_to_string(case.with_extension("stderr")).unwrap_or_default();
            let says: Vec<&str> = source
                .lines()
                .map_while(|line| line.strip_prefix(SAYS))
                .collect();
            assert!(
                !says.is_empty(),
                "{} does not say what it expects",
                case.display()
            );
            for text in says.into_iter().filter(|text| !message.contains(text)) {
                lacking.push(format!("{}: {text}", case.display()));
            }
        }
    }
    assert!(cases > 100, "only {cases} cases were found");
    assert!(lacking.is_empty(), "messages lack:\n{}", lacking.join("\n"));
}

#[test]
fn a_mistake_is_reported_once() {
    let mut others = Vec::new();
    for folder in entries(Path::new("tests/ui/fail")) {
        for case in entries(&folder) {
            if case.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = fs::read_to_string(&case).expect("a readable case");
            let message = fs::read_to_string(case.with_extension("stderr")).unwrap_or_default();
            let expected = source
                .lines()
                .find_map(|line| line.strip_prefix(ERRORS))
                .map_or("1", |line| line.split(',').next().unwrap_or(line));
            let errors = message.lines().filter(|line| is_error(line)).count();
            if errors.to_string() != expected {
                others.push(format!("{}: {errors}", case.display()));
            }
        }
    }
    assert!(others.is_empty(), "errors per case:\n{}", others.join("\n"));
}

fn is_error(line: &str) -> bool {
    line.starts_with("error: ") || line.starts_with("error[")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

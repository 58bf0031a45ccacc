//! What the compiler says: one mistake per file under `tests/ui/fail`, and what is right beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// Each failing case starts with lines `// says: ...`: texts that its message must hold.
const SAYS: &str = "// says: ";

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

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

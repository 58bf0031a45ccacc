use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::link_list;

const LIBRARY: &str = "";
const PROGRAM: &str = "longshore::main!(x);";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn flow(root: &Path, folder: &str, package: &str) {
    write(
        root,
        &format!("{folder}/Cargo.toml"),
        &format!("[package]\nname = \"{package}\"\n"),
    );
    write(root, &format!("{folder}/src/lib.rs"), LIBRARY);
    write(root, &format!("{folder}/src/main.rs"), PROGRAM);
}

fn workspace(dependencies: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest = format!("[package]\nname = \"flows\"\n[dependencies]\n{dependencies}\n");
    write(folder.path(), "Cargo.toml", &manifest);
    folder
}

fn problems(root: &Path) -> Vec<String> {
    let problems = link_list(root).expect_err("the workspace has a mistake");
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn links_are_sorted_and_name_folder_and_program() {
    let root = workspace(
        "zeta = { path = \"./projects/b/zeta/\", package = \"b-zeta\" }\n\
         a-alpha = { workspace = true }\n\
         [workspace.dependencies]\na-alpha = { path = \"projects/a/alpha\" }",
    );
    flow(root.path(), "projects/b/zeta", "b-zeta");
    flow(root.path(), "projects/a/alpha", "a-alpha");
    write(
        root.path(),
        "projects/b/zeta/Cargo.toml",
        "[package]\nname = \"b-zeta\"\n[[bin]]\nname = \"zeta-program\"\npath = \"src/main.rs\"\n",
    );
    let text = link_list(root.path()).unwrap();
    assert!(
        text.starts_with("use a_alpha as _;\nuse zeta as _;\n"),
        "{text}"
    );
    assert!(text.contains(
        r#"LinkedPackage { name: "b-zeta", folder: "projects/b/zeta", binary: "zeta-program" }"#
    ));
    assert!(text.contains(r#"binary: "a-alpha""#));
}

#[test]
fn every_mistake_is_reported_at_once() {
    let root = workspace("");
    flow(root.path(), "projects/finance/daily", "finance-daily");
    flow(root.path(), "projects/other/daily", "finance-daily");
    flow(root.path(), "projects/other/same_crate", "finance_daily");
    fs::create_dir_all(root.path().join("projects/finance/empty")).unwrap();
    flow(root.path(), "projects/finance/no_program", "no-program");
    fs::remove_file(root.path().join("projects/finance/no_program/src/main.rs")).unwrap();
    flow(root.path(), "projects/shallow", "shallow");
    let found = problems(root.path());
    for expected in [
        "`projects/finance/empty` has no Cargo.toml",
        "has no src/main.rs; it is one line: longshore::main!(no_program);",
        "`projects/shallow` is a package, but flow crates are in",
        "two flow crates are the package `finance-daily`: `projects/finance/daily` and \
         `projects/other/daily`",
        "two flow crates are the Rust crate `finance_daily`",
        "add this line to [dependencies] in Cargo.toml: \
         finance-daily = { path = \"projects/finance/daily\" }",
    ] {
        assert!(
            found.iter().any(|text| text.contains(expected)),
            "{expected}: {found:#?}"
        );
    }
    assert!(found.iter().all(|text| !text.contains('\n')), "{found:#?}");
}

#[test]
fn zero_flows_is_one_problem() {
    let root = workspace("");
    assert_eq!(
        problems(root.path()),
        ["no flow crates found; put the first one into `projects/<project>/<flow>`"]
    );
}

#[test]
fn an_optional_dependency_is_not_a_link() {
    let root = workspace("a-b = { path = \"projects/a/b\", optional = true }");
    flow(root.path(), "projects/a/b", "a-b");
    let found = problems(root.path());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("optional dependency"));
}

#[test]
fn a_broken_manifest_is_named() {
    let root = workspace("");
    flow(root.path(), "projects/a/b", "a-b");
    write(root.path(), "projects/a/b/Cargo.toml", "[package\n");
    let found = problems(root.path());
    assert!(
        found[0].contains("`projects/a/b/Cargo.toml` is not valid TOML"),
        "{found:#?}"
    );
}

//! The build script's work, seen by really building small workspaces.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Stands for the real crate, which takes minutes to build; it prints what it was given.
const STUB: &str = r#"
pub struct Workspace { pub root: &'static str, pub packages: &'static [LinkedPackage] }
pub struct LinkedPackage { pub name: &'static str, pub folder: &'static str, pub binary: &'static str }
pub fn main(workspace: &Workspace) -> std::process::ExitCode {
    assert!(std::path::Path::new(workspace.root).is_absolute());
    for package in workspace.packages {
        println!("{} {} {}", package.name, package.folder, package.binary);
    }
    std::process::ExitCode::SUCCESS
}
pub fn check_registry(workspace: &Workspace) -> Result<(), &'static str> {
    if workspace.packages.len() < 3 { Ok(()) } else { Err("three are too many") }
}
"#;

struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(TempDir::new().unwrap());
        scratch.write("stub/Cargo.toml", &package("longshore-deploy", ""));
        scratch.write("stub/src/lib.rs", STUB);
        scratch.write("build.rs", "fn main() { longshore_build::link_flows(); }");
        let program = r#"include!(concat!(env!("OUT_DIR"), "/deploy.rs"));"#;
        scratch.write("src/bin/deploy.rs", program);
        scratch
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes the root manifest with these dependency lines.
    fn link(&self, lines: &str) {
        let build = env!("CARGO_MANIFEST_DIR");
        let dependencies = format!(
            "longshore-deploy = {{ path = \"stub\" }}\n{lines}\n\
             [build-dependencies]\nlongshore-build = {{ path = {build:?} }}\n[workspace]\n"
        );
        self.write("Cargo.toml", &package("flows", &dependencies));
    }

    fn flow(&self, folder: &str, name: &str) {
        self.write(&format!("{folder}/Cargo.toml"), &package(name, ""));
        self.write(&format!("{folder}/src/lib.rs"), "");
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}");
    }

    /// Whether a cargo call succeeds, and what it prints.
    fn cargo(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--quiet", "--offline"])
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", self.root().join("target"))
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        (output.status.success(), format!("{stdout}{stderr}"))
    }

    fn deploy(&self) -> (bool, String) {
        self.cargo(&["run", "--bin", "deploy"])
    }
}

fn package(name: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\n{dependencies}"
    )
}

#[test]
fn a_new_folder_stops_the_build_until_its_line_is_added() {
    let scratch = Scratch::new();
    let first = "finance-daily = { path = \"projects/finance/daily\" }\n";
    let second = "demo-hello = { path = \"projects/demo/hello\" }\n";
    scratch.flow("projects/finance/daily", "finance-daily");
    scratch.link(first);
    let (done, text) = scratch.deploy();
    assert!(done, "{text}");
    assert_eq!(text, "finance-daily projects/finance/daily finance-daily\n");

    scratch.flow("projects/demo/hello", "demo-hello");
    let (done, text) = scratch.deploy();
    assert!(!done, "{text}");
    assert!(
        text.contains("error: flows@0.1.0: `projects/demo/hello` is not linked"),
        "{text}"
    );
    assert!(text.contains(second.trim()), "{text}");

    scratch.link(&format!("{first}{second}"));
    let (done, text) = scratch.deploy();
    assert!(done, "{text}");
    assert_eq!(
        text.lines().next(),
        Some("demo-hello projects/demo/hello demo-hello")
    );
    let (done, text) = scratch.cargo(&["test", "--bin", "deploy"]);
    assert!(done && text.contains("1 passed"), "{text}");

    fs::create_dir(scratch.root().join("projects/demo/empty")).unwrap();
    fs::remove_file(scratch.root().join("projects/demo/hello/src/main.rs")).unwrap();
    let (done, text) = scratch.deploy();
    assert!(!done, "{text}");
    assert!(
        text.contains("`projects/demo/empty` has no Cargo.toml"),
        "{text}"
    );
    assert!(
        text.contains("it is one line: longshore::main!(demo_hello);"),
        "{text}"
    );
}

#[test]
fn zero_flows_stop_the_build() {
    let scratch = Scratch::new();
    scratch.link("");
    let (done, text) = scratch.deploy();
    assert!(!done, "{text}");
    assert!(text.contains("no flow crates found"), "{text}");
}

#[test]
fn two_packages_of_one_name_and_a_link_to_nowhere_are_named() {
    let scratch = Scratch::new();
    scratch.flow("projects/finance/daily", "daily");
    scratch.flow("projects/demo/daily", "daily");
    scratch.link("daily = { path = \"projects/finance/daily\" }\n");
    let (done, text) = scratch.deploy();
    assert!(!done, "{text}");
    assert!(
        text.contains("two flow crates are the package `daily`"),
        "{text}"
    );

    // Both linked: cargo refuses before the build script runs.
    scratch.link(
        "daily = { path = \"projects/finance/daily\" }\n\
         other = { path = \"projects/demo/daily\", package = \"daily\" }\n",
    );
    let (done, text) = scratch.deploy();
    assert!(
        !done && text.contains("two packages named `daily`"),
        "{text}"
    );

    scratch.link("gone = { path = \"projects/demo/gone\" }\n");
    let (done, text) = scratch.deploy();
    assert!(!done && text.contains("projects/demo/gone"), "{text}");
}

//! New workspaces.

use std::fs;
use std::path::Path;

use crate::command_line::{CommandLine, InitArguments};
use crate::config::Config;
use crate::scaffold::{MadeWorkspace, new_workspace};

fn arguments(folder: &Path) -> InitArguments {
    InitArguments {
        folder: folder.to_owned(),
        name: None,
        flow: "demo/hello".to_owned(),
        kubernetes: false,
        longshore_path: None,
        longshore_git: None,
        longshore_version: None,
    }
}

fn made(arguments: &InitArguments) -> MadeWorkspace {
    new_workspace(arguments).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn a_workspace_is_named_after_its_folder_and_takes_longshore_from_this_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("two levels/Acme flows");
    let made = made(&arguments(&root));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let repository = repository.canonicalize().unwrap();
    assert_eq!(
        made.sources,
        format!("the checkout `{}`", repository.display())
    );
    for file in &made.files {
        let text = fs::read_to_string(root.join(file)).unwrap();
        assert!(
            !text.contains("{%") && !text.contains("{{ l"),
            "{file}: {text}"
        );
    }
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    assert!(read("longshore.toml").contains("\nname = \"Acme-flows\""));
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let path = manifest["dependencies"]["longshore-deploy"]["path"]
        .as_str()
        .unwrap();
    assert_eq!(Path::new(path), repository.join("crates/deploy"));
    // Else rustup would install a second compiler, and what was tested here would not be what a newcomer builds with.
    let own = fs::read_to_string(repository.join("rust-toolchain.toml")).unwrap();
    let channel = |text: &str| text.parse::<toml::Table>().unwrap()["toolchain"]["channel"].clone();
    assert_eq!(channel(&read("rust-toolchain.toml")), channel(&own));
}

#[test]
fn the_workflow_has_commands_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    made(&arguments(folder.path()));
    let workflow = fs::read_to_string(folder.path().join(".github/workflows/deploy.yml")).unwrap();
    let commands = workflow
        .lines()
        .filter_map(|line| line.split_once("cargo run ")?.1.split_once("--bin deploy"));
    let commands: Vec<&str> = commands.map(|(_, words)| words).collect();
    assert_eq!(commands.len(), 2, "{workflow}");
    for words in commands {
        let line = ["deploy"].into_iter().chain(words.split_whitespace());
        CommandLine::read(line).unwrap_or_else(|error| panic!("{words}: {error}"));
    }
}

#[test]
fn a_workspace_for_kubernetes_has_the_manifests_of_the_repository_and_their_pool() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = made(&InitArguments {
        kubernetes: true,
        ..arguments(folder.path())
    });
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifests = workspace.files.iter();
    let manifests: Vec<_> = manifests
        .filter(|file| file.starts_with("kubernetes/"))
        .collect();
    let mut expected = Vec::new();
    let mut folders = vec![repository.join("kubernetes")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                expected.push(path.strip_prefix(&repository).unwrap().to_owned());
            }
        }
    }
    assert_eq!(
        manifests.len(),
        expected.len(),
        "{manifests:?} {expected:?}"
    );
    for path in expected {
        let read = |root: &Path| fs::read_to_string(root.join(&path)).unwrap();
        assert_eq!(read(folder.path()), read(&repository), "{}", path.display());
    }
    let config = Config::read(folder.path()).unwrap();
    assert_eq!(config.pool_type("kubernetes"), "kubernetes");
    let pod = config.kubernetes("kubernetes").unwrap();
    assert_eq!(pod.namespace.as_deref(), Some("flows"));
}

#[test]
fn longshore_may_come_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let url = "https://git.example.com/longshore";
    for (name, arguments, expected) in [
        (
            "git",
            InitArguments {
                longshore_git: Some(url.to_owned()),
                ..arguments(&folder.path().join("git"))
            },
            format!("longshore = {{ git = \"{url}\" }}\n"),
        ),
        (
            "registry",
            InitArguments {
                longshore_version: Some("0.1".to_owned()),
                ..arguments(&folder.path().join("registry"))
            },
            "longshore = \"0.1\"\n".to_owned(),
        ),
    ] {
        made(&arguments);
        let manifest = fs::read_to_string(folder.path().join(name).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&expected), "{manifest}");
    }
}

#[test]
fn whatever_stands_in_the_way_is_told_at_once_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("README.md"), "kept").unwrap();
    fs::write(folder.path().join("Cargo.toml"), "kept").unwrap();
    fs::create_dir_all(folder.path().join("projects/demo/hello")).unwrap();
    fs::write(folder.path().join("build.rs"), "kept").unwrap();
    let wrong = InitArguments {
        name: Some("Acme & Co".to_owned()),
        flow: "hello".to_owned(),
        longshore_path: Some(folder.path().to_owned()),
        ..arguments(folder.path())
    };
    let taken = ["Cargo.toml` exists already", "build.rs` exists already"];
    let also_wrong = [
        "the workspace name `Acme & Co` has the character ` `",
        "is no checkout of Longshore: it has no `runtime/Cargo.toml`",
        "`hello` is not of the form `project/flow`",
    ];
    for (arguments, others) in [
        (wrong, &also_wrong[..]),
        (
            arguments(folder.path()),
            &["`projects/demo/hello` exists already"],
        ),
    ] {
        let expected: Vec<&str> = [&taken, others].concat();
        let error = new_workspace(&arguments).unwrap_err().to_string();
        for text in &expected {
            assert!(error.contains(text), "`{text}` is missing in\n{error}");
        }
        assert_eq!(error.matches("error:").count(), expected.len(), "{error}");
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 4, "nothing was added");
    assert_eq!(
        fs::read_to_string(folder.path().join("Cargo.toml")).unwrap(),
        "kept"
    );
}

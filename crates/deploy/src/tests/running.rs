//! Whole commands, each in a process of its own, on a small workspace with the embedded server.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use longshore::registry::Registry;
use longshore_embedded::{Embedded, Server};
use longshore_prefect::Client;
use tempfile::TempDir;

use super::sample::{cron, days_7, deployment, flow};
use crate::artifact::describe::own_description;
use crate::command_line::CommandLine;
use crate::lock::{Attempt, WorkspaceLock};
use crate::served::Publication;
use crate::target::embedded_options;
use crate::{LinkedPackage, Workspace, run};

/// What a child process runs: the workspace's root, then the arguments, one per line.
const CHILD: &str = "LONGSHORE_TEST_RUN";

pub(super) const PACKAGE: LinkedPackage = LinkedPackage {
    name: "finance-daily",
    folder: "projects/finance/daily",
    binary: "finance-daily",
};

pub(super) fn registry() -> Registry {
    let flow = flow("daily", PACKAGE.name, 1);
    let mut eu = deployment(flow, "eu");
    eu.parameters = days_7();
    eu.schedules = Box::leak(Box::new([cron("main", "0 6 * * *")]));
    Registry {
        flows: vec![flow],
        deployments: vec![Box::leak(Box::new(eu))],
    }
}

/// A workspace whose only program describes itself as the registry above does.
pub(super) fn workspace() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let description = own_description(&registry(), PACKAGE.name).unwrap();
    write(
        root,
        "longshore.toml",
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n",
    );
    write(
        root,
        "Cargo.toml",
        "[workspace]\n[package]\nname = \"flows\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nfinance-daily = { path = \"projects/finance/daily\" }\n",
    );
    write(root, "src/lib.rs", "");
    write(root, "projects/finance/daily/src/lib.rs", "");
    write(
        root,
        "projects/finance/daily/Cargo.toml",
        "[package]\nname = \"finance-daily\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    program(
        root,
        &format!("println!(\"{{}}\", {:?})", description.to_string()),
    );
    let locked = Command::new("cargo")
        .args(["generate-lockfile", "--offline", "--quiet"])
        .current_dir(root)
        .status();
    assert!(locked.unwrap().success());
    folder
}

pub(super) fn program(root: &Path, body: &str) {
    let text = format!("fn main() {{ {body} }}\n");
    write(root, "projects/finance/daily/src/main.rs", &text);
}

pub(super) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(super) fn start(root: &Path, arguments: &[&str]) -> Child {
    start_with(root, arguments, &[])
}

/// The same with variables of the environment.
pub(super) fn start_with(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let order = [&[root.to_str().unwrap()], arguments].concat().join("\n");
    let mut command = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("PREFECT_")) {
        command.env_remove(name);
    }
    command
        .args(["--exact", "tests::running::child_runs", "--nocapture"])
        .env(CHILD, order)
        .env("PREFECT_HOME", root.join("prefect-home"))
        .env("CARGO_TARGET_DIR", root.join("target"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The exit code and all that was printed.
pub(super) fn ended(child: Child) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Not a test by itself: the process that runs a command for the tests below.
#[test]
fn child_runs() {
    let Ok(order) = env::var(CHILD) else { return };
    let mut lines = order.lines();
    let root: &'static str = lines.next().unwrap().to_owned().leak();
    let workspace = Workspace {
        root,
        packages: &[PACKAGE],
    };
    let command_line = CommandLine::read(["deploy"].into_iter().chain(lines)).unwrap();
    let exit = run::main(&workspace, &registry(), command_line);
    std::process::exit(exit.number().into());
}

/// The embedded server of a workspace, while no command has it open.
pub(super) async fn opened(root: &Path) -> (Server, Client) {
    let embedded = Embedded::open(&root.join(".longshore")).unwrap();
    let server = embedded.serve().await.unwrap();
    let client = Client::new(embedded_options(&server)).unwrap();
    (server, client)
}

/// The same as `serve` holds it: commands find it while the publication lives.
pub(super) async fn published(root: &Path) -> (Publication, Server, Client) {
    let mut publication = Publication::take(&root.join(".longshore")).await.unwrap();
    let (server, client) = opened(root).await;
    publication.publish(&server).unwrap();
    (publication, server, client)
}

async fn registered(root: &Path) -> usize {
    let (server, client) = opened(root).await;
    let all = client.deployments(&Default::default()).await.unwrap();
    server.shutdown().await;
    all.len()
}

#[tokio::test]
async fn the_second_apply_has_nothing_to_do() {
    let folder = workspace();
    let root = folder.path();
    let (code, text) = ended(start(root, &["plan"]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("+ daily/eu"), "{text}");
    assert!(
        !root.join(".longshore/artifacts").exists(),
        "a plan stores nothing"
    );
    let (code, text) = ended(start(root, &[]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("target: the embedded server"), "{text}");
    assert!(text.contains("1 created"), "{text}");
    let (code, text) = ended(start(root, &["apply"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("nothing changed: 1 unchanged"), "{text}");
    let (code, text) = ended(start(root, &["plan", "--output", "json"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"changes\": false"), "{text}");
    assert_eq!(registered(root).await, 1);
}

#[tokio::test]
async fn two_at_once_both_end_well() {
    let folder = workspace();
    let children = [start(folder.path(), &[]), start(folder.path(), &[])];
    let [first, second] = children.map(ended);
    assert_eq!(
        (first.0, second.0),
        (Some(0), Some(0)),
        "{}\n{}",
        first.1,
        second.1
    );
    let both = format!("{}{}", first.1, second.1);
    assert!(
        both.contains("1 created") && both.contains("nothing changed"),
        "{both}"
    );
    assert_eq!(registered(folder.path()).await, 1);
}

#[tokio::test]
async fn a_program_of_other_sources_is_refused_before_anything_is_written() {
    let folder = workspace();
    program(
        folder.path(),
        "println!(\"{}\", r#\"{\"package\":\"finance-daily\",\"flows\":[],\"deployments\":[]}\"#)",
    );
    let (code, text) = ended(start(folder.path(), &[]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("it knows the flow `daily`, the program does not"),
        "{text}"
    );
    assert!(
        text.contains("help: run `cargo run --bin deploy` again"),
        "{text}"
    );
    assert_eq!(registered(folder.path()).await, 0);
}

#[tokio::test]
async fn a_flow_that_does_not_compile_is_cargos_error_once() {
    let folder = workspace();
    program(folder.path(), "missing()");
    let (code, text) = ended(start(folder.path(), &[]));
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(
        text.matches("cannot find function `missing`").count(),
        1,
        "{text}"
    );
    assert!(
        text.contains("the package `finance-daily` does not build"),
        "{text}"
    );
    assert_eq!(registered(folder.path()).await, 0);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_during_a_build_registers_nothing_and_leaves_no_lock() {
    let folder = workspace();
    let root = folder.path();
    let mark = root.join("building");
    write(
        root,
        "projects/finance/daily/build.rs",
        &format!(
            "fn main() {{ std::fs::write({mark:?}, \"\").unwrap(); loop {{ std::thread::park(); }} }}\n"
        ),
    );
    let child = start(root, &[]);
    let begun = Instant::now();
    while !mark.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the build has not begun"
        );
        tokio::task::yield_now().await;
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let (code, text) = ended(child);
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("interrupted"), "{text}");
    assert!(matches!(
        WorkspaceLock::attempt(root).unwrap(),
        Attempt::Taken(_)
    ));
    assert_eq!(registered(root).await, 0);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_an_error_with_a_remedy() {
    let folder = workspace();
    fs::write(folder.path().join(".longshore"), "a file in the way").unwrap();
    let (code, text) = ended(start(folder.path(), &[]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("cannot make the folder"), "{text}");
    assert!(
        text.contains("help: make the workspace's folder writable"),
        "{text}"
    );
}

#[test]
fn a_corrupt_database_is_an_error_and_stays_as_it_is() {
    let folder = workspace();
    write(folder.path(), ".longshore/prefect.redb", "not a database");
    let (code, text) = ended(start(folder.path(), &[]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("could not be opened") && text.contains("help: "),
        "{text}"
    );
    let database = fs::read(folder.path().join(".longshore/prefect.redb")).unwrap();
    assert_eq!(database, b"not a database");
}

#[tokio::test]
async fn destroy_asks_or_is_told_yes() {
    let folder = workspace();
    let root = folder.path();
    let (code, text) = ended(start(root, &["destroy", "--yes"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("nothing to destroy"), "{text}");
    let (code, text) = ended(start(root, &[]));
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = ended(start(root, &["destroy"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("- delete daily/eu"), "{text}");
    assert!(
        text.contains("1 deployments would be deleted, and there is no terminal")
            && text.contains("help: if that is meant, give `--yes`"),
        "{text}"
    );
    assert_eq!(registered(root).await, 1);
    // What is deployed can be destroyed though the code no longer compiles.
    program(root, "missing()");
    let (code, text) = ended(start(root, &["destroy", "--yes"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 deleted"), "{text}");
    assert_eq!(registered(root).await, 0);
}

#[tokio::test]
async fn prune_is_refused_where_it_cannot_be_meant() {
    let folder = workspace();
    let (code, text) = ended(start(folder.path(), &["plan", "--prune", "--select", "*"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("`--select` and `--exclude` cannot be given too"),
        "{text}"
    );
    let (code, text) = ended(start(folder.path(), &["plan", "--prune-limit", "50"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("help: give `--prune` too"), "{text}");
}

#[test]
fn check_needs_neither_server_nor_build() {
    let folder = workspace();
    program(folder.path(), "does not even parse");
    let (code, text) = ended(start(folder.path(), &["check"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("daily/eu  (projects/finance/daily/src/lib.rs:7:1)"),
        "{text}"
    );
    assert!(!folder.path().join(".longshore").exists());
}

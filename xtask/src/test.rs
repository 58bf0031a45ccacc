//! All tests of the workspace.

mod stream;
mod tally;
mod targets;

use std::path::PathBuf;
use std::process::Command;

use longshore_rig::{Cluster, Program, run};

use crate::command::{Error, exists, root};
use crate::rig::install;
use stream::Stream;
use tally::Tally;

const CARGO: &str = "install Rust: https://rustup.rs";

/// Tests that need a real Prefect are compiled in by these features, so that plain `cargo test` has none to skip.
const RIG_FEATURES: &str = "longshore-deploy/rig,longshore-embedded/rig,longshore-rig/rig,longshore-run/rig,longshore-spec/rig,longshore-storage/rig";

/// The test binary that takes longer than most of the others together; it runs next to them.
const LONGEST: &str = "workspaces";

/// Beginning of the names of the tests that need a cluster, in the longest one.
const KUBERNETES: &str = "kubernetes::";

/// Part of the names of the tests that compare how long requests take; they run after the others, alone.
const MEASURED: &str = "writes_at_once";

/// Runs every test; `filters` go to the test runner.
pub(crate) fn run_all(filters: &[String]) -> Result<(), Error> {
    if std::env::var_os("TRYBUILD").is_some() {
        return Err(Error::Variable {
            name: "TRYBUILD",
            reason: "the UI tests would overwrite what they should compare",
        });
    }
    longshore_rig::require(&Program::ALL)?;
    let mut environments = install()?;
    let cluster = TestCluster::find(filters)?;
    let has_cluster = cluster.is_some();
    environments.extend(cluster.iter().flat_map(|cluster| cluster.variables.clone()));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let workspace = |words: &[&str]| {
        let mut command = Command::new(&cargo);
        command
            .args(words)
            .args(["--workspace", "--locked", "--features", RIG_FEATURES])
            .current_dir(root())
            .envs(environments.clone());
        command
    };
    // `cargo test` runs the examples in the documentation too; nextest leaves them to it.
    if exists(Command::new(&cargo).args(["nextest", "--version"])) {
        let mut nextest = workspace(&["nextest", "run"]);
        if filters.is_empty() && !has_cluster {
            nextest.args([
                "--filterset",
                "not (binary(workspaces) and test(/^kubernetes::/))",
            ]);
        }
        run(nextest.args(filters), CARGO)?;
        if filters.is_empty() {
            run(&mut workspace(&["test", "--doc"]), CARGO)?;
        }
        return Ok(());
    }
    let tally = if filters.is_empty() {
        run_with_cargo(&workspace, has_cluster)?
    } else {
        let mut chosen = workspace(&["test", "--no-fail-fast"]);
        chosen.args(filters);
        Stream::start(vec![chosen], CARGO).finish()?
    };
    say(&tally.summary());
    tally.into_result()
}

/// The cluster of the Kubernetes tests.
struct TestCluster {
    /// Variables that name it, where the environment does not.
    variables: Vec<(&'static str, PathBuf)>,
    /// It ends with this value if this test run has started it.
    _started: Option<Cluster>,
}

impl TestCluster {
    /// The cluster that the environment names, or that is up; another one is started where that is possible and the tests
    /// are wanted.
    fn find(filters: &[String]) -> Result<Option<Self>, Error> {
        let existing = |variables| Self {
            variables,
            _started: None,
        };
        if longshore_rig::names_kubernetes() {
            return Ok(Some(existing(Vec::new())));
        }
        if let Some(variables) = Cluster::standing()? {
            return Ok(Some(existing(variables)));
        }
        let is_wanted = |filter: &String| filter.contains("kubernetes");
        if !filters.is_empty() && !filters.iter().any(is_wanted) {
            return Ok(None);
        }
        if let Some(reason) = longshore_rig::why_no_kubernetes() {
            say(&reason);
            return Ok(None);
        }
        longshore_rig::install_kubernetes(&root())?;
        let cluster = Cluster::start()?;
        Ok(Some(Self {
            variables: cluster.environment(),
            _started: Some(cluster),
        }))
    }
}

/// `cargo test` runs one binary after another; the longest one runs next to the others here.
fn run_with_cargo(
    workspace: &impl Fn(&[&str]) -> Command,
    has_cluster: bool,
) -> Result<Tally, Error> {
    let build = [
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ];
    let names = targets::build(&mut workspace(&build), CARGO)?;
    // Half of the machine is left to the servers and builds that the longest one starts.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = format!("--test-threads={}", (processors / 2).max(1));

    let mut longest = workspace(&["test", "--no-fail-fast", "--test", LONGEST]);
    if !has_cluster {
        longest.args(["--", "--skip", KUBERNETES]);
    }
    let mut others = workspace(&["test", "--no-fail-fast", "--lib", "--bins"]);
    for name in names.iter().filter(|name| *name != LONGEST) {
        others.args(["--test", name]);
    }
    others.args(["--", &threads, "--skip", MEASURED]);
    let mut measured = workspace(&["test", "--no-fail-fast", "--lib"]);
    measured.args(["--", MEASURED, "--test-threads=1"]);
    let documentation = workspace(&["test", "--no-fail-fast", "--doc"]);

    say(&format!(
        "`{LONGEST}` runs next to the other tests; its output follows theirs"
    ));
    let longest = Stream::start_quiet(vec![longest], CARGO);
    let others = Stream::start(vec![others, documentation], CARGO).finish();
    let longest = longest.finish();
    let measured = Stream::start(vec![measured], CARGO).finish();
    Ok(others?.and(longest?).and(measured?))
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn say(line: &str) {
    println!("{line}");
}

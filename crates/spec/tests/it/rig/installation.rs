use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// The variables that name the Python of an installation.
pub(super) const GENERATIONS: [&str; 2] = ["LONGSHORE_RIG_PREFECT_3", "LONGSHORE_RIG_PREFECT_2"];

/// What one installation makes of one schedule.
pub(super) struct Answer {
    pub(super) accepted: bool,
    dates: Vec<Value>,
}

impl Answer {
    /// The dates for one start; none if Prefect raised an error or was lost in its search.
    pub(super) fn listed(&self, index: usize) -> Vec<String> {
        match self.dates.get(index) {
            Some(Value::Array(dates)) => dates
                .iter()
                .map(|date| date.as_str().expect("date").to_owned())
                .collect(),
            _ => Vec::new(),
        }
    }
}

pub(super) fn ask(generation: &str, request: &str) -> Vec<Answer> {
    let Ok(python) = std::env::var(generation) else {
        panic!(
            "{generation} is not set: run `cargo xtask test`, which installs Prefect and names its Python"
        );
    };
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/rig/prefect_schedules.py"
    );
    let home = std::env::temp_dir().join(format!(
        "longshore-spec-{generation}-{}",
        std::process::id()
    ));
    let mut child = Command::new(&python)
        .arg(script)
        .env("PREFECT_HOME", &home)
        .env("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        .env("DO_NOT_TRACK", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{python} does not start: {error}"));
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(request.as_bytes())
        .expect("request");
    let output = child.wait_with_output().expect("answer");
    let _ = std::fs::remove_dir_all(home);
    assert!(output.status.success(), "{python} failed");
    let answers: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    let answers = answers.as_array().expect("a list").iter();
    answers
        .map(|answer| Answer {
            accepted: answer["accepted"] == true,
            dates: answer["dates"].as_array().expect("dates").clone(),
        })
        .collect()
}

//! A flow crate as a program: the example `two_flows` from the outside.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The example stands beside the folder of the test programs; `cargo test` and nextest build it with them.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test program's path");
    let profile = test
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/<profile>/deps");
    profile.join("examples").join(example)
}

fn run(arguments: &[&str]) -> Output {
    run_example("two_flows", arguments)
}

fn run_example(example: &str, arguments: &[&str]) -> Output {
    Command::new(program(example))
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("PREFECT__FLOW_RUN_ID")
        .output()
        .expect("the example `two_flows`, which `cargo test` builds unless it is told to build one target only")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_layer_of_the_flow_sees_its_events() {
    let output = run_example("layered", &[]);
    assert!(output.status.success(), "{output:?}");
    let shown = text(&output.stdout);
    assert!(shown.contains("event of layered\n"), "{output:?}");
    assert!(
        text(&output.stderr).contains("seen by all layers"),
        "{output:?}"
    );
}

#[test]
fn a_parameter_that_begins_with_an_underscore_has_a_flag() {
    let words = ["unused", "--region", "eu", "--help", "me", "--days", "3"];
    let output = run_example("troubled", &words);
    assert!(output.status.success(), "{output:?}");
    let expected = "Some(\"eu\") Some(\"me\") 3";
    assert!(text(&output.stderr).contains(expected), "{output:?}");
}

#[test]
fn flags_are_typed_and_have_defaults() {
    let output = run(&["add"]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("sum 3"), "{output:?}");
    let output = run(&["add", "--numbers", "[10, -4]", "--verbose"]);
    assert!(
        text(&output.stderr).contains("numbers [10, -4]"),
        "{output:?}"
    );
    assert!(text(&output.stderr).contains("sum 6"), "{output:?}");
}

#[test]
fn help_shows_descriptions_and_defaults() {
    let output = run(&["add", "--help"]);
    let help = text(&output.stdout);
    assert!(
        help.contains("JSON list of numbers. [default: [1,2]]"),
        "{help}"
    );
    let output = run(&["--help"]);
    let help = text(&output.stdout);
    assert!(
        help.contains("divide  Divides a hundred by a number."),
        "{help}"
    );
}

#[test]
fn a_parameter_takes_the_place_of_the_programs_own_flag() {
    let output = run(&["divide", "--by", "7", "--help", "of a hundred"]);
    assert!(output.status.success(), "{output:?}");
    assert!(
        text(&output.stderr).contains("note: of a hundred"),
        "{output:?}"
    );
}

#[test]
fn control_characters_in_a_log_line_are_shown_and_its_lines_belong_to_it() {
    let note = "\u{1b}]0;title\u{7}\u{1b}[2Ja\rb\u{202e}c\nERROR forged";
    let output = run(&["divide", "--by", "7", "--help", note]);
    let lines = text(&output.stderr);
    assert!(
        !lines.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']),
        "{lines:?}"
    );
    assert!(lines.contains("]0;title"), "{lines}");
    assert!(
        lines.contains("a\\rb\\u{202e}c\n    ERROR forged"),
        "{lines}"
    );
}

#[test]
fn a_wrong_value_names_the_flag() {
    let output = run(&["divide", "--by", "two"]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(
        error.contains("invalid value 'two' for '--by <NUMBER>': it is no whole number"),
        "{error}"
    );
    let output = run(&["divide"]);
    assert!(text(&output.stderr).contains("--by <NUMBER>"), "{output:?}");
}

#[test]
fn a_failure_shows_every_cause_once() {
    let output = run(&["divide", "--by", "0"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains(
            "flow `divide` failed: cannot divide a hundred\n      caused by: the divisor is zero"
        ),
        "{error}"
    );
    assert_eq!(error.matches("the divisor is zero").count(), 1, "{error}");
}

#[test]
fn a_panic_is_a_failure_with_its_text_and_place() {
    let output = run(&["divide", "--by", "0", "--checked", "false"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("two_flows.rs:"), "{error}");
    assert!(error.contains("attempt to divide by zero"), "{error}");
    assert!(error.contains("flow `divide` failed"), "{error}");
}

#[test]
fn describe_prints_the_registry() {
    let output = run(&["describe"]);
    assert!(output.status.success());
    let description: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(description["package"], "longshore");
    let flows = description["flows"].as_array().expect("a list");
    assert_eq!(flows[0]["name"], "add");
    assert_eq!(flows[1]["name"], "divide");
    assert_eq!(
        flows[1]["parameter_schema"]["required"],
        serde_json::json!(["by"])
    );
    let again = run(&["describe"]);
    assert_eq!(output.stdout, again.stdout, "the description does not vary");
}

#[test]
fn an_unknown_flow_is_named() {
    let output = run(&["multiply"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("unrecognized subcommand 'multiply'"),
        "{output:?}"
    );
}

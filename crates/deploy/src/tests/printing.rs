//! What reaches a terminal of text that others have chosen: names, messages and log lines on a server.

use chrono::Utc;
use longshore_prefect::{FlowRunWrite, Log, State, StateType};
use serde_json::json;
use uuid::Uuid;

use super::looking::document;
use super::running::{ended, published, start_with, workspace};
use crate::desired::DeploymentKey;
use crate::plan::Plan;
use crate::report::plan_text;

/// A title, a link, the clipboard, cursor movement, C1, a carriage return, a bidirectional control, and a forged line.
const HOSTILE: &str = "\u{1b}]0;title\u{7}\u{1b}]8;;https://evil.example\u{1b}\\\u{1b}]52;c;eA==\u{7}\u{1b}[2J\u{9b}1A\r\u{202e}\u{200b}\n2026-11-21 10:00:00 critical forged";

/// What is shown of its first line.
const SHOWN: &str = "\\u{1b}]0;title\\u{7}\\u{1b}]8;;https://evil.example\\u{1b}\\\\u{1b}]52;c;eA==\\u{7}\\u{1b}[2J\\u{9b}1A\\r\\u{202e}\\u{200b}";

#[track_caller]
fn assert_harmless(text: &str) {
    let acts = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}' | '\u{202e}')
    };
    assert!(!text.contains(acts), "{text:?}");
    let mut lines = text.lines();
    assert!(!lines.any(|line| line.starts_with("2026-11-21")), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_characters_of_names_messages_and_logs_are_shown_and_exact_in_json() {
    let folder = workspace();
    let root = folder.path();
    let (_publication, _server, client) = published(root).await;
    let command = |words: &[&str]| ended(start_with(root, words, &[]));
    let (code, text) = command(&["--profile", "dev", "--create-pools"]);
    assert_eq!(code, Some(0), "{text}");

    let deployment = client.deployment_by_name("daily", "eu").await.unwrap();
    let write = FlowRunWrite {
        name: Some(HOSTILE.to_owned()),
        state: Some(State::scheduled(Utc::now())),
        ..FlowRunWrite::new(Uuid::new_v4())
    };
    let run = client.create_flow_run(deployment.unwrap().id, &write).await;
    let run = run.unwrap();
    let log = Log {
        name: "prefect.flow_runs".to_owned(),
        level: 20,
        message: HOSTILE.to_owned(),
        timestamp: Utc::now(),
        flow_run_id: Some(run.id),
        task_run_id: None,
    };
    client.add_logs(&[log]).await.unwrap();
    for kind in [StateType::Running, StateType::Failed] {
        let state = State {
            message: Some(HOSTILE.to_owned()),
            name: Some(HOSTILE.to_owned()),
            ..State::new(kind)
        };
        let set = client.set_flow_run_state(run.id, state, Uuid::new_v4());
        set.await.unwrap();
    }

    let id = run.id.to_string();
    let first_line = HOSTILE.lines().next().unwrap();
    for (words, whole) in [
        (&["runs"] as &[&str], false),
        (&["list"], false),
        (&["logs", &id], true),
        (&["logs", &id, "--follow"], true),
        (&["logs", first_line], true),
        (&["runs", first_line], true),
    ] {
        let (_, text) = command(words);
        assert_harmless(&text);
        // A table breaks a long cell.
        if whole {
            assert!(text.contains(SHOWN), "{words:?}: {text}");
        }
        assert!(text.contains("u{1b}"), "{words:?}: {text}");
    }
    let (_, text) = command(&["logs", &id]);
    assert!(
        text.contains("\n    2026-11-21 10:00:00 critical forged"),
        "{text}"
    );

    let (_, text) = command(&["logs", &id, "--output", "json"]);
    assert_harmless(&text);
    let logs = document(&text);
    assert_eq!(logs["run"]["name"], json!(HOSTILE));
    assert_eq!(logs["run"]["state"]["message"], json!(HOSTILE));
    assert_eq!(logs["logs"][0]["message"], json!(HOSTILE));
}

#[test]
fn a_name_with_a_line_feed_stays_in_its_line_of_the_plan() {
    let key = DeploymentKey {
        flow: "daily".to_owned(),
        deployment: HOSTILE.to_owned(),
    };
    let plan = Plan {
        orphans: vec![key],
        ..Plan::default()
    };
    let text = plan_text::plan(&plan);
    assert_harmless(&text);
    assert!(
        text.starts_with(&format!("! daily/{SHOWN}\\n2026")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 2, "{text}");
}

//! What a server cannot store, and what cannot be shown.

use longshore_prefect::StateType;
use serde_json::json;

use crate::bench::Bench;
use crate::refuser::{Rule, refuser};

#[tokio::test]
async fn an_error_that_cannot_be_shown_fails_the_run() {
    let bench = Bench::start().await;
    for (how, expected) in [
        ("display", "an error that cannot be shown"),
        ("source", "an error that cannot be shown"),
        ("drop", "shown"),
    ] {
        let id = bench.flow_run("unshowable", json!({ "how": how })).await;
        let output = bench.execute("troubled", &id.to_string()).await;
        assert!(output.status.success(), "{how}: {output:?}");
        let (_, state) = bench.state(id).await;
        assert_eq!(state.kind, StateType::Failed, "{how}: {output:?}");
        let message = state.message.unwrap_or_default();
        assert!(message.starts_with(expected), "{how}: {message}");
    }
    let id = bench.flow_run("unshowable-task", json!({})).await;
    let output = bench.execute("troubled", &id.to_string()).await;
    assert_eq!(
        bench.state(id).await.1.kind,
        StateType::Completed,
        "{output:?}"
    );
}

#[tokio::test]
async fn an_error_that_cannot_be_shown_fails_a_local_run() {
    let output = Bench::local("troubled", &["unshowable", "--how", "display"]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("an error that cannot be shown"), "{stderr}");
}

/// PostgreSQL stores no NUL, and a server on it answers 503 to a write that has one.
#[tokio::test]
async fn a_nul_in_an_error_is_stored_as_another_character() {
    let bench = Bench::start().await;
    let refuser = refuser(&bench.server, |request| {
        request
            .body
            .contains("\\u0000")
            .then_some(Rule::Answer(503))
    });
    let id = bench.flow_run("failing", json!({ "text": "a\0b" })).await;
    let output = bench.execute_at(&refuser.api_url, "troubled", id).await;
    assert!(output.status.success(), "{output:?}");
    let (_, state) = bench.state(id).await;
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Failed, Some("a\u{fffd}b"))
    );
}

/// As Prefect does on whatever its database refuses for another reason.
#[tokio::test]
async fn a_message_that_the_server_cannot_store_is_reduced() {
    let bench = Bench::start().await;
    let refuser = refuser(&bench.server, |request| {
        let is_meant = request.path.ends_with("/set_state") && request.body.contains("ø");
        is_meant.then_some(Rule::Answer(503))
    });
    let id = bench.flow_run("failing", json!({ "text": "smør" })).await;
    let output = bench.execute_at(&refuser.api_url, "troubled", id).await;
    assert!(output.status.success(), "{output:?}");
    let (_, state) = bench.state(id).await;
    let expected = "sm?r (the server did not store the whole message)";
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Failed, Some(expected))
    );
}

#[tokio::test]
async fn a_long_error_is_cut() {
    let bench = Bench::start().await;
    let id = bench
        .flow_run("failing", json!({ "text": "x", "times": 2_000_000 }))
        .await;
    let output = bench.execute("troubled", &id.to_string()).await;
    assert!(output.status.success(), "{:?}", output.status);
    let (_, state) = bench.state(id).await;
    let message = state.message.unwrap_or_default();
    assert!(
        message.ends_with("xxx ... (2000000 bytes)"),
        "{}",
        message.len()
    );
    assert!(message.len() < 300_000, "{}", message.len());
}

/// A server of 3.x accepts an event of more than 1.5 MB and drops it; a proxy refuses a request of a megabyte.
#[tokio::test]
async fn a_task_run_with_a_long_error_is_reported() {
    let bench = Bench::start().await;
    let refuser = refuser(&bench.server, |request| {
        (request.body.len() > 1_048_576).then_some(Rule::Answer(413))
    });
    let id = bench
        .flow_run("failing-task", json!({ "length": 1_000_000 }))
        .await;
    let output = bench.execute_at(&refuser.api_url, "troubled", id).await;
    assert!(output.status.success(), "{:?}", output.status);
    let runs = bench.client.task_runs(id).await.expect("the task runs");
    let states: Vec<_> = runs
        .iter()
        .map(|run| run.state.as_ref().map(|state| state.kind))
        .collect();
    assert_eq!(states, [Some(StateType::Failed)]);
}

#[tokio::test]
async fn only_the_line_that_the_server_refuses_is_missing_and_the_log_says_why() {
    let bench = Bench::start().await;
    let refuser = refuser(&bench.server, |request| {
        let is_meant = request.path.ends_with("/logs/") && request.body.contains("poison");
        is_meant.then_some(Rule::Answer(422))
    });
    let mut texts: Vec<String> = (0..40).map(|number| format!("line {number}")).collect();
    texts[17] = "poison".to_owned();
    let id = bench.flow_run("lines", json!({ "texts": texts })).await;
    let output = bench.execute_at(&refuser.api_url, "troubled", id).await;
    assert!(output.status.success(), "{output:?}");
    let logs = bench.messages(id).await;
    for text in &texts {
        let is_there = logs.iter().any(|log| log == text);
        assert_eq!(is_there, text != "poison", "{text}: {logs:#?}");
    }
    let note = logs.iter().find(|log| log.contains("are missing"));
    let note = note.expect("a line about it");
    assert!(
        note.starts_with("1 log records are missing: the server refused them: "),
        "{note}"
    );
    assert!(note.contains("422"), "{note}");
}

/// nginx refuses a megabyte, and a proxy may refuse less.
#[tokio::test]
async fn a_batch_that_is_too_large_for_a_proxy_is_halved() {
    let bench = Bench::start().await;
    let refuser = refuser(&bench.server, |request| {
        (request.body.len() > 20_000).then_some(Rule::Answer(413))
    });
    let texts: Vec<String> = (0..30)
        .map(|number| format!("{number} {}", "x".repeat(5000)))
        .collect();
    let id = bench.flow_run("lines", json!({ "texts": texts })).await;
    let output = bench.execute_at(&refuser.api_url, "troubled", id).await;
    assert!(output.status.success(), "{output:?}");
    let logs = bench.messages(id).await;
    assert!(
        texts.iter().all(|text| logs.contains(text)),
        "{}",
        logs.len()
    );
}

/// A flow expects to be the first one that chooses a provider, as it is locally.
#[tokio::test]
async fn a_flow_may_install_its_own_provider_of_tls() {
    let bench = Bench::start().await;
    let parameters = json!({ "what": "provider" });
    let id = bench.flow_run("setting-up", parameters).await;
    let output = bench.execute("troubled", &id.to_string()).await;
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Completed, "{output:?}");
}

#[tokio::test]
async fn a_flow_that_sets_a_subscriber_learns_how_to_add_a_layer() {
    let bench = Bench::start().await;
    let advice = "longshore::main!(my_flow, layer = || my_layer())";
    for what in ["subscriber", "fmt"] {
        let id = bench.flow_run("setting-up", json!({ "what": what })).await;
        let output = bench.execute("troubled", &id.to_string()).await;
        let (_, state) = bench.state(id).await;
        let message = state.message.unwrap_or_default();
        assert!(message.contains(advice), "{message} {output:?}");
        let output = Bench::local("troubled", &["setting-up", "--what", what]).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(advice), "{stderr}");
    }
}

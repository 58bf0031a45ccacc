//! Servers that ask for a CSRF token.

use std::sync::{Arc, Mutex};

use longshore_prefect::{Authentication, Client, ClientOptions, Error, Failure};
use serde_json::json;
use uuid::Uuid;

use crate::script::{Reply, Script, serve};

/// A server with protection, which gives the tokens `t1`, `t2` and so on.
#[derive(Default)]
struct Guard {
    given: usize,
    /// The one that is accepted, and the client that it was given to.
    valid: Option<(String, String)>,
    clients: Vec<String>,
    refused: usize,
    accepted: usize,
}

impl Guard {
    fn answer(&mut self, request: &str) -> Reply {
        let refusal = |text: &str| Reply::json(403, json!({ "detail": text }));
        let line = request.lines().next().expect("a first line");
        if let Some(rest) = line.strip_prefix("GET /api/csrf-token?client=") {
            let client = rest.split(' ').next().expect("a client").to_owned();
            self.given += 1;
            let token = format!("t{}", self.given);
            self.clients.push(client.clone());
            self.valid = Some((token.clone(), client));
            return Reply::json(
                200,
                json!({ "token": token, "expiration": "2030-01-01T00:00:00Z" }),
            );
        }
        let header = |name: &str| {
            let line = request.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim_start_matches(": ").to_owned())
        };
        let sent = (header("prefect-csrf-token"), header("prefect-csrf-client"));
        match (sent, &self.valid) {
            ((None, _), _) => {
                self.refused += 1;
                refusal("Missing CSRF token.")
            }
            ((Some(token), Some(client)), Some(valid))
                if (&token, &client) == (&valid.0, &valid.1) =>
            {
                self.accepted += 1;
                Reply::json(201, json!({ "id": Uuid::nil(), "name": "f" }))
            }
            _ => {
                self.refused += 1;
                refusal("Invalid CSRF token or client identifier.")
            }
        }
    }
}

async fn guarded() -> (Arc<Mutex<Guard>>, Client) {
    let guard = Arc::new(Mutex::new(Guard::default()));
    let state = Arc::clone(&guard);
    let url = serve(move |request| state.lock().expect("the guard").answer(request)).await;
    (
        guard,
        Client::new(ClientOptions::new(url)).expect("a client"),
    )
}

/// As many requests at once, all of which must be accepted.
async fn at_once(client: &Client, requests: usize) {
    let tasks: Vec<_> = (0..requests)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.upsert_flow("f", &[]).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task").expect("a flow");
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_shared_by_all_tasks() {
    let (guard, client) = guarded().await;
    at_once(&client, 8).await;
    at_once(&client, 8).await;
    let guard = guard.lock().expect("the guard");
    assert_eq!((guard.given, guard.accepted), (1, 16));
    assert!(
        guard.refused <= 8,
        "only the first ones come without a token"
    );
    assert_eq!(client.pushbacks(), 0, "a token is not a matter of load");
}

#[tokio::test]
async fn an_expired_token_is_replaced_once_with_the_same_client_id() {
    let (guard, client) = guarded().await;
    at_once(&client, 1).await;
    guard.lock().expect("the guard").valid = None;
    at_once(&client, 8).await;
    let guard = guard.lock().expect("the guard");
    assert_eq!((guard.given, guard.accepted), (2, 9));
    assert_eq!(guard.clients[0], guard.clients[1]);
}

async fn refused(replies: Vec<Reply>) -> (Error, usize) {
    let script = Script::start(replies).await;
    let client = script.client(Authentication::None);
    let error = client.upsert_flow("f", &[]).await.expect_err("a refusal");
    (error, script.requests().len())
}

fn missing() -> Reply {
    Reply::json(403, json!({ "detail": "Missing CSRF token." }))
}

#[tokio::test]
async fn a_server_that_gives_no_token_has_the_last_word() {
    for none in [
        Reply::json(422, json!({ "detail": "CSRF protection is disabled." })),
        Reply::json(404, json!({ "detail": "Not Found" })),
    ] {
        let (error, requests) = refused(vec![missing(), none]).await;
        assert_eq!((error.detail(), requests), (Some("Missing CSRF token."), 2));
    }
    let (error, requests) =
        refused(vec![Reply::json(403, json!({ "detail": "Forbidden." }))]).await;
    assert_eq!((error.detail(), requests), (Some("Forbidden."), 1));
}

#[tokio::test]
async fn a_token_that_is_refused_at_once_is_not_asked_for_again() {
    let token = Reply::json(200, json!({ "token": "t" }));
    let invalid = json!({ "detail": "Invalid CSRF token or client identifier." });
    let (error, requests) = refused(vec![missing(), token, Reply::json(403, invalid)]).await;
    assert_eq!((error.status(), requests), (Some(403), 3));
    let help = error.help().expect("a help");
    assert!(help.contains("one database"), "{help}");
}

#[tokio::test]
async fn a_token_that_cannot_be_had_is_the_cause() {
    let broken = Reply::json(500, json!({ "exception_message": "Internal Server Error" }));
    let (error, _) = refused(vec![missing(), broken]).await;
    assert!(
        error
            .to_string()
            .ends_with("/api/flows/ needs a CSRF token, which could not be had"),
        "{error}"
    );
    let Failure::CsrfToken(cause) = error.failure() else {
        panic!("{error:?}");
    };
    assert!(
        cause
            .to_string()
            .ends_with("/api/csrf-token answered 500: Internal Server Error"),
        "{cause}"
    );
    assert_eq!(error.help(), cause.help());
}

/// A protected server refuses one request; any other is asked for nothing beyond what it is asked anyway.
#[tokio::test]
async fn a_server_without_protection_is_asked_for_no_token() {
    let flow = json!({ "id": Uuid::nil(), "name": "f" });
    let script = Script::start(vec![Reply::json(201, flow)]).await;
    let client = script.client(Authentication::None);
    client.upsert_flow("f", &[]).await.expect("a flow");
    assert_eq!(script.requests().len(), 1);
}

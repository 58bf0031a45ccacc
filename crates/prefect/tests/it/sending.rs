//! Retries, refusals and what is sent.

use std::error::Error as _;
use std::time::{Duration, Instant};

use longshore_prefect::{
    Authentication, Client, ClientOptions, DeploymentFilter, DeploymentWrite, Failure,
    FlowRunWrite, Log, RetryPolicy, ScheduleUpdate, ScheduleWrite, Secret, WireSchedule,
    WorkPoolWrite,
};
use serde_json::json;
use uuid::Uuid;

use crate::script::{Reply, Script};

fn flow(name: &str) -> Reply {
    Reply::json(201, json!({ "id": Uuid::nil(), "name": name }))
}

fn busy() -> Reply {
    Reply::json(503, json!({ "exception_message": "Service Unavailable" }))
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let script = Script::start(vec![busy(), busy(), flow("f")]).await;
    let flow = script
        .client(Authentication::None)
        .upsert_flow("f", &[])
        .await
        .expect("a flow");
    assert_eq!((flow.name.as_str(), script.requests().len()), ("f", 3));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_repeated() {
    let script = Script::start(vec![Reply::Reset, flow("f")]).await;
    script
        .client(Authentication::None)
        .upsert_flow("f", &[])
        .await
        .expect("a flow");
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1]);
}

#[tokio::test]
async fn the_servers_own_delay_is_kept() {
    let limited = Reply::Answer(429, "retry-after: 1\r\n", String::new());
    let script = Script::start(vec![limited, flow("f")]).await;
    let start = Instant::now();
    script
        .client(Authentication::None)
        .upsert_flow("f", &[])
        .await
        .expect("a flow");
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn the_last_failure_tells_attempts_and_time() {
    let script = Script::start(vec![busy(), busy(), busy()]).await;
    let retry = RetryPolicy {
        tries: 3,
        first_delay: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let client = Client::new(ClientOptions {
        retry,
        ..ClientOptions::new(&script.url)
    })
    .expect("a client");
    let error = client.upsert_flow("f", &[]).await.expect_err("busy");
    assert_eq!(
        (error.attempts(), error.status(), error.detail()),
        (3, Some(503), Some("Service Unavailable"))
    );
    assert!(error.to_string().contains("(3 attempts in 0."), "{error}");
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for status in [400, 401, 403, 404, 409, 422, 500] {
        let script = Script::start(vec![
            Reply::json(status, json!({ "detail": "no" })),
            flow("f"),
        ])
        .await;
        let error = script
            .client(Authentication::None)
            .upsert_flow("f", &[])
            .await
            .expect_err("a refusal");
        assert_eq!(
            (error.status(), error.detail(), error.attempts()),
            (Some(status), Some("no"), 1)
        );
        assert_eq!(script.requests().len(), 1);
    }
}

#[tokio::test]
async fn schedules_without_slugs_and_logs_are_not_sent_twice() {
    let version = || Reply::json(200, json!("2.20.26"));
    let script = Script::start(vec![version(), Reply::Reset, version()]).await;
    let client = script.client(Authentication::None);
    let schedule = WireSchedule::Cron {
        cron: "0 6 * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    let write = ScheduleWrite {
        schedule,
        active: None,
        slug: None,
        parameters: None,
    };
    let error = client
        .create_schedules(Uuid::nil(), &[write])
        .await
        .expect_err("lost");
    assert!(matches!(error.failure(), Failure::Interrupted(_)) && error.answer_was_lost());
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("may have acted"))
    );
    assert_eq!((error.attempts(), script.requests().len()), (1, 2));
    let script = Script::start(vec![Reply::Reset, flow("f")]).await;
    let error = script
        .client(Authentication::None)
        .add_logs(&Vec::<Log>::new())
        .await
        .expect_err("lost");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn schedules_whose_slugs_are_taken_by_a_lost_try_are_found() {
    let stored =
        json!([{ "id": Uuid::nil(), "slug": "main", "schedule": { "cron": "0 6 * * *" } }]);
    let script = Script::start(vec![
        Reply::json(200, json!("3.8.8")),
        Reply::Reset,
        Reply::json(409, json!({ "detail": "Data integrity conflict." })),
        Reply::json(200, stored),
    ])
    .await;
    let schedule = WireSchedule::Cron {
        cron: "0 6 * * *".to_owned(),
        timezone: None,
        day_or: true,
    };
    let write = ScheduleWrite {
        schedule,
        active: None,
        slug: Some("main".to_owned()),
        parameters: None,
    };
    let made = script
        .client(Authentication::None)
        .create_schedules(Uuid::nil(), &[write])
        .await;
    assert_eq!(made.expect("the schedules").len(), 1);
}

#[tokio::test]
async fn a_pool_that_a_lost_try_has_made_is_found() {
    let pool = WorkPoolWrite {
        name: "p".to_owned(),
        kind: "process".to_owned(),
        base_job_template: json!({}),
        description: None,
        concurrency_limit: None,
    };
    let taken = || {
        Reply::json(
            409,
            json!({ "detail": "A work pool with this name already exists." }),
        )
    };
    let stored = json!([{ "id": Uuid::nil(), "name": "p", "type": "process" }]);
    let script = Script::start(vec![Reply::Reset, taken(), Reply::json(200, stored)]).await;
    let made = script
        .client(Authentication::None)
        .create_work_pool(&pool)
        .await
        .expect("the pool");
    assert_eq!(made.name, "p");
    let script = Script::start(vec![taken()]).await;
    let error = script
        .client(Authentication::None)
        .create_work_pool(&pool)
        .await
        .expect_err("another's pool");
    assert_eq!(error.status(), Some(409));
}

#[tokio::test]
async fn a_deletion_that_a_lost_try_has_done_counts() {
    let missing = || Reply::json(404, json!({ "detail": "Deployment not found" }));
    let script = Script::start(vec![Reply::Reset, missing()]).await;
    assert!(
        script
            .client(Authentication::None)
            .delete_deployment(Uuid::nil())
            .await
            .expect("a deletion")
    );
    let script = Script::start(vec![missing()]).await;
    assert!(
        !script
            .client(Authentication::None)
            .delete_deployment(Uuid::nil())
            .await
            .expect("no deletion")
    );
}

#[tokio::test]
async fn an_update_of_a_schedule_on_2_sends_no_parameters() {
    let script = Script::start(vec![
        Reply::json(200, json!("2.20.26")),
        Reply::Answer(204, "", String::new()),
    ])
    .await;
    let update = ScheduleUpdate {
        active: Some(false),
        ..ScheduleUpdate::default()
    };
    script
        .client(Authentication::None)
        .update_schedule(Uuid::nil(), Uuid::nil(), &update)
        .await
        .expect("an update");
    assert!(
        script.requests()[1].ends_with("\r\n\r\n{\"active\":false}"),
        "{:?}",
        script.requests()
    );
}

#[tokio::test]
async fn other_pages_are_told_from_prefects() {
    let html = || {
        Reply::Answer(
            200,
            "content-type: text/html; charset=utf-8\r\n",
            "<html>".to_owned(),
        )
    };
    let script = Script::start(vec![html()]).await;
    let error = script
        .client(Authentication::None)
        .work_pools()
        .await
        .expect_err("a page");
    let Failure::NotPrefect { status: 200, found } = error.failure() else {
        panic!("{error:?}")
    };
    assert_eq!(found, "text/html");
    let script = Script::start(vec![html()]).await;
    let options = ClientOptions::new(script.url.trim_end_matches("/api"));
    let error = Client::new(options)
        .expect("a client")
        .work_pools()
        .await
        .expect_err("a page");
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains(&format!("try `{}`", script.url))),
        "{:?}",
        error.help()
    );
    let elsewhere = Reply::Answer(
        301,
        "location: https://user:secret@h/api/?key=secret\r\n",
        String::new(),
    );
    let script = Script::start(vec![elsewhere]).await;
    let error = script
        .client(Authentication::None)
        .work_pools()
        .await
        .expect_err("a redirect");
    assert!(
        matches!(error.failure(), Failure::Redirected { location, .. } if location == "https://h/api/")
    );
    let script = Script::start(vec![Reply::json(200, json!({ "not": "a list" }))]).await;
    let error = script
        .client(Authentication::None)
        .work_pools()
        .await
        .expect_err("another shape");
    assert!(
        matches!(error.failure(), Failure::Unreadable { status: 200, .. })
            && error.source().is_some()
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://user:secret@{}/api?key=secret",
        listener.local_addr().expect("an address")
    );
    drop(listener);
    let retry = RetryPolicy {
        tries: 2,
        first_delay: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let client = Client::new(ClientOptions {
        retry,
        ..ClientOptions::new(url)
    })
    .expect("a client");
    let error = client.health().await.expect_err("nobody");
    assert!(matches!(error.failure(), Failure::Connect(_)) && !error.answer_was_lost());
    assert_eq!(error.attempts(), 2);
    let mut text = format!("{client:?} {error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" {cause}"));
        source = cause.source();
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn keys_are_sent_and_never_shown() {
    let secret = || Secret::new("user:hunter2");
    let cases = [
        (
            Authentication::ApiKey(secret()),
            "authorization: Bearer user:hunter2",
        ),
        (
            Authentication::AuthString(secret()),
            "authorization: Basic dXNlcjpodW50ZXIy",
        ),
    ];
    for (authentication, header) in cases {
        let script = Script::start(vec![Reply::json(
            401,
            json!({ "exception_message": "Unauthorized" }),
        )])
        .await;
        let client = script.client(authentication.clone());
        let error = client.work_pools().await.expect_err("a wrong key");
        let requests = script.requests();
        assert!(requests[0].contains(header), "{requests:?}");
        assert!(
            requests[0].contains("user-agent: longshore/"),
            "{requests:?}"
        );
        let shown = format!(
            "{authentication:?} {client:?} {error} {error:?} {:?}",
            error.help()
        );
        assert!(
            !shown.contains("hunter2") && !shown.contains("dXNl"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn long_lists_of_names_are_cut() {
    let names: Vec<String> = (0..450).map(|number| format!("flow-{number}")).collect();
    let page = || Reply::json(200, json!([]));
    let script = Script::start(vec![page(), page(), page()]).await;
    let filter = DeploymentFilter {
        flow_names: Some(names),
        ..DeploymentFilter::default()
    };
    let found = script
        .client(Authentication::None)
        .deployments(&filter)
        .await
        .expect("deployments");
    assert_eq!((found.len(), script.requests().len()), (0, 3));
}

#[tokio::test]
async fn writes_ask_for_the_version_once() {
    let deployment = || {
        Reply::json(
            201,
            json!({ "id": Uuid::nil(), "name": "d", "flow_id": Uuid::nil() }),
        )
    };
    let script = Script::start(vec![
        Reply::json(200, json!("3.8.8")),
        deployment(),
        deployment(),
    ])
    .await;
    let client = script.client(Authentication::None);
    for _ in 0..2 {
        client
            .clone()
            .write_deployment(&DeploymentWrite::new("d", Uuid::nil()))
            .await
            .expect("a deployment");
    }
    let heads: Vec<String> = script
        .requests()
        .iter()
        .filter_map(|request| Some(request.lines().next()?.to_owned()))
        .collect();
    let write = "POST /api/deployments/ HTTP/1.1";
    assert_eq!(heads, ["GET /api/admin/version HTTP/1.1", write, write]);
}

#[tokio::test]
async fn a_version_that_cannot_be_used_is_told() {
    let script = Script::start(vec![Reply::json(200, json!("1.4.1"))]).await;
    let error = script
        .client(Authentication::None)
        .capabilities()
        .await
        .map(drop)
        .expect_err("too old");
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("Prefect 1.4.1 is too old: 2.20 or 3.x is needed")
    );
}

#[tokio::test]
async fn a_run_is_asked_for_with_its_key() {
    let run = json!({ "id": Uuid::nil(), "name": "r", "flow_id": Uuid::nil() });
    let script = Script::start(vec![Reply::Reset, Reply::json(201, run)]).await;
    let wanted = FlowRunWrite::new("once");
    script
        .client(Authentication::None)
        .create_flow_run(Uuid::nil(), &wanted)
        .await
        .expect("a run");
    assert!(
        script
            .requests()
            .iter()
            .all(|request| request.contains("\"idempotency_key\":\"once\""))
    );
}

#[test]
fn an_address_that_is_none_is_refused_without_repeating_it() {
    for url in ["", "host:4200", "ftp://user:secret@host/api", "http://"] {
        let error = Client::new(ClientOptions::new(url))
            .map(drop)
            .expect_err(url);
        assert_eq!(
            error.to_string(),
            "the address of Prefect's API is not an http or https URL"
        );
    }
}

#[test]
fn a_key_with_a_line_break_is_refused_without_repeating_it() {
    let authentication = Authentication::ApiKey(Secret::new("pnu_1\n"));
    let options = ClientOptions {
        authentication,
        ..ClientOptions::new("http://localhost:4200/api")
    };
    let error = Client::new(options).map(drop).expect_err("a line break");
    assert_eq!(
        error.to_string(),
        "the API key has characters that cannot be sent"
    );
    assert!(!format!("{error:?}").contains("pnu_1"));
}

/// The system's certificates are read for https only; both can be set up here.
#[test]
fn clients_of_both_schemes_can_be_made() {
    for url in [
        "http://localhost:4200/api",
        "https://api.prefect.cloud/api/accounts/a/workspaces/w",
    ] {
        let client = Client::new(ClientOptions::new(url)).expect(url);
        assert_eq!(client.api_url(), url);
    }
}

#[tokio::test]
async fn custom_headers_and_user_info_are_sent_and_not_shown() {
    let healthy = || Reply::json(200, json!(true));
    let script = Script::start(vec![healthy(), healthy()]).await;
    let mut options = ClientOptions::new(script.url.replace("http://", "http://ada:p%40ss@"));
    options.headers = vec![
        ("X-Team".to_owned(), Secret::new("hunter2")),
        (
            "User-Agent".to_owned(),
            Secret::new("prefect/3.8.8 (API 0.8.4)"),
        ),
    ];
    let client = Client::new(options.clone()).expect("a client");
    client.health().await.expect("an answer");
    let shown = format!("{client:?} {} {:?}", client.api_url(), options.headers);
    assert!(
        !shown.contains("p%40ss") && !shown.contains("hunter2"),
        "{shown}"
    );
    // A key that is given as such wins over what the URL has.
    options.authentication = Authentication::ApiKey(Secret::new("pnu_1"));
    let client = Client::new(options).expect("a client");
    client.health().await.expect("an answer");
    let requests = script.requests();
    for request in &requests {
        assert!(request.contains("x-team: hunter2\r\n"), "{request}");
        assert!(request.contains("user-agent: longshore/"), "{request}");
        assert_eq!(request.matches("authorization:").count(), 1, "{request}");
    }
    assert!(
        requests[0].contains("authorization: Basic YWRhOnBAc3M=\r\n"),
        "{requests:?}"
    );
    assert!(
        requests[1].contains("authorization: Bearer pnu_1\r\n"),
        "{requests:?}"
    );
}

#[tokio::test]
async fn an_answer_is_waited_for_as_long_as_is_set() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    // Accepts, and never answers.
    let silent = tokio::spawn(async move {
        let mut streams = Vec::new();
        loop {
            streams.push(listener.accept().await.expect("a connection"));
        }
    });
    let client = Client::new(ClientOptions {
        timeout: Some(Duration::from_millis(50)),
        retry: RetryPolicy {
            tries: 2,
            first_delay: Duration::from_millis(1),
            ..RetryPolicy::default()
        },
        ..ClientOptions::new(format!("http://{address}/api"))
    })
    .expect("a client");
    let error = client.upsert_flow("f", &[]).await.expect_err("silence");
    assert!(matches!(error.failure(), Failure::Timeout(_)), "{error:?}");
    assert!(error.answer_was_lost());
    assert_eq!((error.attempts(), client.pushbacks()), (2, 2));
    let text = error.to_string();
    assert!(
        text.contains("/api/flows/ got no answer in time (2 attempts in 0."),
        "{text}"
    );
    silent.abort();
}

//! The same, and more, on real Prefect servers.

use std::process::Command;
use std::sync::{Arc, Mutex};

use longshore_prefect::{Authentication, FlowRunFilter, FlowRunOrder, Secret};
use longshore_rig::{PrefectServer, Version};

use serde_json::Value;

use super::*;
use crate::tests::secrecy::said;

const AUTH_STRING: &str = "admin:right";

#[tokio::test]
async fn prefect_3_is_written_through_faults() {
    let server = PrefectServer::start(Version::Prefect3).unwrap();
    let options = ClientOptions::new(server.api_url());
    let case = |name: &str| Case::new(&options, records(name));
    // First, since neither has the pool.
    check_two_at_once(&case("two")).await;
    check_refused_writes(&case("refused")).await;
    let mut lost = case("lost");
    let flow = lost.records[0].flow;
    check_lost_answers(&mut lost, flow).await;
    check_stalls(&case("stalled")).await;
    check_pages(&case("page")).await;
    check_names(&options).await;
    check_addresses(&options).await;
    check_newer_version(&options).await;
    check_unreadable_run(&options).await;
    check_kills(server, &options).await;
}

#[tokio::test]
async fn prefect_3_takes_five_hundred_deployments_in_one_apply() {
    let server = PrefectServer::start(Version::Prefect3).unwrap();
    let options = ClientOptions::new(server.api_url());
    let case = Case::new(&options, many("many", 500));
    check_many(&case, &case.client()).await;
}

/// A run that the server has stored and cannot return in a list.
async fn check_unreadable_run(options: &ClientOptions) {
    static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let client = Client::new(ClientOptions {
        notice: |message| NOTICES.lock().unwrap().push(message.to_owned()),
        ..options.clone()
    });
    let client = client.unwrap();
    let flow = client.upsert_flow("unreadable", &[]).await.unwrap();
    let tls = longshore_tls::client_config(longshore_tls::Trust::Nobody).unwrap();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap();
    let mut ids = Vec::new();
    // No client of ours can write the second one.
    for number in ["1", "18446744073709551616", "2"] {
        let body = format!(
            r#"{{"flow_id": "{}", "parameters": {{"n": {number}}}}}"#,
            flow.id
        );
        let url = format!("{}/flow_runs/", options.api_url);
        let request = http.post(url).header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        let run: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        ids.push(run["id"].as_str().unwrap().parse::<Uuid>().unwrap());
    }
    let filter = FlowRunFilter::default();
    let runs = client.flow_runs(&filter, FlowRunOrder::LatestFirst, 1000);
    let runs = runs.await.unwrap();
    let is_read = |id: &Uuid| runs.iter().any(|run| run.id == *id);
    assert!(
        is_read(&ids[0]) && !is_read(&ids[1]) && is_read(&ids[2]),
        "{runs:?}"
    );
    let notices = NOTICES.lock().unwrap().clone();
    assert!(
        notices.len() == 1 && notices[0].starts_with(&format!("flow run {} is missing", ids[1])),
        "{notices:?}"
    );
}

/// Addresses that are nearly right.
async fn check_addresses(options: &ClientOptions) {
    let api = &options.api_url;
    let plan = |url: &str| {
        let (code, text) = said(&["plan", "--no-build"], &[("PREFECT_API_URL", url)]);
        assert_eq!(code, Some(1), "{text}");
        text
    };
    let text = plan(api.trim_end_matches("/api"));
    assert!(
        text.contains("error: could not read the server's version: GET ")
            && text.contains(&format!(
                "help: the address of Prefect's API ends in `/api`: try `{api}`"
            )),
        "{text}"
    );
    let text = plan(&api.replace("http:", "https:"));
    assert!(
        text.contains("/api/admin/version could not be sent: no secure connection")
            && text.contains(
                "help: the server does not speak TLS there: write `http://` in PREFECT_API_URL"
            ),
        "{text}"
    );
}

async fn check_newer_version(options: &ClientOptions) {
    let recorder = Recorder::with_faults(&options.api_url, |asked| {
        if asked.path == "/admin/version" {
            Fault::Answer(200, "application/json", "\"3.99.1\"".to_owned())
        } else {
            Fault::None
        }
    })
    .await;
    let case = Case::new(options, records("newer"));
    let client = case.through(&recorder, |_| ());
    assert_complete(&case.apply(&client).await);
    case.assert_whole().await;
    // Its own process, since the proxy is in this one.
    let url = recorder.api_url.clone();
    let asking = tokio::task::spawn_blocking(move || {
        said(&["plan", "--no-build"], &[("PREFECT_API_URL", &url)])
    });
    let (_, text) = asking.await.unwrap();
    assert!(
        text.contains("note: Prefect 3.99.1 is newer than what this version of Longshore was tested with; it is used as Prefect 3.8"),
        "{text}"
    );
}

/// The server is killed at some of the writes, and started again.
async fn check_kills(server: PrefectServer, options: &ClientOptions) {
    let mut server = server;
    for (last, acts) in [(2, false), (4, true), (6, true)] {
        let case = Case::new(options, records(&format!("killed {last}")));
        let running = Arc::new(Mutex::new(Some(server)));
        let at_last = Arc::clone(&running);
        let kill = move || at_last.lock().unwrap().as_mut().unwrap().kill();
        let recorder = Recorder::with_faults(&options.api_url, move |asked| {
            if asked.write == last && !acts {
                kill();
            }
            // Having acted, it is killed before the next one, which then gets nothing but an end.
            if asked.write == last + 1 && acts {
                kill();
            }
            if asked.write == last && acts {
                Fault::DropAnswer
            } else {
                Fault::None
            }
        })
        .await;
        let client = case.through(&recorder, |options| options.retry = IMPATIENT);
        let applied = case.apply_impatiently(&client).await;
        assert_says(
            &applied,
            &[
                "the connection broke",
                "run the command again to find out and finish",
            ],
        );
        let killed = running.lock().unwrap().take().unwrap();
        server = killed.restart().unwrap();
        case.finish().await;
    }
}

fn guarded(version: Version) -> PrefectServer {
    let mut settings = vec![("PREFECT_SERVER_CSRF_PROTECTION_ENABLED", "true".to_owned())];
    if version == Version::Prefect3 {
        settings.push(("PREFECT_SERVER_API_AUTH_STRING", AUTH_STRING.to_owned()));
    }
    PrefectServer::start_with(version, settings).unwrap()
}

/// Lets an hour pass for the tokens that the server has given.
fn expire_tokens(server: &PrefectServer) {
    let script = "import sqlite3, sys\n\
                  with sqlite3.connect(sys.argv[1], timeout=60) as database:\n    \
                  changed = database.execute(\"update csrf_token set expiration = '2020-01-01 00:00:00.000000'\")\n\
                  print(changed.rowcount)";
    let output = Command::new(server.version().python().unwrap())
        .args(["-c", script])
        .arg(server.home().join("prefect.db"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_ne!(output.stdout, b"0\n", "there is no token");
}

/// Writes with a token, and with another one when that has expired; the requests for one.
async fn check_tokens(server: &PrefectServer, options: &ClientOptions) {
    let asked_for = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&asked_for);
    let recorder = Recorder::with_faults(&options.api_url, move |asked| {
        *counter.lock().unwrap() += usize::from(asked.path == "/csrf-token");
        Fault::None
    })
    .await;
    let mut case = Case::new(options, records("guarded"));
    let client = case.through(&recorder, |_| ());
    assert_complete(&case.apply(&client).await);
    assert_eq!(*asked_for.lock().unwrap(), 1);
    case.assert_whole().await;
    expire_tokens(server);
    case.records.extend(records("expired"));
    let applied = case.apply(&client).await;
    assert_complete(&applied);
    assert_eq!(*asked_for.lock().unwrap(), 2);
    case.assert_whole().await;
}

#[tokio::test]
async fn prefect_3_that_wants_a_password_and_tokens_is_written() {
    let server = guarded(Version::Prefect3);
    let options = ClientOptions {
        authentication: Authentication::AuthString(Secret::new(AUTH_STRING)),
        ..ClientOptions::new(server.api_url())
    };
    check_tokens(&server, &options).await;
    let url = server.api_url();
    for wrong in [
        ("PREFECT_API_AUTH_STRING", "admin:wrong"),
        ("PREFECT_API_KEY", "pnu_wrong"),
    ] {
        let (code, text) = said(&["plan", "--no-build"], &[("PREFECT_API_URL", &url), wrong]);
        assert_eq!(code, Some(1), "{text}");
        let error = format!(
            "error: could not read the server's version: GET {url}/admin/version answered 401: Unauthorized\n\
             help: set PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING (own server) to the right value"
        );
        assert!(text.contains(&error), "{text}");
        assert!(!text.contains("wrong"), "{text}");
    }
    // A whole command, whose filters want a token too.
    let right = ("PREFECT_API_AUTH_STRING", AUTH_STRING);
    let (code, text) = said(
        &["plan", "--no-build", "--create-pools"],
        &[("PREFECT_API_URL", &url), right],
    );
    assert_eq!(code, Some(2), "{text}");
}

#[tokio::test]
async fn prefect_2_that_wants_tokens_is_written() {
    let server = guarded(Version::Prefect2);
    check_tokens(&server, &ClientOptions::new(server.api_url())).await;
}

#[tokio::test]
async fn prefect_3_gets_as_many_writes_at_once_as_help() {
    let server = PrefectServer::start(Version::Prefect3).unwrap();
    let options = ClientOptions::new(server.api_url());
    Case::new(&options, records("first")).finish().await;
    let near = Recorder::start(&options.api_url).await;
    let mut most = Vec::new();
    // On a busy machine each answer may take so long that the server looks far away, but not three times.
    for run in ["near a", "near b", "near c"] {
        ratio(run, &options, &near, 50).await;
        most.push(near.most_at_once());
        if most.ends_with(&[1]) {
            return;
        }
    }
    panic!("SQLite is quickest with one writer: {most:?}");
}

/// A database in memory takes writes one after the other too, but refuses none: so does PostgreSQL.
#[tokio::test]
async fn prefect_3_far_away_gets_several_writes_at_once() {
    let memory = "sqlite+aiosqlite:///:memory:".to_owned();
    let settings = vec![("PREFECT_SERVER_DATABASE_CONNECTION_URL", memory)];
    let server = PrefectServer::start_with(Version::Prefect3, settings).unwrap();
    let options = ClientOptions::new(server.api_url());
    Case::new(&options, records("first")).finish().await;
    check_far_away(&options).await;
}

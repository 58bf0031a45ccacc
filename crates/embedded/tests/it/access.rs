//! Who gets an answer.

use longshore_prefect::{Authentication, Client, ClientOptions, Secret};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api::{Api, embedded};
use crate::conformance::refusals;

#[tokio::test]
async fn a_refused_stranger_is_told_as_by_prefect() {
    refusals::a_wrong_auth_string_is_refused(&embedded().await.api).await;
}

#[tokio::test]
async fn a_request_without_the_auth_string_is_refused() {
    let fixture = embedded().await;
    let stranger = Api::new(fixture.server.api_url(), None);
    let error = stranger
        .client
        .work_pools()
        .await
        .expect_err("no auth string");
    assert_eq!(
        (error.status(), error.detail()),
        (Some(401), Some("Unauthorized"))
    );
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("PREFECT_API_AUTH_STRING"))
    );
    assert!(stranger.client.health().await.expect("health is open"));
    let wrong = ClientOptions {
        authentication: Authentication::AuthString(Secret::new("longshore:guess")),
        ..ClientOptions::new(fixture.server.api_url())
    };
    let error = Client::new(wrong)
        .expect("a client")
        .work_pools()
        .await
        .expect_err("a wrong auth string");
    assert_eq!(error.status(), Some(401));
    assert!(!format!("{error:?} {error}").contains("guess"));
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let fixture = embedded().await;
    let url = format!("{}/health", fixture.server.api_url());
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(
            longshore_tls::client_config(longshore_tls::Trust::Nobody).expect("TLS"),
        )
        .no_proxy()
        .build()
        .expect("a client");
    let port = url
        .split(':')
        .nth(2)
        .and_then(|rest| rest.split('/').next())
        .expect("a port")
        .to_owned();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("attacker.example:{port}"), 403),
        ("127.0.0.1".to_owned(), 403),
        ("127.0.0.1:1".to_owned(), 403),
    ] {
        let answer = http
            .get(&url)
            .header("host", &host)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{host}");
    }
}

#[tokio::test]
async fn each_start_has_an_auth_string_of_its_own() {
    let (first, second) = (embedded().await, embedded().await);
    assert_ne!(first.server.auth_string(), second.server.auth_string());
}

/// What a raw request gets, with a line that ends its head.
async fn raw(server: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    let request = format!("{head}\r\nconnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_foreign_host_in_the_request_target_is_refused() {
    let fixture = embedded().await;
    let server = address(&fixture.server.api_url());
    for (target, status) in [
        (format!("http://{server}/api/health"), "200 OK"),
        (
            "http://attacker.example/api/health".to_owned(),
            "403 Forbidden",
        ),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nhost: {server}");
        assert_eq!(raw(&server, &head).await, format!("HTTP/1.1 {status}"));
    }
}

/// Any user of the machine can connect; who shows nothing makes room for others.
#[tokio::test]
async fn idle_strangers_do_not_keep_the_owner_out() {
    let fixture = embedded().await;
    let server = address(&fixture.server.api_url());
    let mut idle = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&server).await.expect("a connection");
        // A head without an end.
        stream
            .write_all(b"GET /api/health HTTP/1.1\r\n")
            .await
            .expect("some bytes");
        idle.push(stream);
    }
    fixture.api.client.work_pools().await.expect("an answer");
    // The oldest have been ended for it.
    let mut buffer = [0; 1];
    let ended = idle[0].read(&mut buffer).await;
    assert!(!matches!(ended, Ok(1..)), "{ended:?}");
}

fn address(api_url: &str) -> String {
    let address = api_url.trim_start_matches("http://");
    address.trim_end_matches("/api").to_owned()
}

//! Who gets an answer.

use longshore_prefect::{Authentication, Client, ClientOptions, Secret};

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
        .tls_certs_only([])
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

//! Servers and proxies that send without an end.

use longshore_prefect::{Authentication, Client, ClientOptions, DeploymentFilter, Error, Failure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::script::read;

/// A server that answers each request with this status and a JSON string without an end; the URL of its API.
async fn endless(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/api", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                read(&mut stream).await;
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\""
                );
                let mut sent = stream.write_all(head.as_bytes()).await;
                let part = vec![b'x'; 1024 * 1024];
                while sent.is_ok() {
                    sent = stream.write_all(&part).await;
                }
            });
        }
    });
    url
}

async fn client(status: u16) -> Client {
    let mut options = ClientOptions::new(&endless(status).await);
    options.authentication = Authentication::None;
    Client::new(options).expect("a client")
}

fn check(error: &Error, status: u16, path: &str, mebibytes: usize) {
    let Failure::TooLarge { limit, .. } = error.failure() else {
        panic!("{error:?}");
    };
    assert_eq!(
        (error.status(), *limit),
        (Some(status), mebibytes * 1024 * 1024)
    );
    let message = error.to_string();
    assert!(
        message.contains(path)
            && message.contains(&format!("{status} with more than {mebibytes} MiB")),
        "{message}"
    );
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("PREFECT_API_URL"))
    );
}

#[tokio::test]
async fn an_endless_object_is_an_error() {
    let error = client(200).await.version().await.expect_err("an error");
    check(&error, 200, "/admin/version", 64);
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn an_endless_page_is_an_error() {
    let client = client(200).await;
    let deployments = client.deployments(&DeploymentFilter::default()).await;
    check(
        &deployments.expect_err("an error"),
        200,
        "/deployments/filter",
        256,
    );
}

#[tokio::test]
async fn an_endless_refusal_is_an_error() {
    let error = client(500).await.version().await.expect_err("an error");
    check(&error, 500, "/admin/version", 16);
}

#[tokio::test]
async fn a_write_with_an_endless_answer_may_have_been_done() {
    let error = client(201).await.upsert_flow("f", &[]).await;
    let error = error.expect_err("an error");
    check(&error, 201, "/flows/", 64);
    assert!(error.answer_was_lost());
}

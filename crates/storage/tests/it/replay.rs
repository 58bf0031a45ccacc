//! Refusals that Azurite cannot make, replayed over HTTP as Azure documents and sends them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use longshore_storage::{Access, AccessOptions, AzureStore, StoreError};

const KEY: &str = "AccountKey=c2VjcmV0";
const SIGNATURE: &str = "SharedAccessSignature=sv=2024&se=2999-01-01T00:00:00Z&sig=x";

/// A blob service that answers everything like this; its endpoint.
fn service(status: &'static str, code: &'static str, detail: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/acme", listener.local_addr().unwrap());
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>A sentence.\nRequestId:cba2935f-1003-006f-071d-db55f6000000\nTime:2026-02-04T05:38:45.4268197Z</Message>{detail}</Error>"
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\nx-ms-error-code: {code}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    endpoint
}

/// What a listing says, and what to do about it.
async fn refusal(endpoint: &str, secret: &str) -> (String, String) {
    let env = |name: &str| {
        (name == "AZURE_STORAGE_CONNECTION_STRING")
            .then(|| format!("AccountName=acme;BlobEndpoint={endpoint};{secret}"))
    };
    let access = Access::from_environment(None, &env, AccessOptions::default()).unwrap();
    let store = AzureStore::connect(&access, "flows", "").unwrap();
    let error = store.list("projects/a/b").await.unwrap_err();
    let StoreError::Azure(error) = &error else {
        panic!("{error:?}");
    };
    (error.source.to_string(), error.help().unwrap_or_default())
}

#[tokio::test]
async fn refusals_are_understood_as_they_are_sent() {
    for (status, code, detail, secret, text, help) in [
        (
            "403 Server failed to authenticate the request",
            "AuthenticationFailed",
            "<AuthenticationErrorDetail>Request date header too old: 'Fri, 31 Jan 2020 12:28:37 GMT'</AuthenticationErrorDetail>",
            KEY,
            "the clock of this machine differs from Azure's by more than 15 minutes",
            "set the clock",
        ),
        (
            "403 Server failed to authenticate the request",
            "AuthenticationFailed",
            "<AuthenticationErrorDetail>The MAC signature found in the HTTP request 'x=' is not the same as any computed signature.</AuthenticationErrorDetail>",
            KEY,
            "the account does not know this key or signature",
            "az storage account show-connection-string --name acme",
        ),
        (
            "403 This request is not authorized to perform this operation using this permission.",
            "AuthorizationPermissionMismatch",
            "",
            SIGNATURE,
            "the shared access signature does not grant it",
            "read and list",
        ),
        (
            "403 Key based authentication is not permitted on this storage account.",
            "KeyBasedAuthenticationNotPermitted",
            "",
            KEY,
            "the account does not take keys",
            "use an identity",
        ),
        (
            "409 The specified container is being deleted.",
            "ContainerBeingDeleted",
            "",
            KEY,
            "the container is being deleted, which takes at least 30 s",
            "try again in a minute",
        ),
    ] {
        let said = refusal(&service(status, code, detail), secret).await;
        assert_eq!(said.0, text);
        assert!(said.1.contains(help), "{said:?}");
    }
}

/// A blob service that repeats the request in its refusal, as proxies do; its endpoint.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/acme", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let line = request.lines().next().unwrap_or_default().to_owned();
            let _ = write!(
                stream,
                "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nx-ms-error-code: {line}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{request}",
                request.len()
            );
        }
    });
    endpoint
}

#[tokio::test]
async fn credentials_in_refusals_are_masked() {
    let signed = "SharedAccessSignature=sv=2024&se=2999-01-01T00:00:00Z&sig=c2lnbmF0dXJl%2Fc2ln%3D";
    for (secret, masked) in [(KEY, "SharedKey acme:********"), (signed, "sig=********")] {
        let env = |name: &str| {
            (name == "AZURE_STORAGE_CONNECTION_STRING")
                .then(|| format!("AccountName=acme;BlobEndpoint={};{secret}", echo()))
        };
        let access = Access::from_environment(None, &env, AccessOptions::default()).unwrap();
        let store = AzureStore::connect(&access, "flows", "").unwrap();
        let error = store.list("projects/a/b").await.unwrap_err();
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            shown += &format!(" {error} {error:?}");
            source = error.source();
        }
        assert!(shown.contains("GET /acme/flows"), "{shown}");
        assert!(shown.contains(masked), "{shown}");
        assert!(!shown.contains("c2lnbmF0dXJl"), "{shown}");
    }
}

//! Refusals as Azure documents and sends them; Azurite has neither roles nor firewalls nor a clock to differ from, so
//! these bodies are replayed.

use azure_core::http::RawResponse;
use azure_core::http::headers::{HeaderName, Headers};

use super::*;

const SIGNED_IN: Identity = Identity::AzureCli;

fn refusal(status: u16, code: &'static str, detail: &str) -> azure_core::Error {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>A sentence.\nRequestId:4f4010b3-601e-00ee-3f7b-b8399d000000\nTime:2026-11-11T22:40:50.2409167Z</Message>{detail}</Error>"
    );
    let mut headers = Headers::new();
    headers.insert(HeaderName::from_static("x-ms-error-code"), code);
    let status = StatusCode::from(status);
    let kind = ErrorKind::HttpResponse {
        status,
        error_code: Some(code.to_owned()),
        raw_response: Some(Box::new(RawResponse::from_bytes(status, headers, body))),
    };
    kind.into_error()
}

fn workload() -> Identity {
    Identity::Workload {
        client_id: "11111111".to_owned(),
    }
}

fn signature() -> Identity {
    Identity::SharedAccessSignature {
        expires: Some("2999-01-01T00:00:00Z".to_owned()),
    }
}

#[test]
fn refusals_are_told_apart() {
    let detail =
        |text: &str| format!("<AuthenticationErrorDetail>{text}</AuthenticationErrorDetail>");
    let (key, nothing) = (Identity::AccountKey, String::new());
    for (status, code, detail, identity, expected) in [
        (
            404,
            "ContainerNotFound",
            nothing.clone(),
            key.clone(),
            "there is no such container",
        ),
        (
            403,
            "AuthorizationPermissionMismatch",
            nothing.clone(),
            workload(),
            "the identity has no role that allows it",
        ),
        (
            403,
            "AuthorizationPermissionMismatch",
            nothing.clone(),
            signature(),
            "the shared access signature does not grant it",
        ),
        (
            403,
            "AuthenticationFailed",
            detail(
                "The MAC signature found in the HTTP request 'x=' is not the same as any computed signature. Server used following string to sign: 'GET'.",
            ),
            key.clone(),
            "the account does not know this key or signature",
        ),
        (
            403,
            "AuthenticationFailed",
            detail(
                "Signature not valid in the specified time frame: Start [Wed, 18 Dec 2024 14:25:14 GMT] - Expiry [Wed, 18 Dec 2024 22:25:14 GMT] - Current [Thu, 19 Dec 2024 13:54:43 GMT]",
            ),
            signature(),
            "the shared access signature has expired or is not valid yet",
        ),
        (
            403,
            "AuthenticationFailed",
            detail("Request date header too old: 'Fri, 31 Jan 2020 12:28:37 GMT'"),
            key.clone(),
            "the clock of this machine differs from Azure's by more than 15 minutes",
        ),
        (
            403,
            "KeyBasedAuthenticationNotPermitted",
            nothing.clone(),
            key.clone(),
            "the account does not take keys",
        ),
        (
            403,
            "AuthorizationFailure",
            nothing.clone(),
            workload(),
            "the account refuses this network or this identity",
        ),
        (
            401,
            "InvalidAuthenticationInfo",
            detail("Issuer validation failed. Issuer did not match."),
            SIGNED_IN,
            "the account does not take the token",
        ),
        (
            409,
            "ContainerBeingDeleted",
            nothing.clone(),
            key.clone(),
            "the container is being deleted, which takes at least 30 s",
        ),
        (
            409,
            "AccountBeingCreated",
            nothing,
            key,
            "the service answers 409 (AccountBeingCreated)",
        ),
    ] {
        let failure = AzureFailure::of(refusal(status, code, &detail), &identity);
        assert_eq!(failure.to_string(), expected);
    }
}

#[test]
fn a_missing_role_is_named_with_the_identity_that_needs_it() {
    let help = |attempt| {
        let failure = AzureFailure::of(
            refusal(403, "AuthorizationPermissionMismatch", ""),
            &workload(),
        );
        failure.help(attempt, "acme", "flows", &workload()).unwrap()
    };
    let (write, read) = (help(Attempt::Write), help(Attempt::Read));
    assert!(
        write.contains("--role \"Storage Blob Data Contributor\" --assignee 11111111"),
        "{write}"
    );
    assert!(write.contains("--name acme"), "{write}");
    assert!(
        read.contains("--role \"Storage Blob Data Reader\""),
        "{read}"
    );
}

#[test]
fn an_expired_signature_is_known_by_its_own_date() {
    let expired = Identity::SharedAccessSignature {
        expires: Some("2020-01-01T00:00:00Z".to_owned()),
    };
    let failure = AzureFailure::of(refusal(403, "AuthenticationFailed", ""), &expired);
    assert!(matches!(failure, AzureFailure::Expired), "{failure:?}");
}

//! Secrets of an account in the SDK's pipeline: SharedKey headers and shared access signatures.
//!
//! Both are applied per try, since a signature covers the date of the request. The SDK has tokens only.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request, Url};
use azure_core::time::{OffsetDateTime, to_rfc7231};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const AUTHORIZATION: HeaderName = HeaderName::from_static("authorization");
const DATE: HeaderName = HeaderName::from_static("x-ms-date");

/// Headers of the string to sign between the method and the `x-ms-` headers, in their order
/// (Azure's "Authorize with Shared Key", version 2009-09-19 and later; `content-length` as of 2015-02-21).
const SIGNED: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// Signs each try with the account's key.
#[derive(Debug)]
pub(crate) struct SharedKey {
    account: String,
    key: Secret,
}

impl SharedKey {
    /// `key` is in base64.
    pub(crate) fn new(account: &str, key: Secret) -> Self {
        Self {
            account: account.to_owned(),
            key,
        }
    }

    fn authorization(&self, request: &Request) -> azure_core::Result<String> {
        let key = azure_core::base64::decode(self.key.secret())?;
        let mut signer = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| {
            Error::with_message(ErrorKind::Credential, "the account key has no length")
        })?;
        signer.update(string_to_sign(&self.account, request).as_bytes());
        let signature = azure_core::base64::encode(signer.finalize().into_bytes());
        Ok(format!("SharedKey {}:{signature}", self.account))
    }
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        request.insert_header(DATE, to_rfc7231(&OffsetDateTime::now_utc()));
        let authorization = self.authorization(request)?;
        request.insert_header(AUTHORIZATION, authorization);
        next[0].send(context, request, &next[1..]).await
    }
}

/// Adds a shared access signature to each request's query, so that no other URL ever holds it.
#[derive(Debug)]
pub(crate) struct SharedAccessSignature(pub(crate) Secret);

#[async_trait]
impl Policy for SharedAccessSignature {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        // A second try has it already.
        if !request.url().query_pairs().any(|(name, _)| name == "sig") {
            let query = match request.url().query() {
                Some(query) if !query.is_empty() => format!("{query}&{}", self.0.secret()),
                _ => self.0.secret().to_owned(),
            };
            request.url_mut().set_query(Some(&query));
        }
        next[0].send(context, request, &next[1..]).await
    }
}

fn string_to_sign(account: &str, request: &Request) -> String {
    let header = |wanted: &str| {
        let mut of_name = request
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str().eq_ignore_ascii_case(wanted));
        of_name.next().map(|(_, value)| value.as_str().to_owned())
    };
    let mut text = request.method().as_ref().to_owned();
    for name in SIGNED {
        text.push('\n');
        let value = match name {
            "content-length" => header(name)
                .or_else(|| request.body().len().map(|length| length.to_string()))
                .filter(|length| length != "0"),
            // `x-ms-date` takes its place.
            "date" => None,
            _ => header(name),
        };
        text.push_str(&value.unwrap_or_default());
    }
    text.push('\n');
    text.push_str(&canonical_headers(request));
    text.push_str(&canonical_resource(account, request.url()));
    text
}

/// The `x-ms-` headers by name, each on a line, with runs of blanks as one.
fn canonical_headers(request: &Request) -> String {
    let mut headers = BTreeMap::new();
    for (name, value) in request.headers().iter() {
        let name = name.as_str().to_ascii_lowercase();
        if name.starts_with("x-ms-") {
            let words: Vec<&str> = value.as_str().split_whitespace().collect();
            headers.insert(name, words.join(" "));
        }
    }
    headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect()
}

/// Account, path as it is encoded, and the parameters of the query by name, each on a line, several values sorted.
fn canonical_resource(account: &str, url: &Url) -> String {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        let values = parameters.entry(name.to_lowercase()).or_default();
        values.push(value.into_owned());
    }
    let mut text = format!("/{account}{}", url.path());
    for (name, mut values) in parameters {
        values.sort_unstable();
        text.push_str(&format!("\n{name}:{}", values.join(",")));
    }
    text
}

#[cfg(test)]
mod tests {
    use azure_core::http::Method;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// The examples of "Authorize with Shared Key", section on the canonicalized resource.
    #[test]
    fn resources_are_the_published_ones() {
        for (address, expected) in [
            (
                "http://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata",
                "/myaccount/mycontainer\ncomp:metadata\nrestype:container",
            ),
            (
                "http://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=list&include=snapshots&include=metadata&include=uncommittedblobs",
                "/myaccount/mycontainer\ncomp:list\ninclude:metadata,snapshots,uncommittedblobs\nrestype:container",
            ),
            (
                "https://myaccount-secondary.blob.core.windows.net/mycontainer/myblob",
                "/myaccount/mycontainer/myblob",
            ),
        ] {
            assert_eq!(canonical_resource("myaccount", &url(address)), expected);
        }
    }

    /// The example of "Authorize with Shared Key" for the blob service: Get Container Metadata.
    #[test]
    fn the_string_to_sign_is_the_published_one() {
        let mut request = Request::new(
            url(
                "http://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20",
            ),
            Method::Get,
        );
        request.insert_header("x-ms-version", "2015-02-21");
        request.insert_header("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
        assert_eq!(
            string_to_sign("myaccount", &request),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
    }

    /// The same string kind of string signed by Python's `hmac`, with the emulator's published key.
    #[test]
    fn the_signature_is_that_of_another_implementation() {
        let mut request = Request::new(
            url("http://127.0.0.1:10000/devstoreaccount1/flows/a%2Fb?comp=block&blockid=MDAx"),
            Method::Put,
        );
        request.insert_header("x-ms-version", "2015-02-21");
        request.insert_header("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
        request.insert_header("content-type", "application/octet-stream");
        request.set_body(vec![7; 5]);
        let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        let signed = SharedKey::new("devstoreaccount1", Secret::new(key))
            .authorization(&request)
            .unwrap();
        assert_eq!(
            signed,
            "SharedKey devstoreaccount1:v+cIzi6vCRilPRP/RNREiX7ifPO8HIjtmDxVX+kdRns="
        );
    }
}

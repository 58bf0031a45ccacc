//! The SDK's requests over this workspace's HTTP client.
//!
//! The SDK collects most answers in memory, so that each has a limit here.
//!
//! The SDK could make a client itself, but its errors show whole URLs, and with them a shared access signature.

use std::future::ready;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use futures::TryStreamExt as _;

use longshore_mask::Mask;
use longshore_resolver::with_resolver;
use longshore_tls::{Trust, client_config};

use super::account::Account;
use super::echo::credentials;

/// A host that does not answer at all is not worth more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Largest answer in bytes. A page of a list has 5,000 blobs at most, each with metadata of 8 KiB at most; the SDK requests
/// the content of a blob in parts of a few megabytes; errors and tokens are far smaller.
pub(super) const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// An HTTP client without redirects or decompression, whose errors do not show URLs.
#[derive(Debug)]
pub(crate) struct Transport(reqwest::Client);

impl Transport {
    /// `silence` is how long nothing may arrive; `certificates` is whether anything is reached over HTTPS.
    pub(crate) fn new(
        account: &Account,
        silence: Duration,
        certificates: bool,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let trust = if certificates {
            Trust::System(Vec::new())
        } else {
            Trust::Nobody
        };
        let tls = client_config(trust)?;
        let mut builder = with_resolver(reqwest::Client::builder())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(silence)
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none());
        if account.is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self(builder.build()?))
    }
}

#[async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
            .map_err(|error| Error::new(ErrorKind::DataConversion, error))?;
        let mut builder = self.0.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        let builder = match request.body().clone() {
            Body::Bytes(bytes) => builder.body(bytes),
            Body::SeekableStream(stream) => builder.body(reqwest::Body::wrap_stream(stream)),
        };
        let response = builder.send().await.map_err(failed)?;
        let status = response.status();
        let is_refusal = status.is_client_error() || status.is_server_error();
        let mask = if is_refusal {
            credentials(request)
        } else {
            Mask::default()
        };
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(mask.mask(value).into_owned()),
                );
            }
        }
        let status = status.as_u16().into();
        if is_refusal {
            let body = refusal(response).await?;
            let body = mask.mask(&body).into_owned().into_bytes();
            return Ok(AsyncRawResponse::from_bytes(status, headers, body));
        }
        let mut left = LARGEST_ANSWER;
        let body = response.bytes_stream().map_err(failed);
        let body = body.and_then(move |part| {
            let rest = left.checked_sub(part.len());
            left = rest.unwrap_or_default();
            ready(rest.map(|_| part).ok_or_else(too_large))
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(body)))
    }
}

/// Reads the body of a refusal whole, so that credentials can be masked in it.
async fn refusal(mut response: reqwest::Response) -> azure_core::Result<String> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(failed)? {
        if body.len() + part.len() > LARGEST_ANSWER {
            return Err(too_large());
        }
        body.extend_from_slice(&part);
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Error for an answer over the limit; the SDK does not send the request again after it.
pub(super) fn too_large() -> Error {
    let limit = LARGEST_ANSWER / (1024 * 1024);
    let message = format!("the answer has more than {limit} MiB");
    Error::new(ErrorKind::DataConversion, message)
}

/// The SDK tries again after both kinds.
fn failed(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() {
        ErrorKind::Connection
    } else {
        ErrorKind::Io
    };
    Error::new(kind, error.without_url())
}

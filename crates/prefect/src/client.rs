mod send;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use tokio::sync::OnceCell;

use crate::{Capabilities, RetryPolicy, Secret};

/// Prefect's servers close a connection that was idle for 5 s; a request that meets the closing is lost.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A host that does not answer at all is not worth more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// How the client proves who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// A key of Prefect Cloud, sent as a bearer token.
    ApiKey(Secret),
    /// `user:password` of a server of one's own, sent as Basic authentication.
    AuthString(Secret),
}

/// What a client is made from.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Prefect's API: ends in `/api`, or in a workspace of Prefect Cloud.
    pub api_url: String,
    /// How the client proves who it is.
    pub authentication: Authentication,
    /// When a failed request is sent again.
    pub retry: RetryPolicy,
}

impl ClientOptions {
    /// For a server that asks for no authentication.
    pub fn new(api_url: impl Into<String>) -> Self {
        Self {
            api_url: api_url.into(),
            authentication: Authentication::default(),
            retry: RetryPolicy::default(),
        }
    }
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The URL of the API is not an HTTP URL.
    #[error("the address of Prefect's API is not an http or https URL")]
    ParseUrl,
    /// The key cannot be part of a request; the usual cause is a line break at its end.
    #[error("the API key has characters that cannot be sent")]
    CheckApiKey(#[source] reqwest::header::InvalidHeaderValue),
    /// TLS or the system's certificates cannot be used.
    #[error("the HTTP client could not be set up")]
    BuildHttpClient(#[source] reqwest::Error),
}

/// A client of one Prefect server; clones share connections and what is known of the server.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    api_url: Url,
    authentication: Authentication,
    retry: RetryPolicy,
    capabilities: OnceCell<Capabilities>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// The URL is not an HTTP URL, the key has characters that cannot be sent, or TLS cannot be set up.
    pub fn new(options: ClientOptions) -> Result<Self, SetupError> {
        let mut api_url = Url::parse(options.api_url.trim()).map_err(|_| SetupError::ParseUrl)?;
        if !matches!(api_url.scheme(), "http" | "https") || api_url.host_str().is_none() {
            return Err(SetupError::ParseUrl);
        }
        api_url.set_query(None);
        api_url.set_fragment(None);
        if let Authentication::ApiKey(key) = &options.authentication {
            HeaderValue::from_str(key.expose()).map_err(SetupError::CheckApiKey)?;
        }
        let http = http_client(&api_url).map_err(SetupError::BuildHttpClient)?;
        let inner = Inner {
            http,
            api_url,
            authentication: options.authentication,
            retry: options.retry,
            capabilities: OnceCell::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The URL of the API, without user info.
    pub fn api_url(&self) -> String {
        shown(&self.inner.api_url)
    }

    pub(crate) fn is_cloud(&self) -> bool {
        let host = self.inner.api_url.host_str().unwrap_or_default();
        host == "prefect.cloud" || host.ends_with(".prefect.cloud")
    }

    pub(crate) fn capabilities_cell(&self) -> &OnceCell<Capabilities> {
        &self.inner.capabilities
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("api_url", &self.api_url())
            .finish_non_exhaustive()
    }
}

fn http_client(api_url: &Url) -> Result<reqwest::Client, reqwest::Error> {
    // Another crate of the program may have chosen a provider before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none());
    if api_url.scheme() == "http" {
        // Without TLS the system's certificates, which a small container may lack, need not be read.
        builder = builder.tls_certs_only([]);
    }
    if is_loopback(api_url) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A URL as it may be shown: without user info, query and fragment.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail on URLs without a host only, which have no user info either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

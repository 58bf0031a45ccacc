mod answer;
mod connect;
mod csrf;
mod options;
mod send;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use longshore_mask::Mask;
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::sync::OnceCell;

use crate::{Capabilities, RetryPolicy, Secret};
use csrf::Csrf;

pub(crate) use connect::is_own_header;
pub(crate) use csrf::is_refusal as is_csrf_refusal;
pub use options::{Authentication, ClientOptions, SetupError, Trust};

/// A client of one Prefect server; clones share connections and what is known of the server.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    /// Without user info.
    api_url: Url,
    /// Of every request.
    headers: HeaderMap,
    /// Of the credentials, which a server or a proxy may echo.
    mask: Mask,
    timeout: Option<Duration>,
    retry: RetryPolicy,
    csrf: Csrf,
    capabilities: OnceCell<Capabilities>,
    pushbacks: AtomicU64,
    refused_connections: AtomicU64,
    /// Microseconds.
    quickest_answer: AtomicU64,
    notice: fn(&str),
    /// Messages that the user has seen.
    noticed: Mutex<BTreeSet<String>>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// The URL is not an HTTP URL, the key or a header has characters that cannot be sent, the certificates cannot be
    /// read, or TLS cannot be set up.
    pub fn new(mut options: ClientOptions) -> Result<Self, SetupError> {
        let secrets = options.secrets();
        let mut api_url = Url::parse(options.api_url.trim()).map_err(|_| SetupError::ParseUrl)?;
        if !matches!(api_url.scheme(), "http" | "https") || api_url.host_str().is_none() {
            return Err(SetupError::ParseUrl);
        }
        api_url.set_query(None);
        api_url.set_fragment(None);
        let user_info = connect::take_user_info(&mut api_url);
        if options.authentication == Authentication::None {
            options.authentication =
                user_info.map_or_else(Default::default, Authentication::AuthString);
        }
        if options.trust.anybody && api_url.scheme() == "https" {
            tracing::warn!("the certificate of Prefect's server is not checked");
        }
        let inner = Inner {
            http: connect::http_client(&api_url, &options.trust)?,
            headers: connect::headers(&options)?,
            mask: Mask::new(secrets.iter().map(Secret::expose)),
            api_url,
            timeout: options.timeout,
            retry: options.retry,
            csrf: Csrf::default(),
            capabilities: OnceCell::new(),
            pushbacks: AtomicU64::new(0),
            refused_connections: AtomicU64::new(0),
            quickest_answer: AtomicU64::new(u64::MAX),
            notice: options.notice,
            noticed: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The URL of the API, without user info.
    pub fn api_url(&self) -> String {
        shown(&self.inner.api_url)
    }

    /// How many tries the server has pushed back so far: by 408, 429, 502 or 503, by breaking the connection, or by no
    /// answer in time. Clones count together.
    pub fn pushbacks(&self) -> u64 {
        self.inner.pushbacks.load(Ordering::Relaxed)
    }

    /// How many tries have found no connection to the server so far, as while it starts again. Clones count together.
    pub fn refused_connections(&self) -> u64 {
        self.inner.refused_connections.load(Ordering::Relaxed)
    }

    /// The time of the quickest answer so far, which is about that of the way to the server and back.
    pub fn quickest_answer(&self) -> Option<Duration> {
        match self.inner.quickest_answer.load(Ordering::Relaxed) {
            u64::MAX => None,
            microseconds => Some(Duration::from_micros(microseconds)),
        }
    }

    fn note_answer(&self, after: Duration) {
        let microseconds = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.inner
            .quickest_answer
            .fetch_min(microseconds, Ordering::Relaxed);
    }

    /// Tells the user something, unless that was told before.
    pub(crate) fn notice(&self, message: &str) {
        let noticed = self.inner.noticed.lock();
        let mut noticed = noticed.unwrap_or_else(PoisonError::into_inner);
        if noticed.insert(message.to_owned()) {
            (self.inner.notice)(message);
        }
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

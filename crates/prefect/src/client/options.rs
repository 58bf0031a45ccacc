//! What a client is made from, and why one cannot be made.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::connect::take_user_info;
use crate::{RetryPolicy, Secret};

/// Bytes from which the value of a custom header is a secret; a shorter one, such as `true`, is a word of messages.
const SHORTEST_HEADER: usize = 8;

/// How the client proves who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all, or by the user info of the URL.
    #[default]
    None,
    /// A key of Prefect Cloud, sent as a bearer token.
    ApiKey(Secret),
    /// `user:password` of a server of one's own, sent as Basic authentication.
    AuthString(Secret),
}

/// Which servers are trusted; the certificates of the system, or those of `SSL_CERT_FILE` in their place, always are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A PEM file with the certificates of further authorities.
    pub certificates: Option<PathBuf>,
    /// Whether any certificate will do, an attacker's included.
    pub anybody: bool,
}

/// What a client is made from.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Prefect's API: ends in `/api`, or in a workspace of Prefect Cloud.
    pub api_url: String,
    /// How the client proves who it is.
    pub authentication: Authentication,
    /// Which servers are trusted, if the URL is an https one.
    pub trust: Trust,
    /// Headers of every request, such as those that a proxy before the server asks for.
    pub headers: Vec<(String, Secret)>,
    /// How long an answer may take; by default 75 s for what writes and 30 s for what reads.
    pub timeout: Option<Duration>,
    /// When a failed request is sent again.
    pub retry: RetryPolicy,
    /// Takes what the user should know although a call succeeds, each message once; a warning of `tracing` by default.
    pub notice: fn(&str),
}

impl ClientOptions {
    /// For a server that asks for no authentication.
    pub fn new(api_url: impl Into<String>) -> Self {
        Self {
            api_url: api_url.into(),
            authentication: Authentication::default(),
            trust: Trust::default(),
            headers: Vec::new(),
            timeout: None,
            retry: RetryPolicy::default(),
            notice: |message| tracing::warn!("{message}"),
        }
    }

    /// Returns what no output may show: key, password, user info of the URL, values of custom headers.
    pub fn secrets(&self) -> Vec<Secret> {
        let user_info = Url::parse(self.api_url.trim())
            .ok()
            .and_then(|mut url| take_user_info(&mut url));
        let mut secrets = match &self.authentication {
            Authentication::None => Vec::new(),
            Authentication::ApiKey(key) => vec![key.clone()],
            Authentication::AuthString(text) => with_password(text),
        };
        secrets.extend(user_info.iter().flat_map(with_password));
        let values = self.headers.iter().map(|(_, value)| value);
        let long = values.filter(|value| value.expose().len() >= SHORTEST_HEADER);
        secrets.extend(long.cloned());
        secrets
    }
}

/// `user:password`, and the password alone.
fn with_password(text: &Secret) -> Vec<Secret> {
    let password = text.expose().split_once(':').map(|(_, password)| password);
    let password = password.map(Secret::new);
    std::iter::once(text.clone()).chain(password).collect()
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
    /// A custom header cannot be part of a request.
    #[error("the custom header `{name}` has characters that cannot be sent")]
    CheckHeader {
        /// Its name.
        name: String,
    },
    /// The file with certificates cannot be read.
    #[error("the certificates in `{}` could not be read", file.display())]
    ReadCertificates {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file with certificates holds something else.
    #[error("there are no certificates in `{}`", file.display())]
    ParseCertificates {
        /// The file.
        file: PathBuf,
    },
    /// TLS or the system's certificates cannot be used.
    #[error("the HTTP client could not be set up")]
    BuildHttpClient(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SetupError {
    /// What to do about it, in one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::ParseUrl => "set PREFECT_API_URL to an address such as `http://127.0.0.1:4200/api`",
            Self::CheckApiKey(_) => "copy the key into PREFECT_API_KEY again, without a line break at its end",
            Self::CheckHeader { .. } => "correct the header in PREFECT_CLIENT_CUSTOM_HEADERS",
            Self::ReadCertificates { .. } | Self::ParseCertificates { .. } => {
                "set PREFECT_API_SSL_CERT_FILE to a PEM file with `-----BEGIN CERTIFICATE-----` in it"
            }
            Self::BuildHttpClient(_) => {
                "install the system's certificates (Debian: `ca-certificates`), or set PREFECT_API_SSL_CERT_FILE"
            }
        }
        .to_owned()
    }
}

//! Connections: proxies, trust, and the headers that every request has.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use longshore_resolver::with_resolver;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;

use super::options::{Authentication, ClientOptions, SetupError, Trust};
use crate::Secret;

/// Prefect's servers close a connection that was idle for 5 s; a request that meets the closing is lost.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A host that does not answer at all is not worth more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const USER_AGENT: &str = concat!("longshore/", env!("CARGO_PKG_VERSION"));

/// Headers that are the client's own; a custom one of the same name is left out, as Prefect's client does.
const OWN_HEADERS: [&str; 9] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "prefect-csrf-client",
    "prefect-csrf-token",
    "transfer-encoding",
    "user-agent",
];

/// Whether a custom header of this name is left out.
pub(crate) fn is_own_header(name: &str) -> bool {
    OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str())
}

/// Connections to the server at `api_url`: through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, but never
/// to this machine itself.
pub(super) fn http_client(api_url: &Url, trust: &Trust) -> Result<reqwest::Client, SetupError> {
    let trust = if api_url.scheme() == "http" {
        longshore_tls::Trust::Nobody
    } else if trust.anybody {
        longshore_tls::Trust::Anybody
    } else {
        longshore_tls::Trust::System(certificates(trust)?)
    };
    let tls = longshore_tls::client_config(trust)
        .map_err(|error| SetupError::BuildHttpClient(error.into()))?;
    let mut builder = with_resolver(reqwest::Client::builder())
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback(api_url) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| SetupError::BuildHttpClient(error.into()))
}

fn certificates(trust: &Trust) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let Some(file) = &trust.certificates else {
        return Ok(Vec::new());
    };
    let text = fs::read(file).map_err(|source| SetupError::ReadCertificates {
        file: file.clone(),
        source,
    })?;
    let certificates = longshore_tls::certificates(&text);
    if certificates.is_empty() {
        return Err(SetupError::ParseCertificates { file: file.clone() });
    }
    Ok(certificates)
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

/// The headers of every request, none of which a log shows: who we are, and the custom ones.
pub(super) fn headers(options: &ClientOptions) -> Result<HeaderMap, SetupError> {
    let mut headers = HeaderMap::new();
    if let Some(value) = authorization(&options.authentication)? {
        headers.insert(AUTHORIZATION, value);
    }
    for (name, value) in &options.headers {
        if is_own_header(name) {
            continue;
        }
        let refused = || SetupError::CheckHeader { name: name.clone() };
        let key: HeaderName = name.parse().map_err(|_| refused())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| refused())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

fn authorization(authentication: &Authentication) -> Result<Option<HeaderValue>, SetupError> {
    let text = match authentication {
        Authentication::None => return Ok(None),
        Authentication::ApiKey(key) => format!("Bearer {}", key.expose()),
        Authentication::AuthString(text) => {
            let text = text.expose();
            let colon = if text.contains(':') { "" } else { ":" };
            format!("Basic {}", STANDARD.encode(format!("{text}{colon}")))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(SetupError::CheckApiKey)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Takes the user info out of a URL, so that nothing that shows the URL can show it.
pub(super) fn take_user_info(url: &mut Url) -> Option<Secret> {
    let part = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (part(url.username()), url.password().map(part));
    if user.is_empty() && password.is_none() {
        return None;
    }
    // Both fail on URLs without a host only, which have no user info either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(Secret::new(format!(
        "{user}:{}",
        password.unwrap_or_default()
    )))
}

//! CSRF tokens, which a server may ask of everything but GET
//! (`PREFECT_SERVER_CSRF_PROTECTION_ENABLED`; `GET /csrf-token`).
//!
//! Most servers do not, so that none is fetched before a first request was refused for the want of it: a server without
//! protection is asked nothing, one with it refuses one request per client. A fetched token replaces the former one of
//! the same client id, which is why a client has one id and one token for all its tasks.

use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;
use tokio::sync::{Mutex, RwLock};
use uuid::Uuid;

use super::Client;
use crate::Error;
use crate::request::Request;

const TOKEN_HEADER: &str = "Prefect-Csrf-Token";

const CLIENT_HEADER: &str = "Prefect-Csrf-Client";

/// What the servers of 2.20 and 3.x say to a request whose token is missing or has expired.
const REFUSALS: [&str; 3] = [
    "Missing CSRF token.",
    "Missing client identifier.",
    "Invalid CSRF token or client identifier.",
];

/// Whether a refusal is about the token.
pub(crate) fn is_refusal(status: u16, detail: Option<&str>) -> bool {
    status == 403 && detail.is_some_and(|detail| REFUSALS.contains(&detail))
}

/// The token of a client.
pub(super) struct Csrf {
    client: Uuid,
    token: RwLock<Option<Token>>,
    /// Held by the one task that fetches a token.
    fetching: Mutex<()>,
}

/// A token that the server has given.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Token {
    token: String,
}

impl Default for Csrf {
    fn default() -> Self {
        Self {
            client: Uuid::new_v4(),
            token: RwLock::new(None),
            fetching: Mutex::new(()),
        }
    }
}

impl Csrf {
    /// The token to send, if one was ever asked for.
    pub(super) async fn token(&self) -> Option<Token> {
        self.token.read().await.clone()
    }

    /// Adds the headers of a token.
    pub(super) fn add(&self, token: &Token, headers: &mut HeaderMap) {
        let Ok(mut value) = token.token.parse::<HeaderValue>() else {
            return;
        };
        value.set_sensitive(true);
        headers.insert(TOKEN_HEADER, value);
        if let Ok(client) = self.client.to_string().parse() {
            headers.insert(CLIENT_HEADER, client);
        }
    }
}

impl Client {
    /// A token in place of the one that was refused: another task's, if that was quicker, else a new one; `None` if the
    /// server gives none.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub(super) async fn renew_csrf_token(
        &self,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, Error> {
        let csrf = &self.inner.csrf;
        let _fetching = csrf.fetching.lock().await;
        let current = csrf.token().await;
        if current.as_ref() != refused {
            return Ok(current);
        }
        let client = csrf.client.to_string();
        let request = Request::get(&["csrf-token"], "get a CSRF token").query("client", &client);
        let fetched: Token = match self.fetch(request).await {
            Ok(token) => token,
            // 404 of a server before 2.14, 422 of one whose protection is off: something else refused the request.
            Err(error) if matches!(error.status(), Some(404 | 422)) => return Ok(None),
            Err(error) => return Err(error),
        };
        *csrf.token.write().await = Some(fetched.clone());
        Ok(Some(fetched))
    }
}

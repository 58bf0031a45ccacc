//! Sending: one place that retries.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Response, Url};
use serde::de::DeserializeOwned;

use super::answer::{Answer, Failed, again_after, content_type, is_json, lost, read, refusal};
use super::csrf::Token;
use super::{Client, shown};
use crate::request::Request;
use crate::retry::Again;
use crate::{Error, Failure};

/// A write may wait for 60 s on a lock of a server with SQLite.
const WRITE_TIMEOUT: Duration = Duration::from_secs(75);

/// Reads wait for nothing; half of the retry budget leaves time for a second try.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

impl Client {
    /// Sends a request and reads its answer.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        Ok(self.fetch_with_status(request).await?.1)
    }

    /// As [`Client::fetch`], with the code of the answer.
    pub(crate) async fn fetch_with_status<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<(u16, T), Error> {
        let answer = self.send(&request).await?;
        let status = answer.status.as_u16();
        match serde_json::from_slice(&answer.body) {
            Ok(value) => Ok((status, value)),
            Err(source) if is_json(&answer.headers) => {
                // What does not fit is quoted.
                let source = serde::de::Error::custom(self.inner.mask.mask(&source.to_string()));
                Err(self.local_error(&request, Failure::Unreadable { status, source }))
            }
            Err(_) => {
                let found = self
                    .inner
                    .mask
                    .mask(&content_type(&answer.headers))
                    .into_owned();
                Err(self.local_error(&request, Failure::NotPrefect { status, found }))
            }
        }
    }

    /// As [`Client::fetch`], with `None` for an object that does not exist.
    pub(crate) async fn fetch_optional<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<Option<T>, Error> {
        match self.fetch(request).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request whose answer says nothing more than that it was done.
    pub(crate) async fn act(&self, request: Request) -> Result<(), Error> {
        self.send(&request).await.map(drop)
    }

    /// Sends a DELETE; `false` if there was nothing to delete.
    pub(crate) async fn remove(&self, request: Request) -> Result<bool, Error> {
        match self.send(&request).await {
            Ok(_) => Ok(true),
            // An earlier try, whose answer was lost, did it.
            Err(error) if error.is_not_found() => Ok(error.answer_was_lost()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn local_error(&self, request: &Request, failure: Failure) -> Error {
        let url = shown(&self.url(request));
        Error::new(
            request.attempted.clone(),
            request.method.clone(),
            url,
            failure,
        )
    }

    fn url(&self, request: &Request) -> Url {
        let mut url = self.inner.api_url.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), request.path);
        url.set_path(&path);
        if let Some((name, value)) = &request.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let mut answer_was_lost = false;
        let outcome = self
            .inner
            .retry
            .run(
                || self.try_once(request),
                |failed: &Failed| {
                    answer_was_lost |= failed.answer_was_lost;
                    tracing::debug!(
                        attempted = request.attempted,
                        failure = %failed.failure,
                        "a request to Prefect failed"
                    );
                    if matches!(failed.failure, Failure::Connect(_)) {
                        let refused = &self.inner.refused_connections;
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    if failed.again != Again::Never {
                        self.inner.pushbacks.fetch_add(1, Ordering::Relaxed);
                    }
                    if failed.answer_was_lost && !request.repeatable {
                        Again::Never
                    } else {
                        failed.again
                    }
                },
            )
            .await;
        outcome.result.map_err(|failed| {
            self.local_error(request, failed.failure).after(
                outcome.attempts,
                outcome.elapsed,
                answer_was_lost,
            )
        })
    }

    /// Sends the request once, and once more if all that was wrong is its CSRF token.
    async fn try_once(&self, request: &Request) -> Result<Answer, Failed> {
        let token = self.csrf_token(request).await;
        let failed = match self.try_with(request, token.as_ref()).await {
            Err(failed) if failed.wants_csrf_token() && request.method != Method::GET => failed,
            result => return result,
        };
        // Boxed, since the token's own request comes back here.
        match Box::pin(self.renew_csrf_token(token.as_ref())).await {
            Ok(None) => Err(failed),
            Ok(token) => self.try_with(request, token.as_ref()).await,
            Err(error) => Err(Failed {
                failure: Failure::CsrfToken(Box::new(error)),
                again: Again::Never,
                answer_was_lost: false,
            }),
        }
    }

    async fn csrf_token(&self, request: &Request) -> Option<Token> {
        if request.method == Method::GET {
            return None;
        }
        self.inner.csrf.token().await
    }

    async fn try_with(&self, request: &Request, token: Option<&Token>) -> Result<Answer, Failed> {
        let start = Instant::now();
        let response = self
            .respond(request, token)
            .await
            .map_err(|error| lost(request, error))?;
        let answer = read(request, response).await?;
        self.note_answer(start.elapsed());
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(Failed {
            failure: refusal(&answer, request).masked(&self.inner.mask),
            again: again_after(answer.status, &answer.headers),
            answer_was_lost: false,
        })
    }

    async fn respond(
        &self,
        request: &Request,
        token: Option<&Token>,
    ) -> Result<Response, reqwest::Error> {
        let by_default = if request.writes {
            WRITE_TIMEOUT
        } else {
            READ_TIMEOUT
        };
        let mut headers = self.inner.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            self.inner.csrf.add(token, &mut headers);
        }
        let mut builder = self
            .inner
            .http
            .request(request.method.clone(), self.url(request))
            .timeout(self.inner.timeout.unwrap_or(by_default));
        if let Some(body) = &request.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            builder = builder.body(body.to_string());
        }
        builder.headers(headers).send().await
    }
}

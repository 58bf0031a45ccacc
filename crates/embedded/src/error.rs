//! Refusals in the shapes that Prefect gives them.

use std::path::Path;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::damage;

/// Why a request was not done.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// A code with `{"detail": ...}`.
    Detail(StatusCode, String),
    /// A code with `{"exception_message": ...}`.
    Exception(StatusCode, String),
    /// 422 with one entry per mistake in the body.
    Invalid(Vec<Mistake>),
    /// The database failed.
    Store(Box<redb::Error>),
    /// A row could not be read or written.
    Row(serde_json::Error),
    /// The database failed: the message names its file and what to do.
    Database(String),
    /// The request's own code failed.
    Panicked(String),
}

/// One mistake in a body.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    /// Keys and indexes from the body's root.
    pub(crate) location: Vec<Value>,
    /// Pydantic's name of the kind.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::Detail(StatusCode::NOT_FOUND, what.into())
    }

    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Detail(StatusCode::CONFLICT, what.into())
    }

    pub(crate) fn unprocessable(what: impl Into<String>) -> Self {
        Self::Detail(StatusCode::UNPROCESSABLE_ENTITY, what.into())
    }

    /// What 3.8.8 says of every broken foreign or unique key.
    pub(crate) fn integrity() -> Self {
        Self::conflict(
            "Data integrity conflict. This usually means a unique or foreign key constraint was violated. See server \
             logs for details.",
        )
    }

    /// The same error; one of the database with the name of its file and what to do.
    pub(crate) fn of_file(self, file: &Path) -> Self {
        let cause = match &self {
            Self::Store(error) => error.to_string(),
            Self::Row(error) => format!("a row is not readable: {error}"),
            _ => return self,
        };
        Self::Database(format!(
            "cannot read or write the database `{}`: {cause}; {}",
            file.display(),
            damage::help(file)
        ))
    }

    /// 422 about one value of the body.
    pub(crate) fn invalid(location: &[&str], message: impl Into<String>) -> Self {
        let location = location.iter().map(|part| json!(part)).collect();
        Self::Invalid(vec![Mistake {
            location,
            kind: "value_error",
            message: message.into(),
        }])
    }
}

impl From<redb::Error> for ApiError {
    fn from(error: redb::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Row(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Detail(status, detail) => (status, json!({ "detail": detail })),
            Self::Exception(status, message) => (status, json!({ "exception_message": message })),
            Self::Invalid(mistakes) => (StatusCode::UNPROCESSABLE_ENTITY, invalid_body(&mistakes)),
            Self::Store(error) => failed(&error.to_string()),
            Self::Row(error) => failed(&error.to_string()),
            Self::Database(message) => failed(&message),
            Self::Panicked(error) => {
                failed(&format!("a request to the embedded server failed: {error}"))
            }
        };
        (status, Json(body)).into_response()
    }
}

fn failed(message: &str) -> (StatusCode, Value) {
    tracing::error!(message, "the embedded server cannot answer a request");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        json!({ "exception_message": message }),
    )
}

/// Without Prefect's echo of the request, which may hold secrets.
fn invalid_body(mistakes: &[Mistake]) -> Value {
    let entries: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            let mut location = vec![json!("body")];
            location.extend(mistake.location.iter().cloned());
            json!({ "type": mistake.kind, "loc": location, "msg": mistake.message })
        })
        .collect();
    json!({ "exception_message": "Invalid request received.", "exception_detail": entries })
}

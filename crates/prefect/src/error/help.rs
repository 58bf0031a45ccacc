use super::{Error, Failure, tls};
use crate::client::is_csrf_refusal;

/// Detail of every 500 of Prefect.
const NO_REASON: &str = "Internal Server Error";

/// What to do about a failed request.
pub(super) fn help(error: &Error) -> Option<String> {
    match error.failure() {
        Failure::Refused { status: 401, .. } => Some(
            "set PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING (own server) to the right value".to_owned(),
        ),
        Failure::Refused { status, detail } if is_csrf_refusal(*status, detail.as_deref()) => Some(
            "the server refuses a CSRF token that it has just given; if it is several processes, they must share one \
             database"
                .to_owned(),
        ),
        Failure::Refused { status: 403, .. } => {
            Some("the key or auth string is known to the server but not allowed to do this".to_owned())
        }
        Failure::Refused { status: 404, detail } => not_found(error, detail.as_deref()),
        Failure::Refused { status: 409, .. } => Some(
            "somebody else may be changing the same thing; run the command again to see and finish".to_owned(),
        ),
        Failure::Refused { status: 429, .. } => Some("the server limits requests; try again in a minute".to_owned()),
        // Prefect gives no reason; the embedded server says what to do.
        Failure::Refused { status: 500, detail } if detail.as_deref().is_some_and(|detail| detail != NO_REASON) => None,
        Failure::Refused { status: 500, .. } => Some("the server's own log says why".to_owned()),
        Failure::Refused { status: 502 | 503, .. } => {
            Some("the server is overloaded or starting; its log says why".to_owned())
        }
        Failure::NotPrefect { .. } => Some(url_without_api(error).unwrap_or_else(|| {
            "something other than Prefect's API answers there; check PREFECT_API_URL and any proxy".to_owned()
        })),
        Failure::TooLarge { .. } => Some(
            "check PREFECT_API_URL and any proxy: Prefect does not send an answer of this size".to_owned(),
        ),
        Failure::Redirected { location, .. } => {
            Some(format!("set PREFECT_API_URL to the final address; the server names `{location}`"))
        }
        Failure::Unreadable { .. } => {
            Some("the server may be of a version that this client does not know".to_owned())
        }
        Failure::Connect(_) => {
            Some("check PREFECT_API_URL, and that the server is running and reachable from here".to_owned())
        }
        Failure::Tls(source) => Some(tls::help(source).to_owned()),
        Failure::CsrfToken(error) => help(error),
        Failure::Timeout(_) if error.answer_was_lost() => Some(
            "the server may be overloaded, and may have acted or not; run the command again to find out and finish"
                .to_owned(),
        ),
        Failure::Timeout(_) => Some("the server may be overloaded; run the command again".to_owned()),
        Failure::Interrupted(_) if error.answer_was_lost() => {
            Some("the server may have acted or not; run the command again to find out and finish".to_owned())
        }
        _ => None,
    }
}

fn not_found(error: &Error, detail: Option<&str>) -> Option<String> {
    match detail {
        None | Some("Not Found") => Some(url_without_api(error).unwrap_or_else(|| {
            "there is no such address; check that PREFECT_API_URL ends in `/api` or in a Cloud workspace".to_owned()
        })),
        Some(detail) if detail.starts_with("Work pool") => {
            Some("create the work pool first, or name one that exists".to_owned())
        }
        Some(_) => None,
    }
}

fn url_without_api(error: &Error) -> Option<String> {
    let (scheme, rest) = error.url().split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let has_api = path.split('/').any(|part| part == "api");
    (!has_api).then(|| {
        format!("the address of Prefect's API ends in `/api`: try `{scheme}://{host}/api`")
    })
}

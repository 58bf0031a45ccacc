//! Settings of Prefect's own client beyond address and key, with their meaning there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::TargetError;
use super::profiles::expanded;
use crate::{Secret, Trust};

const CERTIFICATES: &str = "PREFECT_API_SSL_CERT_FILE";
const SKIP_VERIFY: &str = "PREFECT_API_TLS_INSECURE_SKIP_VERIFY";
const HEADERS: &str = "PREFECT_CLIENT_CUSTOM_HEADERS";
const TIMEOUT: &str = "PREFECT_API_REQUEST_TIMEOUT";

/// The value of a setting, from the environment or the profile.
type Setting<'a> = dyn Fn(&str) -> Option<String> + 'a;

pub(super) fn trust(setting: &Setting<'_>, home: Option<&Path>) -> Result<Trust, TargetError> {
    let anybody = match setting(SKIP_VERIFY) {
        None => false,
        Some(text) => truth(&text).ok_or(TargetError::ParseSetting {
            name: SKIP_VERIFY,
            expected: "`true` or `false`",
        })?,
    };
    Ok(Trust {
        certificates: setting(CERTIFICATES).map(|file| expanded(&file, home)),
        anybody,
    })
}

/// The words that Prefect takes for it.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
        _ => None,
    }
}

pub(super) fn headers(setting: &Setting<'_>) -> Result<Vec<(String, Secret)>, TargetError> {
    let Some(text) = setting(HEADERS) else {
        return Ok(Vec::new());
    };
    // The message of the parser could show a part of a value.
    let headers: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|_| TargetError::ParseSetting {
            name: HEADERS,
            expected: "a JSON object of texts, such as `{\"X-Team\": \"data\"}`",
        })?;
    let headers = headers.into_iter();
    Ok(headers
        .map(|(name, value)| (name, Secret::new(value)))
        .collect())
}

pub(super) fn timeout(setting: &Setting<'_>) -> Result<Option<Duration>, TargetError> {
    let Some(text) = setting(TIMEOUT) else {
        return Ok(None);
    };
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    timeout.map(Some).ok_or(TargetError::ParseSetting {
        name: TIMEOUT,
        expected: "a number of seconds above 0",
    })
}

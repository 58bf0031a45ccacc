use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::TargetError;

/// A profile that applies.
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) settings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ProfilesFile {
    active: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, BTreeMap<String, toml::Value>>,
}

/// The profile that `PREFECT_PROFILE` or the file names, if there is a file.
pub(super) fn active(
    variable: &impl Fn(&str) -> Option<String>,
    home: Option<&Path>,
) -> Result<Option<Profile>, TargetError> {
    let Some(file) = path(variable, home) else {
        return Ok(None);
    };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(source) => return Err(TargetError::ReadProfiles { file, source }),
    };
    let parsed: ProfilesFile = match toml::from_str(&text) {
        Ok(parsed) => parsed,
        Err(source) => {
            return Err(TargetError::ParseProfiles {
                file,
                source: Box::new(source),
            });
        }
    };
    let chosen = variable("PREFECT_PROFILE");
    let Some(name) = chosen.clone().or(parsed.active) else {
        return Ok(None);
    };
    match parsed.profiles.get(&name) {
        Some(settings) => {
            let settings = settings
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), as_text(value)?)))
                .collect();
            Ok(Some(Profile {
                name,
                file,
                settings,
            }))
        }
        // Prefect's built-in profiles need not be in the file; only a name that was asked for must be.
        None if chosen.is_none() => Ok(None),
        None => Err(TargetError::UnknownProfile {
            name,
            file,
            known: parsed.profiles.into_keys().collect(),
        }),
    }
}

/// Prefect writes texts; people also write `true`, or a number.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        toml::Value::Integer(value) => Some(value.to_string()),
        toml::Value::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

fn path(variable: &impl Fn(&str) -> Option<String>, home: Option<&Path>) -> Option<PathBuf> {
    if let Some(file) = variable("PREFECT_PROFILES_PATH") {
        return Some(expanded(&file, home));
    }
    let folder = match variable("PREFECT_HOME") {
        Some(folder) => expanded(&folder, home),
        None => home?.join(".prefect"),
    };
    Some(folder.join("profiles.toml"))
}

/// `~/` at the start is the home folder, as in Prefect.
pub(super) fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

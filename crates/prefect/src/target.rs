//! Which server to talk to: variables of the environment, else the active profile of Prefect's own `profiles.toml`.

mod profiles;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Authentication, ClientOptions, Secret};

const API_URL: &str = "PREFECT_API_URL";
const API_KEY: &str = "PREFECT_API_KEY";
const AUTH_STRING: &str = "PREFECT_API_AUTH_STRING";

/// A Prefect server and how to prove who one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URL of the API.
    pub api_url: String,
    /// How to prove who one is.
    pub authentication: Authentication,
    /// Where the URL was found.
    pub origin: Origin,
}

/// Where the URL of a server was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The variable `PREFECT_API_URL`.
    Environment,
    /// A profile of Prefect's command line.
    Profile {
        /// The profile's name.
        name: String,
        /// The file it is in.
        file: PathBuf,
    },
}

/// Why it is not clear which server is meant.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The file of profiles exists but cannot be read.
    #[error("Prefect's profiles in `{}` could not be read", file.display())]
    ReadProfiles {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of profiles is not TOML of the known shape.
    #[error("Prefect's profiles in `{}` could not be understood", file.display())]
    ParseProfiles {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// `PREFECT_PROFILE` names a profile that is not in the file.
    #[error("there is no Prefect profile `{name}` in `{}`{}", file.display(), listed(known))]
    UnknownProfile {
        /// The name.
        name: String,
        /// The file.
        file: PathBuf,
        /// The profiles that are there.
        known: Vec<String>,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        String::new()
    } else {
        format!(" (there are `{}`)", known.join("`, `"))
    }
}

impl Target {
    /// The server that the environment or the active profile names; `None` if neither names one.
    ///
    /// A variable wins over the same key of the profile, key by key, so that a URL from the environment goes together
    /// with a key from the profile. An empty variable counts as not set. `home` is the user's home folder.
    ///
    /// # Errors
    /// The file of profiles exists but cannot be read or understood, or `PREFECT_PROFILE` names none of its profiles.
    pub fn from_environment(
        env: &impl Fn(&str) -> Option<String>,
        home: Option<&Path>,
    ) -> Result<Option<Self>, TargetError> {
        let variable = |name: &str| {
            env(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let profile = profiles::active(&variable, home)?;
        let setting = |name: &str| {
            variable(name).or_else(|| {
                profile
                    .as_ref()
                    .and_then(|profile| profile.settings.get(name).cloned())
            })
        };
        let Some(api_url) = setting(API_URL) else {
            return Ok(None);
        };
        let origin = match profile.as_ref() {
            Some(profile) if variable(API_URL).is_none() => Origin::Profile {
                name: profile.name.clone(),
                file: profile.file.clone(),
            },
            _ => Origin::Environment,
        };
        // As in Prefect's own client, the auth string wins over the key.
        let authentication = match (setting(AUTH_STRING), setting(API_KEY)) {
            (Some(text), _) => Authentication::AuthString(Secret::new(text)),
            (None, Some(key)) => Authentication::ApiKey(Secret::new(key)),
            (None, None) => Authentication::None,
        };
        Ok(Some(Self {
            api_url,
            authentication,
            origin,
        }))
    }

    /// The options of a client for this server.
    pub fn client_options(&self) -> ClientOptions {
        ClientOptions {
            authentication: self.authentication.clone(),
            ..ClientOptions::new(&self.api_url)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match reqwest::Url::parse(&self.api_url) {
            Ok(url) => crate::client::shown(&url),
            Err(_) => "an address that is not a URL".to_owned(),
        };
        match &self.origin {
            Origin::Environment => write!(formatter, "{url} (from {API_URL})"),
            Origin::Profile { name, file } => {
                write!(
                    formatter,
                    "{url} (from profile `{name}` in `{}`)",
                    file.display()
                )
            }
        }
    }
}

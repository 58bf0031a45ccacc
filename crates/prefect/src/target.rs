//! Which server to talk to: variables of the environment, else the active profile of Prefect's own `profiles.toml`.

mod profiles;
mod settings;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::is_own_header;
use crate::{Authentication, ClientOptions, Secret, Trust};

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
    /// Which servers are trusted.
    pub trust: Trust,
    /// Headers of every request.
    pub headers: Vec<(String, Secret)>,
    /// How long an answer may take, if it is set.
    pub timeout: Option<Duration>,
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
    /// A setting has a value that it cannot have; the value is not repeated, since it may be a secret.
    #[error("`{name}` is not {expected}")]
    ParseSetting {
        /// The variable, which may come from the profile.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
}

impl TargetError {
    /// What to do about it, in one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::ReadProfiles { .. } | Self::ParseProfiles { .. } => {
                "set PREFECT_API_URL and PREFECT_PROFILES_PATH, or correct the file of Prefect's profiles".to_owned()
            }
            Self::UnknownProfile { .. } => {
                "set PREFECT_PROFILE to one that is there, or set PREFECT_API_URL".to_owned()
            }
            Self::ParseSetting { name, .. } => {
                format!("correct {name} in the environment or in Prefect's active profile")
            }
        }
    }
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
    /// The file of profiles exists but cannot be read or understood, `PREFECT_PROFILE` names none of its profiles, or a
    /// setting has a value that it cannot have.
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
            trust: settings::trust(&setting, home)?,
            headers: settings::headers(&setting)?,
            timeout: settings::timeout(&setting)?,
        }))
    }

    /// Whether the server is on this machine, as far as its address tells.
    pub fn is_loopback(&self) -> bool {
        let url = reqwest::Url::parse(&self.api_url).ok();
        let host = url.as_ref().and_then(reqwest::Url::host_str);
        host.is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost"
                || bare
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
        })
    }

    /// What somebody who relies on this target should be told before it is used.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.trust.anybody && self.api_url.starts_with("https:") {
            notices.push(
                "the server's certificate is not checked (PREFECT_API_TLS_INSECURE_SKIP_VERIFY): whoever is on the way can \
                 read the key and change what is deployed"
                    .to_owned(),
            );
        }
        for (name, _) in &self.headers {
            if is_own_header(name) {
                notices.push(format!(
                    "the custom header `{name}` is left out: the client sets it itself (PREFECT_CLIENT_CUSTOM_HEADERS)"
                ));
            }
        }
        notices
    }

    /// The options of a client for this server.
    pub fn client_options(&self) -> ClientOptions {
        ClientOptions {
            authentication: self.authentication.clone(),
            trust: self.trust.clone(),
            headers: self.headers.clone(),
            timeout: self.timeout,
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

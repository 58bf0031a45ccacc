use std::fmt;
use std::str::FromStr;

/// What a server can do, known from its version (`GET /admin/version`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    version: String,
    major: u32,
    minor: u32,
}

/// The newest version that the client was tested with.
const NEWEST_KNOWN: (u32, u32) = (3, 8);

/// The oldest one.
const OLDEST_KNOWN: (u32, u32) = (2, 20);

/// Those of the newest version that the client was tested with.
impl Default for Capabilities {
    fn default() -> Self {
        let (major, minor) = NEWEST_KNOWN;
        Self {
            version: format!("{major}.{minor}"),
            major,
            minor,
        }
    }
}

impl Capabilities {
    /// Those of Prefect Cloud, which has no version and keeps up with 3.x.
    pub(crate) fn cloud() -> Self {
        Self {
            version: "Cloud".to_owned(),
            ..Self::default()
        }
    }

    /// The version as the server tells it, such as `3.8.8`; `Cloud` for Prefect Cloud.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it is a 2.x, which resets what a write leaves out.
    pub fn is_2(&self) -> bool {
        self.major == 2
    }

    /// Whether the server is newer than the newest version that the client was tested with; it is used as that one.
    pub fn is_newer_than_known(&self) -> bool {
        (self.major, self.minor) > NEWEST_KNOWN
    }

    /// Whether schedules have slugs and can be changed in place by them.
    pub fn schedule_slugs(&self) -> bool {
        self.major >= 3
    }

    /// Whether a schedule can override parameters.
    pub fn schedule_parameters(&self) -> bool {
        self.major >= 3
    }

    /// Whether a deployment can limit its runs at once.
    pub fn concurrency_limits(&self) -> bool {
        self.major >= 3
    }

    /// Whether a PATCH of a deployment takes its parameter schema; a 2.x takes one in a whole write only.
    pub fn schema_updates(&self) -> bool {
        self.major >= 3
    }

    /// Whether parameter schemas may use what JSON Schema has learnt since draft 4.
    pub fn modern_schemas(&self) -> bool {
        self.major >= 3
    }

    /// Whether workers split a command like a shell; those of 2.x split it at each blank and know no quotes.
    pub fn shell_commands(&self) -> bool {
        self.major >= 3
    }

    /// Whether deployments have labels.
    pub fn labels(&self) -> bool {
        self.major >= 3
    }
}

/// A text that is not a version of Prefect that the client can work with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseVersionError {
    /// Not `major.minor...`.
    #[error("`{0}` is not a version of Prefect")]
    Malformed(String),
    /// Older than 2.20.
    #[error("Prefect {0} is too old: 2.20 or 3.x is needed")]
    TooOld(String),
}

impl FromStr for Capabilities {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut number = || parts.next().and_then(leading_number);
        let (Some(major), Some(minor)) = (number(), number()) else {
            return Err(ParseVersionError::Malformed(text.to_owned()));
        };
        if (major, minor) < OLDEST_KNOWN {
            return Err(ParseVersionError::TooOld(text.to_owned()));
        }
        Ok(Self {
            version: text.to_owned(),
            major,
            minor,
        })
    }
}

/// `8` of `8`, `8rc1` and `8+4`.
fn leading_number(part: &str) -> Option<u32> {
    let end = part
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(part.len());
    part.get(..end)?.parse().ok()
}

impl fmt::Display for Capabilities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Prefect {}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let table = [
            ("2.20.26", true, false),
            ("3.8.8", false, false),
            ("3.8.9.dev4", false, false),
            ("3.9.0rc1", false, true),
            ("3.10+17.gabcdef", false, true),
            ("4.0.0", false, true),
        ];
        for (text, is_2, newer) in table {
            let capabilities: Capabilities = text.parse().expect(text);
            assert_eq!(
                (capabilities.is_2(), capabilities.is_newer_than_known()),
                (is_2, newer),
                "{text}"
            );
            assert_eq!(capabilities.labels(), !is_2, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "three", "3", "v3.8", ".3", "3."] {
            assert_eq!(
                text.parse::<Capabilities>(),
                Err(ParseVersionError::Malformed(text.to_owned()))
            );
        }
        for text in ["1.4.1", "2.19.9"] {
            assert_eq!(
                text.parse::<Capabilities>(),
                Err(ParseVersionError::TooOld(text.to_owned()))
            );
        }
    }
}

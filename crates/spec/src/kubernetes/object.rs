//! Names of objects.

use std::str::FromStr;

use crate::Explain;

/// Longest name in bytes.
const LONGEST: usize = 253;

/// Name of an object, such as a service account: a DNS subdomain (RFC 1123).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(String);

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a Kubernetes object")]
pub struct ObjectNameError(String);

impl Explain for ObjectNameError {
    fn help(&self) -> Option<String> {
        let fixed = self.0.to_lowercase().replace(['_', ' '], "-");
        Some(match fixed.parse::<ObjectName>() {
            Ok(_) => format!("write `{fixed}`"),
            Err(_) => {
                "use lower-case letters, digits, `-` and `.`, with a letter or digit at both ends"
                    .to_owned()
            }
        })
    }
}

impl FromStr for ObjectName {
    type Err = ObjectNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.len() <= LONGEST && name.split('.').all(is_dns_label) {
            Ok(Self(name.to_owned()))
        } else {
            Err(ObjectNameError(name.to_owned()))
        }
    }
}

impl ObjectName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a part between dots is lower case, with a letter or digit at both ends.
pub(super) fn is_dns_label(label: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    label.starts_with(is_inner)
        && label.ends_with(is_inner)
        && label
            .chars()
            .all(|letter| is_inner(letter) || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_subdomains() {
        for name in ["flows", "flow-runner", "a.b-c.d1"] {
            assert!(name.parse::<ObjectName>().is_ok(), "{name}");
        }
        for (name, help) in [
            ("Flow_Runner", "write `flow-runner`"),
            ("-flows", "use lower-case"),
            ("a..b", "use lower-case"),
            ("", "use lower-case"),
        ] {
            let error = name.parse::<ObjectName>().unwrap_err();
            assert!(error.help().unwrap().starts_with(help), "{name}");
        }
    }
}

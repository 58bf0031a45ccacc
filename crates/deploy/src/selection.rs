//! `--select project/flow/deployment`: which deployments a command is about.

use std::fmt;
use std::str::FromStr;

use crate::glob;

/// A pattern with up to three parts; a part that is left out fits everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection(Vec<String>);

/// A text that is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not `project`, `project/flow` or `project/flow/deployment`; `*` and `?` may stand for letters"
)]
pub(crate) struct ParseSelectionError(String);

impl FromStr for Selection {
    type Err = ParseSelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
        if parts.len() > 3 || parts.iter().any(String::is_empty) {
            return Err(ParseSelectionError(text.to_owned()));
        }
        Ok(Self(parts))
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

impl Selection {
    /// Whether a deployment is meant.
    pub(crate) fn fits(&self, project: &str, flow: &str, deployment: &str) -> bool {
        self.0
            .iter()
            .zip([project, flow, deployment])
            .all(|(pattern, name)| glob::fits(pattern, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_globs_and_missing_parts_fit_everything() {
        for (pattern, fits) in [
            ("finance/daily-report/eu", true),
            ("finance/daily-report", true),
            ("finance", true),
            ("*/daily-*/e?", true),
            ("*/*/*", true),
            ("fin", false),
            ("finance/daily-report/us", false),
            ("finance/*x*", false),
            ("*/*/?", false),
        ] {
            let selection: Selection = pattern.parse().unwrap();
            let found = selection.fits("finance", "daily-report", "eu");
            assert_eq!(found, fits, "{pattern}");
        }
    }

    #[test]
    fn too_many_or_empty_parts_are_refused() {
        for pattern in ["", "a//b", "a/b/c/d", "/a"] {
            assert!(pattern.parse::<Selection>().is_err(), "{pattern}");
        }
    }
}

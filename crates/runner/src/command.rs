//! The command line, small enough to need no library.

use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
Fetches the program of a Prefect flow run, verifies it and becomes it.

Usage: longshore-run
       longshore-run fetch --into DIR

Commands:
  (none)          becomes the program of the run that PREFECT__FLOW_RUN_ID names; so does Prefect's own
                  `prefect flow-run execute`
  fetch           leaves the program as DIR/flow, next to a copy of longshore-run, for an init container

Environment:
  PREFECT__FLOW_RUN_ID, PREFECT_API_URL, PREFECT_API_KEY, PREFECT_API_AUTH_STRING
                             the run and its server, as a Prefect worker sets them
  LONGSHORE_STORES           the stores to fetch from, such as az://account/container/folder,/srv/store (default: the
                             account that the credentials name, else the local store of the workspace)
  LONGSHORE_ARTIFACT, LONGSHORE_SHA256
                             for `fetch` without access to Prefect: location and SHA-256 of the program
  LONGSHORE_FETCHED          folder that `fetch` has filled in an init container; the cache is not used then
  AZURE_...                  credentials for artifacts in Azure Blob Storage; they go to these stores alone
  LONGSHORE_CACHE            folder of fetched programs (default: ~/.cache/longshore)
  LONGSHORE_CACHE_MEGABYTES  size beyond which the least recently used ones go, and of the largest artifact
                             (default: 4096)";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Become,
    Fetch { into: PathBuf },
    Help,
    Version,
}

/// A word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("`{0}` is not an argument of longshore-run")]
    Word(String),
    #[error("`fetch` needs `--into DIR`")]
    NoFolder,
}

impl Command {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, CommandError> {
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            // The second one is what Prefect's workers start where neither pool nor deployment names a command.
            [] | ["prefect", "flow-run", "execute"] => Ok(Self::Become),
            ["--help" | "-h" | "help", ..] | ["fetch", "--help" | "-h"] => Ok(Self::Help),
            ["--version" | "-V"] => Ok(Self::Version),
            ["fetch", "--into", folder] => Ok(Self::Fetch {
                into: folder.into(),
            }),
            ["fetch", word] if let Some(folder) = word.strip_prefix("--into=") => Ok(Self::Fetch {
                into: folder.into(),
            }),
            ["fetch"] | ["fetch", "--into"] => Err(CommandError::NoFolder),
            ["fetch", "--into", _, word, ..] | ["fetch", word, ..] | [word, ..] => {
                Err(CommandError::Word(word.to_owned()))
            }
        }
    }

    /// What is printed without looking at any run.
    pub(crate) fn answer(&self) -> Option<String> {
        match self {
            Self::Help => Some(USAGE.to_owned()),
            Self::Version => Some(format!("longshore-run {}", env!("CARGO_PKG_VERSION"))),
            Self::Become | Self::Fetch { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let words = line.split_whitespace().map(str::to_owned);
        Command::parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn words_are_understood_or_named() {
        let fetch = Ok(Command::Fetch {
            into: "/flow".into(),
        });
        assert_eq!(parse(""), Ok(Command::Become));
        assert_eq!(parse("prefect flow-run execute"), Ok(Command::Become));
        assert_eq!(parse("fetch --into /flow"), fetch);
        assert_eq!(parse("fetch --into=/flow"), fetch);
        assert_eq!(parse("fetch --help"), Ok(Command::Help));
        assert_eq!(parse("-V"), Ok(Command::Version));
        for (line, expected) in [
            ("fetch", "`fetch` needs `--into DIR`"),
            ("fetch --into", "`fetch` needs `--into DIR`"),
            (
                "fetch --to /flow",
                "`--to` is not an argument of longshore-run",
            ),
            (
                "fetch --into a b",
                "`b` is not an argument of longshore-run",
            ),
            ("run", "`run` is not an argument of longshore-run"),
        ] {
            assert_eq!(parse(line), Err(expected.to_owned()), "{line}");
        }
    }
}

//! Names of environments, such as `staging` or `pr-123`.

use crate::Explain;
use crate::text::{quoted, text_type, visible};

/// Longest name: it is part of a tag and of the names of deployments.
const LONGEST: usize = 63;

/// The word that the owner's tag has where there is no environment.
const RESERVED: &str = "default";

/// Why a name of an environment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentNameError {
    /// A character other than letters, digits, `-`, `_` and `.`, or one of the signs at the start.
    #[error("the environment {} has `{}` at position {position}", quoted(name), visible(*.character))]
    Character {
        /// The whole name.
        name: String,
        /// The character that is not allowed there.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
    /// No characters.
    #[error("the environment's name is empty")]
    Empty,
    /// More than 63 characters.
    #[error("the environment's name has {length} characters, {LONGEST} are allowed")]
    TooLong {
        /// Its characters.
        length: usize,
    },
    /// The word for no environment at all.
    #[error("`{RESERVED}` stands for no environment")]
    Reserved,
}

impl Explain for EnvironmentNameError {
    fn help(&self) -> Option<String> {
        Some(
            match self {
                Self::Character { .. } => {
                    "write letters, digits, `-`, `_` and `.`, a letter or digit first"
                }
                Self::Empty => "write a name such as `staging`",
                Self::TooLong { .. } => "write a shorter name",
                Self::Reserved => "leave the environment out, or name it otherwise",
            }
            .to_owned(),
        )
    }
}

fn check(name: &str) -> Result<(), EnvironmentNameError> {
    if name.is_empty() {
        return Err(EnvironmentNameError::Empty);
    }
    if name == RESERVED {
        return Err(EnvironmentNameError::Reserved);
    }
    let is_allowed = |(index, letter): (usize, char)| {
        letter.is_ascii_alphanumeric() || index > 0 && "-_.".contains(letter)
    };
    if let Some((index, character)) = name.chars().enumerate().find(|found| !is_allowed(*found)) {
        return Err(EnvironmentNameError::Character {
            name: name.to_owned(),
            character,
            position: index + 1,
        });
    }
    if name.len() > LONGEST {
        return Err(EnvironmentNameError::TooLong { length: name.len() });
    }
    Ok(())
}

text_type!(
    /// The name of an environment: letters, digits, `-`, `_` and `.`, at most 63; not `default`.
    EnvironmentName, EnvironmentNameError, check);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_stand_in_tags_and_in_names_of_deployments() {
        for name in ["staging", "pr-123", "1.4_rc", "default-2"] {
            assert_eq!(name.parse::<EnvironmentName>().unwrap().as_str(), name);
        }
        let long = "a".repeat(64);
        for name in [
            "", "default", "-a", ".a", "a b", "a/b", "pr-*", "ä", "a\n", &long,
        ] {
            assert!(name.parse::<EnvironmentName>().is_err(), "{name}");
        }
    }
}

//! Names of environment variables and of job variables.

use crate::Explain;
use crate::text::{character_at, position_of, text_type, visible};
use std::borrow::Cow;

/// Environment variable of a flow run: the deployment's name as it is declared, where an environment has given it
/// another one on the server.
pub const DECLARED_DEPLOYMENT: &str = "LONGSHORE_DEPLOYMENT";

/// Why the name of a variable is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariableNameError {
    /// The name has no characters.
    #[error("the name of the {kind} is empty")]
    Empty {
        /// `environment variable` or `job variable`.
        kind: &'static str,
    },
    /// The first character is a digit.
    #[error("the name of the {kind} `{name}` starts with a digit")]
    Digit {
        /// `environment variable` or `job variable`.
        kind: &'static str,
        /// The whole name.
        name: String,
    },
    /// A character outside `[A-Za-z0-9_]`.
    #[error("the name of the {kind} `{}` has the character `{}` at position {position}",
        name.escape_debug(), visible(*.character))]
    Character {
        /// `environment variable` or `job variable`.
        kind: &'static str,
        /// The whole name.
        name: String,
        /// The character that is not allowed.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
}

impl Explain for VariableNameError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty { .. } => "write letters, digits and `_`, the first no digit".to_owned(),
            Self::Digit { name, .. } => format!("write `_{name}`"),
            Self::Character { name, .. } => {
                let letter = |letter: char| {
                    if letter.is_ascii_alphanumeric() {
                        letter
                    } else {
                        '_'
                    }
                };
                let plain: String = name.trim().chars().map(letter).collect();
                let prefix = if plain.starts_with(|letter: char| letter.is_ascii_digit()) {
                    "_"
                } else {
                    ""
                };
                if plain.chars().all(|letter| letter == '_') {
                    "write letters, digits and `_`, the first no digit".to_owned()
                } else {
                    format!("write `{prefix}{plain}`")
                }
            }
        })
    }
}

#[derive(Clone, Copy)]
enum Violation {
    Empty,
    Digit,
    Character(usize),
}

impl Violation {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this variable name is empty",
            Self::Digit => "this variable name starts with a digit",
            Self::Character(_) => {
                "this variable name has a character other than letters, digits and `_`"
            }
        }
    }
}

const fn violation(name: &str) -> Option<Violation> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some(Violation::Empty);
    }
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_alphanumeric() && bytes[index] != b'_' {
            return Some(Violation::Character(index));
        }
        index += 1;
    }
    if bytes[0].is_ascii_digit() {
        Some(Violation::Digit)
    } else {
        None
    }
}

fn check(kind: &'static str, name: &str) -> Result<(), VariableNameError> {
    Err(match violation(name) {
        None => return Ok(()),
        Some(Violation::Empty) => VariableNameError::Empty { kind },
        Some(Violation::Digit) => VariableNameError::Digit {
            kind,
            name: name.to_owned(),
        },
        Some(Violation::Character(offset)) => VariableNameError::Character {
            kind,
            name: name.to_owned(),
            character: character_at(name, offset),
            position: position_of(name, offset),
        },
    })
}

macro_rules! variable_type {
    ($(#[$documentation:meta])* $name:ident, $kind:literal) => {
        text_type!($(#[$documentation])* $name, VariableNameError, |name| check($kind, name));

        impl $name {
            /// Takes a literal or a constant in a `const` context.
            ///
            /// # Panics
            /// If the name breaks the rule; in a `const` that is a compile error at the caller's place.
            #[track_caller]
            #[must_use]
            pub const fn from_static(value: &'static str) -> Self {
                if let Some(violation) = violation(value) {
                    crate::message::refuse(violation.message(), value);
                }
                Self(Cow::Borrowed(value))
            }
        }
    };
}

variable_type!(
    /// The name of an environment variable, `[A-Za-z_][A-Za-z0-9_]*` as POSIX has it.
    EnvironmentVariableName, "environment variable");
variable_type!(
    /// The name of a variable of a work pool's job template, `[A-Za-z_][A-Za-z0-9_]*`.
    JobVariableName, "job variable");

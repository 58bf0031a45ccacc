//! Names of Prefect objects: flows, deployments, tasks, pools, queues and tags.
//!
//! Prefect refuses `/ % & < >` in names (`^[^/%&><]+$`), a deployment's only with a server error. It takes an empty
//! name, a line break and outer blanks, but what is named so can't be reached by its name; we refuse those.

use crate::text::{character_at, position_of, quoted, text_type, visible};
use crate::{Explain, suggest};
use std::borrow::Cow;

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name has no characters.
    #[error("the {kind} is empty")]
    Empty {
        /// What is named, such as `queue name`.
        kind: &'static str,
    },
    /// A character that Prefect refuses or that hides.
    #[error("the {kind} {} has {} `{}` at position {position}",
        quoted(name), if .character.is_control() { "the control character" } else { "the character" }, visible(*.character))]
    Character {
        /// What is named, such as `queue name`.
        kind: &'static str,
        /// The whole name.
        name: String,
        /// The character that is not allowed.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
    /// A blank at the start or the end.
    #[error("the {kind} {} {} with a blank", quoted(name), if *.leading { "starts" } else { "ends" })]
    OuterBlank {
        /// What is named, such as `queue name`.
        kind: &'static str,
        /// The whole name.
        name: String,
        /// Whether the blank is the first character.
        leading: bool,
    },
}

impl Explain for NameError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty { kind } => format!("write a {kind} of at least one character"),
            Self::Character { name, .. } => match suggest::plain_name(name) {
                Some(plain) => format!("write `{plain}`"),
                None => "write letters, digits or hyphens".to_owned(),
            },
            Self::OuterBlank { name, .. } => format!("write `{}`", name.trim()),
        })
    }
}

#[derive(Clone, Copy)]
enum Violation {
    Empty,
    Character(usize),
    LeadingBlank,
    TrailingBlank,
}

impl Violation {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this name is empty",
            Self::Character(_) => {
                "this name has a control character or one of `/ % & < >`, which Prefect refuses in names"
            }
            Self::LeadingBlank => "this name starts with a blank",
            Self::TrailingBlank => "this name ends with a blank",
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
        if is_refused(bytes, index) {
            return Some(Violation::Character(index));
        }
        index += 1;
    }
    if bytes[0] == b' ' {
        return Some(Violation::LeadingBlank);
    }
    if bytes[bytes.len() - 1] == b' ' {
        return Some(Violation::TrailingBlank);
    }
    None
}

const fn is_refused(bytes: &[u8], index: usize) -> bool {
    match bytes[index] {
        b'/' | b'%' | b'&' | b'<' | b'>' => true,
        // The second control block, U+0080 to U+009F.
        0xc2 => index + 1 < bytes.len() && bytes[index + 1] < 0xa0,
        byte => byte.is_ascii_control(),
    }
}

fn check(kind: &'static str, name: &str) -> Result<(), NameError> {
    Err(match violation(name) {
        None => return Ok(()),
        Some(Violation::Empty) => NameError::Empty { kind },
        Some(Violation::Character(offset)) => NameError::Character {
            kind,
            name: name.to_owned(),
            character: character_at(name, offset),
            position: position_of(name, offset),
        },
        Some(Violation::LeadingBlank) => NameError::OuterBlank {
            kind,
            name: name.to_owned(),
            leading: true,
        },
        Some(Violation::TrailingBlank) => NameError::OuterBlank {
            kind,
            name: name.to_owned(),
            leading: false,
        },
    })
}

macro_rules! name_type {
    ($(#[$documentation:meta])* $name:ident, $kind:literal) => {
        text_type!($(#[$documentation])* $name, NameError, |name| check($kind, name));

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

name_type!(
    /// The name of a flow, such as `daily-report`.
    FlowName, "flow name");
name_type!(
    /// The name of a deployment within its flow, such as `eu`.
    DeploymentName, "deployment name");
name_type!(
    /// The name of a task.
    TaskName, "task name");
name_type!(
    /// The name of a work pool.
    WorkPoolName, "pool name");
name_type!(
    /// The name of a work queue, such as `kubernetes`.
    WorkQueueName, "queue name");
name_type!(
    /// A tag on a flow, a deployment or a task.
    Tag, "tag");

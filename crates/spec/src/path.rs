//! Relative paths: the folder of a flow in the workspace and in the store.

use crate::Explain;
use crate::text::{text_type, visible};
use std::borrow::Cow;

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowPathError {
    /// The path has no characters.
    #[error("the path is empty")]
    Empty,
    /// The path starts with `/` or with a drive letter.
    #[error("the path `{path}` is absolute")]
    Absolute {
        /// The whole path.
        path: String,
    },
    /// The path has a backslash.
    #[error("the path `{path}` has a backslash")]
    Backslash {
        /// The whole path.
        path: String,
    },
    /// A segment is `.` or `..`.
    #[error("the path `{path}` has the segment `{segment}`")]
    DotSegment {
        /// The whole path.
        path: String,
        /// The segment, one or two dots.
        segment: &'static str,
    },
    /// Two slashes follow each other, or the last character is a slash.
    #[error("the path `{path}` has an empty segment")]
    EmptySegment {
        /// The whole path.
        path: String,
    },
    /// A control character.
    #[error("the path has the control character `{}`", visible(*.character))]
    Control {
        /// The control character.
        character: char,
    },
}

impl Explain for FlowPathError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "write a folder from the workspace root, such as `projects/sales/report`".to_owned(),
            Self::Absolute { .. } | Self::DotSegment { segment: "..", .. } => {
                "write the folder from the workspace root without `..`, such as `projects/sales/report`".to_owned()
            }
            Self::Backslash { path } => format!("write `{}`", joined(&path.replace('\\', "/"))),
            Self::DotSegment { path, .. } | Self::EmptySegment { path } => format!("write `{}`", joined(path)),
            Self::Control { .. } => "remove the control character".to_owned(),
        })
    }
}

fn joined(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .collect();
    if segments.is_empty() {
        "projects".to_owned()
    } else {
        segments.join("/")
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Violation {
    Empty,
    Absolute,
    Backslash,
    Dot,
    DotDot,
    EmptySegment,
    Control(usize),
}

impl Violation {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this path is empty",
            Self::Absolute => "this path is absolute; write it from the workspace root",
            Self::Backslash => "this path has a backslash; separate folders by `/`",
            Self::Dot => "this path has the segment `.`",
            Self::DotDot => "this path has the segment `..`",
            Self::EmptySegment => "this path has an empty segment",
            Self::Control(_) => "this path has a control character",
        }
    }
}

pub(crate) const fn violation(path: &str) -> Option<Violation> {
    let bytes = path.as_bytes();
    if bytes.is_empty() {
        return Some(Violation::Empty);
    }
    if bytes[0] == b'/' || (bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':') {
        return Some(Violation::Absolute);
    }
    let mut start = 0;
    let mut index = 0;
    while index <= bytes.len() {
        if index == bytes.len() || bytes[index] == b'/' {
            match index - start {
                0 => return Some(Violation::EmptySegment),
                1 if bytes[start] == b'.' => return Some(Violation::Dot),
                2 if bytes[start] == b'.' && bytes[start + 1] == b'.' => {
                    return Some(Violation::DotDot);
                }
                _ => start = index + 1,
            }
        } else if bytes[index] == b'\\' {
            return Some(Violation::Backslash);
        } else if bytes[index].is_ascii_control() {
            return Some(Violation::Control(index));
        }
        index += 1;
    }
    None
}

pub(crate) fn check(path: &str) -> Result<(), FlowPathError> {
    Err(match violation(path) {
        None => return Ok(()),
        Some(Violation::Empty) => FlowPathError::Empty,
        Some(Violation::Absolute) => FlowPathError::Absolute {
            path: path.to_owned(),
        },
        Some(Violation::Backslash) => FlowPathError::Backslash {
            path: path.to_owned(),
        },
        Some(Violation::Dot) => FlowPathError::DotSegment {
            path: path.to_owned(),
            segment: ".",
        },
        Some(Violation::DotDot) => FlowPathError::DotSegment {
            path: path.to_owned(),
            segment: "..",
        },
        Some(Violation::EmptySegment) => FlowPathError::EmptySegment {
            path: path.to_owned(),
        },
        Some(Violation::Control(offset)) => FlowPathError::Control {
            character: crate::text::character_at(path, offset),
        },
    })
}

text_type!(
    /// A folder, relative to the workspace root and to the store's root, with `/` between its segments.
    FlowPath, FlowPathError, check);

impl FlowPath {
    /// Takes a literal or a constant in a `const` context.
    ///
    /// # Panics
    /// If the path breaks the rule; in a `const` that is a compile error at the caller's place.
    #[track_caller]
    #[must_use]
    pub const fn from_static(value: &'static str) -> Self {
        if let Some(violation) = violation(value) {
            crate::message::refuse(violation.message(), value);
        }
        Self(Cow::Borrowed(value))
    }
}

//! Slugs of schedules.

use crate::Explain;
use crate::text::{character_at, position_of, text_type, visible};
use std::borrow::Cow;

/// Why a slug is refused. Prefect has no rule for the slugs of schedules; ours is that of its other slugs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlugError {
    /// The slug has no characters.
    #[error("the slug is empty")]
    Empty,
    /// A character outside `[a-z0-9-]`.
    #[error("the slug `{}` has the character `{}` at position {position}", slug.escape_debug(), visible(*.character))]
    Character {
        /// The whole slug.
        slug: String,
        /// The character that is not allowed.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
    /// A hyphen at the start or the end.
    #[error("the slug `{slug}` starts or ends with `-`")]
    OuterHyphen {
        /// The whole slug.
        slug: String,
    },
}

impl Explain for SlugError {
    fn help(&self) -> Option<String> {
        let slug = match self {
            Self::Empty => {
                return Some(
                    "write a slug of lower-case letters, digits and hyphens, such as `main`".into(),
                );
            }
            Self::Character { slug, .. } | Self::OuterHyphen { slug } => slug,
        };
        let words: Vec<String> = slug
            .to_lowercase()
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        Some(if words.is_empty() {
            "write a slug of lower-case letters, digits and hyphens, such as `main`".to_owned()
        } else {
            format!("write `{}`", words.join("-"))
        })
    }
}

#[derive(Clone, Copy)]
enum Violation {
    Empty,
    Character(usize),
    OuterHyphen,
}

impl Violation {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this slug is empty",
            Self::Character(_) => "this slug has a character other than `a-z`, `0-9` and `-`",
            Self::OuterHyphen => "this slug starts or ends with `-`",
        }
    }
}

const fn violation(slug: &str) -> Option<Violation> {
    let bytes = slug.as_bytes();
    if bytes.is_empty() {
        return Some(Violation::Empty);
    }
    let mut index = 0;
    while index < bytes.len() {
        if !matches!(bytes[index], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return Some(Violation::Character(index));
        }
        index += 1;
    }
    if bytes[0] == b'-' || bytes[bytes.len() - 1] == b'-' {
        return Some(Violation::OuterHyphen);
    }
    None
}

fn check(slug: &str) -> Result<(), SlugError> {
    Err(match violation(slug) {
        None => return Ok(()),
        Some(Violation::Empty) => SlugError::Empty,
        Some(Violation::Character(offset)) => SlugError::Character {
            slug: slug.to_owned(),
            character: character_at(slug, offset),
            position: position_of(slug, offset),
        },
        Some(Violation::OuterHyphen) => SlugError::OuterHyphen {
            slug: slug.to_owned(),
        },
    })
}

text_type!(
    /// The name of a schedule within its deployment: `[a-z0-9-]`, first and last a letter or a digit.
    Slug, SlugError, check);

impl Slug {
    /// Takes a literal or a constant in a `const` context.
    ///
    /// # Panics
    /// If the slug breaks the rule; in a `const` that is a compile error at the caller's place.
    #[track_caller]
    #[must_use]
    pub const fn from_static(value: &'static str) -> Self {
        if let Some(violation) = violation(value) {
            crate::message::refuse(violation.message(), value);
        }
        Self(Cow::Borrowed(value))
    }
}

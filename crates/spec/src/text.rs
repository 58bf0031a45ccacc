//! The shape that all textual rules share: a newtype over `Cow<'static, str>`.

use crate::Explain;

/// Defines a text type whose only ways in are `FromStr`, `Deserialize` and what the calling module adds.
///
/// `$check` is `fn(&str) -> Result<(), $error>`, the type's one rule.
macro_rules! text_type {
    ($(#[$documentation:meta])* $name:ident, $error:ty, $check:expr) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            /// Takes text that the attribute macro has parsed with `FromStr`; nothing is checked again, since every check in
            /// a `const` costs the compiler.
            #[doc(hidden)]
            #[must_use]
            pub const fn checked_by_macro(value: &'static str) -> Self {
                Self(std::borrow::Cow::Borrowed(value))
            }

            /// The text as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> Result<(), $error> = $check;
                check(text)?;
                Ok(Self(std::borrow::Cow::Owned(text.to_owned())))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text::deserialize_text(deserializer)
            }
        }
    };
}

pub(crate) use text_type;

/// Reads a string and judges it with `FromStr`; the remedy is part of the message, since serde has no other place for it.
pub(crate) fn deserialize_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: Explain,
{
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(|error: T::Err| match error.help() {
        Some(help) => serde::de::Error::custom(format_args!("{error} (help: {help})")),
        None => serde::de::Error::custom(error),
    })
}

/// The whole character that starts at a byte offset found by a byte-wise rule.
pub(crate) fn character_at(text: &str, offset: usize) -> char {
    text.get(offset..)
        .and_then(|rest| rest.chars().next())
        .unwrap_or('\u{fffd}')
}

/// The position of a byte offset as a person counts it: characters, from 1.
pub(crate) fn position_of(text: &str, offset: usize) -> usize {
    text.char_indices()
        .take_while(|(start, _)| *start < offset)
        .count()
        + 1
}

/// A fragment in backticks; nothing at all is said in words, since empty backticks look like a mistake of ours.
pub(crate) fn quoted(fragment: &str) -> String {
    if fragment.is_empty() {
        "the empty text".to_owned()
    } else {
        format!("`{}`", fragment.escape_debug())
    }
}

/// Shows a character so that a blank or a control character can be seen.
pub(crate) fn visible(character: char) -> String {
    if character.is_control() {
        character.escape_default().to_string()
    } else {
        character.to_string()
    }
}

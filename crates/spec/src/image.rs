//! References to container images, after the grammar of the OCI distribution project.

mod part;

use crate::Explain;
use crate::text::{character_at, position_of, quoted, text_type};
use std::borrow::Cow;

pub use part::{ImageRegistry, ImageTag};

/// Why an image reference is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
#[non_exhaustive]
pub struct ImageReferenceError {
    /// The rule that the reference breaks.
    pub problem: ImageProblem,
    /// The part of the reference that breaks it.
    pub fragment: String,
    /// The whole reference.
    pub reference: String,
}

/// The rules of an image reference, each about one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageProblem {
    /// There is no text.
    Empty,
    /// A blank, a control character or a character outside ASCII.
    Character,
    /// The reference starts with `https://` or the like.
    Scheme,
    /// A host label that does not consist of letters, digits and inner hyphens.
    Registry,
    /// A port that is not a number from 1 to 65535.
    Port,
    /// A path component has upper-case letters.
    UpperCase,
    /// A path component is empty.
    EmptyComponent,
    /// A path component that is not `[a-z0-9]` with single `.`, `_`, double `__` or hyphens between.
    Component,
    /// Registry and path are longer than 255 characters.
    TooLong,
    /// A tag that is not a letter, digit or `_` followed by up to 127 of `[A-Za-z0-9_.-]`.
    Tag,
    /// A digest that is not `sha256:` and 64 lower-case hexadecimal digits.
    Digest,
}

impl ImageProblem {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this image reference is empty",
            Self::Character => {
                "this image reference has a blank, a control character or a character outside ASCII"
            }
            Self::Scheme => "this image reference starts with a URL scheme; write it without one",
            Self::Registry => "the registry of this image reference is not a host name",
            Self::Port => {
                "the registry port of this image reference is not a number from 1 to 65535"
            }
            Self::UpperCase => "the path of this image reference has upper-case letters",
            Self::EmptyComponent => "the path of this image reference has an empty component",
            Self::Component => {
                "the path of this image reference has a component other than `a-z0-9` joined by `.`, `_`, `__` or `-`"
            }
            Self::TooLong => {
                "registry and path of this image reference are longer than 255 characters"
            }
            Self::Tag => {
                "the tag of this image reference is not 1 to 128 of `A-Za-z0-9_.-`, the first no `.` or `-`"
            }
            Self::Digest => {
                "the digest of this image reference is not `sha256:` and 64 hexadecimal digits"
            }
        }
    }
}

impl ImageReferenceError {
    fn text(&self) -> String {
        let fragment = self.fragment.escape_debug();
        match self.problem {
            ImageProblem::Empty => "the image reference is empty".to_owned(),
            ImageProblem::Character => {
                let offset = self.reference.find(&self.fragment).unwrap_or_default();
                let position = position_of(&self.reference, offset);
                format!("image: the character `{fragment}` at position {position} is not allowed")
            }
            ImageProblem::Scheme => {
                format!("image: `{fragment}` is a URL scheme, an image reference has none")
            }
            ImageProblem::Registry => format!("image registry: `{fragment}` is not a host name"),
            ImageProblem::Port => {
                format!("image registry: `{fragment}` is not a port from 1 to 65535")
            }
            ImageProblem::UpperCase => format!("image path: `{fragment}` has upper-case letters"),
            ImageProblem::EmptyComponent => {
                format!("image path: `{fragment}` has an empty component")
            }
            ImageProblem::Component => {
                format!("image path: `{fragment}` is not `a-z0-9` joined by `.`, `_`, `__` or `-`")
            }
            ImageProblem::TooLong => {
                format!(
                    "image: registry and path have {} characters, 255 are allowed",
                    self.fragment.len()
                )
            }
            ImageProblem::Tag if self.fragment.is_empty() => {
                "image tag: nothing follows the `:`".to_owned()
            }
            ImageProblem::Tag if self.fragment.len() > 128 => {
                format!(
                    "image tag: `{fragment}` has {} characters, 128 are allowed",
                    self.fragment.len()
                )
            }
            ImageProblem::Tag => {
                format!(
                    "image tag: `{fragment}` is not made of `A-Za-z0-9_.-`, the first no `.` or `-`"
                )
            }
            ImageProblem::Digest => {
                format!(
                    "image digest: {} is not `sha256:` and 64 lower-case hexadecimal digits",
                    quoted(&self.fragment)
                )
            }
        }
    }
}

impl Explain for ImageReferenceError {
    fn help(&self) -> Option<String> {
        Some(match self.problem {
            ImageProblem::Empty => {
                "write `registry/path:tag`, such as `ghcr.io/acme/flows:1.4.0`".to_owned()
            }
            ImageProblem::Character => {
                let trimmed = self.reference.trim();
                if trimmed.parse::<ImageReference>().is_ok() {
                    format!("write `{trimmed}`")
                } else {
                    "write ASCII letters and digits without blanks, such as `ghcr.io/acme/flows:1.4.0`".to_owned()
                }
            }
            ImageProblem::Scheme => {
                format!("write `{}`", self.reference.replacen(&self.fragment, "", 1))
            }
            ImageProblem::Registry => {
                "write a host name of letters, digits and inner hyphens, such as `ghcr.io`"
                    .to_owned()
            }
            ImageProblem::Port => {
                "write `host:port/path`, such as `localhost:5000/flows`".to_owned()
            }
            ImageProblem::UpperCase => {
                format!(
                    "write `{}`",
                    self.reference
                        .replacen(&self.fragment, &self.fragment.to_lowercase(), 1)
                )
            }
            ImageProblem::EmptyComponent => "remove the extra `/`".to_owned(),
            ImageProblem::Component => {
                "write lower-case letters and digits joined by `.`, `_`, `__` or `-`".to_owned()
            }
            ImageProblem::TooLong => "use a shorter repository path".to_owned(),
            ImageProblem::Tag => "write a tag such as `1.4.0` or `latest`".to_owned(),
            ImageProblem::Digest => {
                "copy the digest as `docker images --digests` prints it".to_owned()
            }
        })
    }
}

#[derive(Clone, Copy)]
struct Violation {
    problem: ImageProblem,
    start: usize,
    end: usize,
}

const fn broken(problem: ImageProblem, start: usize, end: usize) -> Option<Violation> {
    Some(Violation {
        problem,
        start,
        end,
    })
}

const fn violation(reference: &str) -> Option<Violation> {
    let bytes = reference.as_bytes();
    if bytes.is_empty() {
        return broken(ImageProblem::Empty, 0, 0);
    }
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_graphic() {
            return broken(ImageProblem::Character, index, index + 1);
        }
        if bytes[index] == b':'
            && index + 2 < bytes.len()
            && bytes[index + 1] == b'/'
            && bytes[index + 2] == b'/'
        {
            return broken(ImageProblem::Scheme, 0, index + 3);
        }
        index += 1;
    }
    let digest = find(bytes, b'@', 0, bytes.len());
    if digest < bytes.len()
        && let Some(violation) = digest_violation(bytes, digest + 1)
    {
        return Some(violation);
    }
    let last_slash = find_last(bytes, b'/', digest);
    let colon = find(
        bytes,
        b':',
        if last_slash < digest {
            last_slash + 1
        } else {
            0
        },
        digest,
    );
    if colon < digest
        && let Some(violation) = tag_violation(bytes, colon + 1, digest)
    {
        return Some(violation);
    }
    if colon > 255 {
        return broken(ImageProblem::TooLong, 0, colon);
    }
    name_violation(bytes, colon)
}

/// The first place of a byte in a range, or the range's end.
const fn find(bytes: &[u8], wanted: u8, start: usize, end: usize) -> usize {
    let mut index = start;
    while index < end && bytes[index] != wanted {
        index += 1;
    }
    index
}

/// The last place of a byte before an end, or that end.
const fn find_last(bytes: &[u8], wanted: u8, end: usize) -> usize {
    let mut index = end;
    while index > 0 {
        index -= 1;
        if bytes[index] == wanted {
            return index;
        }
    }
    end
}

const fn digest_violation(bytes: &[u8], start: usize) -> Option<Violation> {
    let algorithm = b"sha256:";
    let mut valid = bytes.len() == start + algorithm.len() + 64;
    let mut index = start;
    while valid && index < bytes.len() {
        let offset = index - start;
        valid = if offset < algorithm.len() {
            bytes[index] == algorithm[offset]
        } else {
            matches!(bytes[index], b'0'..=b'9' | b'a'..=b'f')
        };
        index += 1;
    }
    if valid {
        None
    } else {
        broken(ImageProblem::Digest, start, bytes.len())
    }
}

const fn tag_violation(bytes: &[u8], start: usize, end: usize) -> Option<Violation> {
    let mut valid = start < end && end - start <= 128 && !matches!(bytes[start], b'.' | b'-');
    let mut index = start;
    while valid && index < end {
        valid = bytes[index].is_ascii_alphanumeric() || matches!(bytes[index], b'_' | b'.' | b'-');
        index += 1;
    }
    if valid {
        None
    } else {
        broken(ImageProblem::Tag, start, end)
    }
}

const fn name_violation(bytes: &[u8], end: usize) -> Option<Violation> {
    let first_slash = find(bytes, b'/', 0, end);
    let mut start = 0;
    if first_slash < end && is_registry(bytes, first_slash) {
        if let Some(violation) = registry_violation(bytes, first_slash) {
            return Some(violation);
        }
        start = first_slash + 1;
    }
    loop {
        let stop = find(bytes, b'/', start, end);
        if start == stop {
            return broken(ImageProblem::EmptyComponent, 0, end);
        }
        if let Some(violation) = component_violation(bytes, start, stop) {
            return Some(violation);
        }
        if stop == end {
            return None;
        }
        start = stop + 1;
    }
}

/// The text before the first slash is a registry if it has a dot or a colon, or is `localhost`.
const fn is_registry(bytes: &[u8], end: usize) -> bool {
    if find(bytes, b'.', 0, end) < end || find(bytes, b':', 0, end) < end {
        return true;
    }
    let name = b"localhost";
    if end != name.len() {
        return false;
    }
    let mut index = 0;
    while index < end {
        if bytes[index] != name[index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn registry_violation(bytes: &[u8], end: usize) -> Option<Violation> {
    let colon = find(bytes, b':', 0, end);
    if colon < end && !is_port(bytes, colon + 1, end) {
        return broken(ImageProblem::Port, colon + 1, end);
    }
    let mut start = 0;
    loop {
        let stop = find(bytes, b'.', start, colon);
        let mut valid = start < stop && bytes[start] != b'-' && bytes[stop - 1] != b'-';
        let mut index = start;
        while valid && index < stop {
            valid = bytes[index].is_ascii_alphanumeric() || bytes[index] == b'-';
            index += 1;
        }
        if !valid {
            return broken(ImageProblem::Registry, 0, colon);
        }
        if stop == colon {
            return None;
        }
        start = stop + 1;
    }
}

const fn is_port(bytes: &[u8], start: usize, end: usize) -> bool {
    if start == end || end - start > 5 {
        return false;
    }
    let mut port: u32 = 0;
    let mut index = start;
    while index < end {
        if !bytes[index].is_ascii_digit() {
            return false;
        }
        port = port * 10 + (bytes[index] - b'0') as u32;
        index += 1;
    }
    port >= 1 && port <= 65535
}

const fn component_violation(bytes: &[u8], start: usize, end: usize) -> Option<Violation> {
    let mut index = start;
    while index < end {
        if bytes[index].is_ascii_uppercase() {
            return broken(ImageProblem::UpperCase, start, end);
        }
        index += 1;
    }
    let mut valid = is_lower(bytes[start]) && is_lower(bytes[end - 1]);
    let mut index = start;
    while valid && index < end {
        if is_lower(bytes[index]) {
            index += 1;
            continue;
        }
        let separator = index;
        while !is_lower(bytes[index]) && bytes[index] == bytes[separator] {
            index += 1;
        }
        let length = index - separator;
        valid = is_lower(bytes[index])
            && match bytes[separator] {
                b'.' => length == 1,
                b'_' => length <= 2,
                byte => byte == b'-',
            };
    }
    if valid {
        None
    } else {
        broken(ImageProblem::Component, start, end)
    }
}

const fn is_lower(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9')
}

fn check(reference: &str) -> Result<(), ImageReferenceError> {
    let Some(Violation {
        problem,
        start,
        end,
    }) = violation(reference)
    else {
        return Ok(());
    };
    let fragment = if problem == ImageProblem::Character {
        character_at(reference, start).to_string()
    } else {
        reference[start..end].to_owned()
    };
    Err(ImageReferenceError {
        problem,
        fragment,
        reference: reference.to_owned(),
    })
}

text_type!(
    /// A reference to a container image: `registry:port/path:tag@digest`, all but the path optional.
    ImageReference, ImageReferenceError, check);

impl ImageReference {
    /// Takes a literal or a constant in a `const` context.
    ///
    /// # Panics
    /// If the reference breaks the grammar; in a `const` that is a compile error at the caller's place.
    #[track_caller]
    #[must_use]
    pub const fn from_static(value: &'static str) -> Self {
        if let Some(violation) = violation(value) {
            crate::message::refuse(violation.problem.message(), value);
        }
        Self(Cow::Borrowed(value))
    }
}

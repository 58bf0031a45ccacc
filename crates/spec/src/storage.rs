//! Where artifacts are stored: a container of Azure Blob Storage or a local folder.

use crate::path;
use crate::text::{quoted, text_type};
use crate::{Explain, FlowPathError};
use std::borrow::Cow;

/// Why a storage URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageUrlError {
    /// There is no text.
    #[error("the storage is empty")]
    Empty,
    /// The URL starts with something other than `az://`.
    #[error("storage: `{scheme}` is not supported")]
    Scheme {
        /// The scheme with its colon and slashes as written.
        scheme: String,
    },
    /// The container name breaks Azure's rule.
    #[error("storage: {} is not a container name", quoted(container))]
    Container {
        /// The container's name as written.
        container: String,
    },
    /// The folder within the container breaks the rule of relative paths.
    #[error("storage: the folder within the container is not a relative path")]
    Prefix(#[source] FlowPathError),
    /// A local folder with a control character.
    #[error("storage: the folder has a control character")]
    Control,
}

impl Explain for StorageUrlError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "write `az://container/prefix` or the path of a local folder".to_owned(),
            Self::Scheme { scheme } if is_azure(scheme) => "write `az://container/prefix`".to_owned(),
            Self::Scheme { scheme } if scheme.starts_with("file:") => {
                "write the folder's path without the scheme".to_owned()
            }
            Self::Scheme { .. } => "write `az://container/prefix` or the path of a local folder".to_owned(),
            Self::Container { .. } => {
                "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen".to_owned()
            }
            Self::Prefix(_) => "write folders with `/` between them and none after, such as `az://flows/team/nightly`".to_owned(),
            Self::Control => "remove the control character".to_owned(),
        })
    }
}

fn is_azure(scheme: &str) -> bool {
    let name = scheme.split(':').next().unwrap_or(scheme);
    ["az", "abfs", "abfss", "azure", "wasb", "wasbs"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Where a [`StorageUrl`] points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageLocation<'a> {
    /// A container of Azure Blob Storage.
    Azure {
        /// The container's name.
        container: &'a str,
        /// The folder within the container, without outer slashes; empty for the container's root.
        prefix: &'a str,
    },
    /// A local folder, absolute or relative to the workspace root.
    Folder(&'a str),
}

#[derive(Clone, Copy)]
enum Violation {
    Empty,
    Scheme(usize),
    Container(usize),
    Prefix(usize),
    Control,
}

impl Violation {
    const fn message(self) -> &'static str {
        match self {
            Self::Empty => "this storage is empty",
            Self::Scheme(_) => {
                "this storage is neither `az://container/prefix` nor the path of a local folder"
            }
            Self::Container(_) => {
                "the container of this storage is not 3 to 63 lower-case letters, digits and single inner hyphens"
            }
            Self::Prefix(_) => {
                "the folder within this storage's container is not a relative path without `.` and `..`"
            }
            Self::Control => "the folder of this storage has a control character",
        }
    }
}

const AZURE: &str = "az://";

const fn violation(url: &str) -> Option<Violation> {
    let bytes = url.as_bytes();
    if bytes.is_empty() {
        return Some(Violation::Empty);
    }
    let scheme_end = scheme_end(bytes);
    if scheme_end == 0 {
        return folder_violation(bytes);
    }
    let azure = AZURE.as_bytes();
    let mut index = 0;
    while index < azure.len() {
        if index == bytes.len() || bytes[index] != azure[index] {
            return Some(Violation::Scheme(scheme_end));
        }
        index += 1;
    }
    let start = AZURE.len();
    let mut end = start;
    while end < bytes.len() && bytes[end] != b'/' {
        end += 1;
    }
    if !is_container(bytes, start, end) {
        return Some(Violation::Container(end));
    }
    if end + 1 < bytes.len() {
        let (_, prefix) = url.split_at(end + 1);
        if path::violation(prefix).is_some() {
            return Some(Violation::Prefix(end + 1));
        }
    }
    None
}

/// Where a scheme with its colon and up to two slashes ends, or 0 if there is none; one letter is a drive of Windows.
const fn scheme_end(bytes: &[u8]) -> usize {
    let mut index = 0;
    while index < bytes.len()
        && (bytes[index].is_ascii_alphanumeric() || matches!(bytes[index], b'+' | b'.' | b'-'))
    {
        index += 1;
    }
    if index < 2 || index == bytes.len() || bytes[index] != b':' || !bytes[0].is_ascii_alphabetic()
    {
        return 0;
    }
    let mut end = index + 1;
    while end < bytes.len() && end < index + 3 && bytes[end] == b'/' {
        end += 1;
    }
    end
}

const fn folder_violation(bytes: &[u8]) -> Option<Violation> {
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index].is_ascii_control() {
            return Some(Violation::Control);
        }
        index += 1;
    }
    None
}

const fn is_container(bytes: &[u8], start: usize, end: usize) -> bool {
    if end - start < 3 || end - start > 63 || bytes[start] == b'-' || bytes[end - 1] == b'-' {
        return false;
    }
    let mut index = start;
    while index < end {
        match bytes[index] {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' if bytes[index - 1] != b'-' => {}
            _ => return false,
        }
        index += 1;
    }
    true
}

fn check(url: &str) -> Result<(), StorageUrlError> {
    Err(match violation(url) {
        None => return Ok(()),
        Some(Violation::Empty) => StorageUrlError::Empty,
        Some(Violation::Scheme(end)) => StorageUrlError::Scheme {
            scheme: url[..end].to_owned(),
        },
        Some(Violation::Container(end)) => StorageUrlError::Container {
            container: url[AZURE.len()..end].to_owned(),
        },
        Some(Violation::Prefix(start)) => match path::check(&url[start..]) {
            Err(error) => StorageUrlError::Prefix(error),
            Ok(()) => return Ok(()),
        },
        Some(Violation::Control) => StorageUrlError::Control,
    })
}

text_type!(
    /// A place for artifacts: `az://container/prefix` or the path of a local folder.
    ///
    /// Container names follow Azure's rule: 3 to 63 lower-case letters, digits and single inner hyphens.
    StorageUrl, StorageUrlError, check);

impl StorageUrl {
    /// Takes a literal or a constant in a `const` context.
    ///
    /// # Panics
    /// If the URL breaks the rule; in a `const` that is a compile error at the caller's place.
    #[track_caller]
    #[must_use]
    pub const fn from_static(value: &'static str) -> Self {
        if let Some(violation) = violation(value) {
            crate::message::refuse(violation.message(), value);
        }
        Self(Cow::Borrowed(value))
    }

    /// The container and folder, or the local folder, that this URL names.
    #[must_use]
    pub fn location(&self) -> StorageLocation<'_> {
        match self.as_str().strip_prefix(AZURE) {
            None => StorageLocation::Folder(self.as_str()),
            Some(rest) => {
                let (container, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                StorageLocation::Azure { container, prefix }
            }
        }
    }
}

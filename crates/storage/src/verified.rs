//! A binary whose content was verified, held open until it is executed.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::local::open_regular;
use crate::{Digest, Executable};

/// Permission of group and others to write.
#[cfg(unix)]
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A file of this user with a known SHA-256.
///
/// It is executed by its descriptor: between the hash and the start somebody could put another file under its name.
#[derive(Debug)]
pub struct VerifiedBinary {
    file: File,
    path: PathBuf,
}

/// Why a file is not executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// The file cannot be opened or read, or is not a regular file.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another user could change the file after it was verified.
    #[error("`{}` {reason}", path.display())]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with its owner or mode.
        reason: &'static str,
    },
    /// The content is not what was asked for.
    #[error("`{}` has the SHA-256 {found}, not {expected}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The SHA-256 that was asked for.
        expected: Digest,
        /// The SHA-256 of the content.
        found: Digest,
    },
}

impl VerifiedBinary {
    /// Opens a regular file and verifies its owner, its mode and its content.
    ///
    /// # Errors
    /// It cannot be read, could be changed by another user, or has another SHA-256.
    pub fn open(path: &Path, expected: Digest) -> Result<Self, VerificationError> {
        let file = open_regular(path).map_err(|source| VerificationError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::verify(file, path, expected)
    }

    /// Verifies owner, mode and content of a file that is open; `path` is its name.
    ///
    /// # Errors
    /// It cannot be read, could be changed by another user, or has another SHA-256.
    pub fn verify(
        mut file: File,
        path: &Path,
        expected: Digest,
    ) -> Result<Self, VerificationError> {
        let read = |source| VerificationError::Read {
            path: path.to_owned(),
            source,
        };
        let found = Digest::of_open_file(&mut file).map_err(read)?;
        if found != expected {
            return Err(VerificationError::Changed {
                path: path.to_owned(),
                expected,
                found,
            });
        }
        Self::known(file, path)
    }

    /// Takes an open file whose content is known from before; only its owner and mode are checked.
    ///
    /// # Errors
    /// It cannot be read, or could be changed by another user.
    pub fn known(file: File, path: &Path) -> Result<Self, VerificationError> {
        let found = file.metadata().map_err(|source| VerificationError::Read {
            path: path.to_owned(),
            source,
        })?;
        check_private(&found, path)?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Its name when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the header says of it; `None` for anything but a little-endian ELF-64 file.
    #[must_use]
    pub fn executable(&mut self) -> Option<Executable> {
        self.file.rewind().ok()?;
        Executable::read_open(&mut self.file)
    }

    /// A command that starts this very file, and shows its name as the first argument.
    ///
    /// The file has to live until the command has started.
    #[must_use]
    pub fn command(&mut self) -> Command {
        let mut command = Command::new(self.name_for_execution());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            command.arg0(&self.path);
        }
        command
    }

    #[cfg(target_os = "linux")]
    fn name_for_execution(&mut self) -> PathBuf {
        use std::os::fd::AsRawFd as _;
        if self.executable().is_none() {
            // The interpreter of a script opens it by this name after the start.
            let _ = rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::empty());
        }
        format!("/proc/self/fd/{}", self.file.as_raw_fd()).into()
    }

    #[cfg(not(target_os = "linux"))]
    fn name_for_execution(&mut self) -> PathBuf {
        self.path.clone()
    }
}

/// Refuses a folder in which others could exchange files.
///
/// # Errors
/// It cannot be read, belongs to another user, or can be written by its group or by others.
pub fn check_private_folder(path: &Path) -> Result<(), VerificationError> {
    let found = std::fs::metadata(path).map_err(|source| VerificationError::Read {
        path: path.to_owned(),
        source,
    })?;
    check_private(&found, path)
}

#[cfg(unix)]
fn check_private(found: &std::fs::Metadata, path: &Path) -> Result<(), VerificationError> {
    use std::os::unix::fs::MetadataExt as _;
    let reason = if found.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user"
    } else if found.mode() & WRITABLE_BY_OTHERS != 0 {
        "can be written by its group or by others"
    } else {
        return Ok(());
    };
    Err(VerificationError::NotPrivate {
        path: path.to_owned(),
        reason,
    })
}

#[cfg(not(unix))]
fn check_private(_: &std::fs::Metadata, _: &Path) -> Result<(), VerificationError> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn program(folder: &Path, text: &str) -> (PathBuf, Digest) {
        let path = folder.join("program");
        fs::write(&path, format!("#!/bin/sh\necho {text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let digest = Digest::of_file(&path).unwrap();
        (path, digest)
    }

    #[test]
    fn the_file_that_was_verified_is_executed_when_another_takes_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, digest) = program(folder.path(), "verified");
        let mut binary = VerifiedBinary::open(&path, digest).unwrap();
        fs::remove_file(&path).unwrap();
        program(folder.path(), "exchanged");
        let output = binary.command().output().unwrap();
        assert_eq!(output.stdout, b"verified\n");
        let error = VerifiedBinary::open(&path, digest).unwrap_err();
        assert!(
            matches!(error, VerificationError::Changed { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_others_can_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, digest) = program(folder.path(), "verified");
        for mode in [0o775, 0o757] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = VerifiedBinary::open(&path, digest).unwrap_err();
            assert!(
                error
                    .to_string()
                    .ends_with("can be written by its group or by others"),
                "{error}"
            );
        }
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(
            VerifiedBinary::open(&link, digest),
            Err(VerificationError::Read { .. })
        ));
    }
}

//! The programs of the flow packages: built, described, compared with this program.

pub(crate) mod cargo;
pub(crate) mod commit;
pub(crate) mod describe;
mod environment;
mod flags;
mod output;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use longshore_spec::Explain;
use longshore_storage::{Digest, Executable};
use serde_json::Value;

use crate::LinkedPackage;

/// Metadata of a stored program, each with the key of the manifest that has its value.
const METADATA: [(&str, &str); 5] = [
    ("git_commit", COMMIT),
    ("package_version", "package_version"),
    ("target_triple", "target"),
    ("build_profile", "profile"),
    ("libc", "libc"),
];

/// Key of the manifest for the commit that a program was built from.
pub(crate) const COMMIT: &str = "git_commit";

/// A flow package's program that is ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    /// The executable.
    pub(crate) program: PathBuf,
    /// Name under which it is stored.
    pub(crate) binary: String,
    pub(crate) digest: Digest,
    /// Size in bytes.
    pub(crate) length: u64,
    /// What it is made for; `None` if it is no Linux program.
    pub(crate) executable: Option<Executable>,
    /// What the program says of itself, with triple, profile and package version. It tells of all deployments of the
    /// package, and each of them has a copy of this value.
    pub(crate) manifest: Arc<Value>,
}

/// An executable could not be taken as an artifact.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the program of `{package}` at `{}`", path.display())]
pub(crate) struct ReadProgramError {
    package: String,
    path: PathBuf,
    source: std::io::Error,
}

impl ReadProgramError {
    pub(crate) fn new(package: &LinkedPackage, path: PathBuf, source: std::io::Error) -> Self {
        Self {
            package: package.name.to_owned(),
            path,
            source,
        }
    }
}

impl Explain for ReadProgramError {
    fn help(&self) -> Option<String> {
        let file = self.path.file_name()?.to_string_lossy().into_owned();
        Some(format!(
            "the folder of `--artifacts` must hold a program `{file}`"
        ))
    }
}

impl Artifact {
    /// Reads an executable; `manifest` is what it said of itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn read(
        package: &LinkedPackage,
        program: PathBuf,
        mut manifest: Value,
    ) -> Result<Self, ReadProgramError> {
        let read = Digest::of_file(&program)
            .and_then(|digest| Ok((digest, fs::metadata(&program)?.len())));
        let (digest, length) = match read {
            Ok(read) => read,
            Err(source) => return Err(ReadProgramError::new(package, program, source)),
        };
        let executable = Executable::read(&program);
        if let Some(executable) = &executable {
            manifest["loader"] = executable.interpreter.as_deref().into();
            manifest["libc"] = executable.libc().into();
        }
        Ok(Self {
            executable,
            program,
            binary: package.binary.to_owned(),
            digest,
            length,
            manifest: Arc::new(manifest),
        })
    }

    /// What somebody who looks at a container wants to know, by the names that Azure allows.
    pub(crate) fn metadata(&self) -> Vec<(&'static str, &str)> {
        METADATA
            .iter()
            .filter_map(|(name, key)| Some((*name, self.manifest[key].as_str()?)))
            .collect()
    }
}

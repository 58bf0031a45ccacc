//! Writes all files or none.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use longshore_spec::Explain;

/// A file could not be written; those before it are gone again.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot make the folder `{}`; nothing was written", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`; nothing was written", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl Explain for WriteError {
    fn help(&self) -> Option<String> {
        None
    }
}

/// Files that are being written; what was made is removed again unless all of them were.
#[derive(Debug)]
pub(super) struct Writing {
    root: PathBuf,
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Writing {
    pub(super) fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: Vec::new(),
            folders: Vec::new(),
        }
    }

    /// Writes a new file, and makes the folders that it lacks.
    ///
    /// # Errors
    /// The file exists, or cannot be written.
    pub(super) fn file(&mut self, path: &str, text: &str) -> Result<(), WriteError> {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        let unwritable = |source| WriteError::File {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(unwritable)?;
        self.files.push(path.clone());
        file.write_all(text.as_bytes()).map_err(unwritable)
    }

    fn folder(&mut self, folder: &Path) -> Result<(), WriteError> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.folder(parent)?;
        }
        fs::create_dir(folder).map_err(|source| WriteError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    /// Puts another text into a file that exists, in one step; the last of all, since it is not undone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn replace(&mut self, name: &str, text: &str) -> Result<(), WriteError> {
        let path = self.root.join(name);
        let unwritable = |source| WriteError::File {
            path: path.clone(),
            source,
        };
        // A link stays one.
        let path_of_text = fs::canonicalize(&path).map_err(unwritable)?;
        let permissions = fs::metadata(&path_of_text)
            .map_err(unwritable)?
            .permissions();
        let beside = path_of_text.with_extension(format!("new-{}", std::process::id()));
        self.file(&beside.to_string_lossy(), text)?;
        fs::set_permissions(&beside, permissions).map_err(unwritable)?;
        fs::rename(&beside, &path_of_text).map_err(unwritable)
    }

    /// Leaves everything where it is.
    pub(super) fn finish(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // What cannot be removed stays; the error that led here is the one to tell.
        for file in self.files.drain(..) {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.drain(..).rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

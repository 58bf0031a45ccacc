//! Folders and files that only their owner can read: the database has the values of secret blocks in clear.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Keeps the folder out of a repository, whatever the repository's own file says.
const GITIGNORE: &str = ".gitignore";

/// Creates a folder that only its owner can use, or makes an existing one and the files in it so.
///
/// # Errors
/// The folder cannot be created, or belongs to another user.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    tighten(folder, 0o700)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link leads to a file that is not ours.
        if entry.file_type()?.is_file() {
            tighten(&entry.path(), 0o600)?;
        }
    }
    match private_options()
        .create_new(true)
        .open(folder.join(GITIGNORE))
    {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for reading and writing, or creates it, so that only its owner can read it.
///
/// # Errors
/// The file cannot be opened, or belongs to another user.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = private_options();
    let file = options.read(true).create(true).truncate(false).open(path)?;
    tighten(path, 0o600)?;
    Ok(file)
}

fn private_options() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Takes away what group and others may do.
#[cfg(unix)]
fn tighten(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = fs::metadata(path)?.permissions();
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn tighten(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn an_existing_folder_and_its_files_become_private() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("state");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let (file, other) = (folder.join("prefect.redb"), outside.path().join("other"));
        for path in [&file, &other] {
            fs::write(path, "").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        std::os::unix::fs::symlink(&other, folder.join("link")).unwrap();
        for _ in 0..2 {
            private_folder(&folder).unwrap();
            assert_eq!(
                (mode(&folder), mode(&file), mode(&other)),
                (0o700, 0o600, 0o644)
            );
        }
        let ignored = fs::read_to_string(folder.join(GITIGNORE)).unwrap();
        assert_eq!(ignored, "*\n");
    }

    #[test]
    fn a_new_folder_and_its_database_are_private() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("state");
        drop(crate::Embedded::open(&folder).unwrap());
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

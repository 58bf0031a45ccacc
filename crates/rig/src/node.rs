//! Packages of npm, installed below `target/rig/` from the lock files of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run;
use crate::environment::folder;
use crate::error::RigError;

/// How Node.js itself is installed.
pub(crate) const NODE: &str = "install Node.js with npm, on Debian: apt-get install nodejs npm";

/// Of every package here; without the scripts of the packages that it brings.
const LOCKED: [&str; 2] = ["package.json", "package-lock.json"];

const CLEAN_INSTALL: [&str; 5] = [
    "ci",
    "--silent",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
];

/// Copies `xtask/rig/<name>`, its lock file and `programs`, to `target/rig/<name>`, installs what is locked there, and
/// returns that folder.
///
/// An installation whose files have not changed since is left alone; one that was interrupted is made anew.
///
/// # Errors
/// A file cannot be copied, or npm is missing or fails.
pub(crate) fn install_packages(
    name: &str,
    programs: &[&str],
    root: &Path,
) -> Result<PathBuf, RigError> {
    let (from, to) = (root.join("xtask/rig").join(name), folder(root).join(name));
    install(&from, programs, &to, |folder| {
        let mut npm = Command::new("npm");
        run(npm.args(CLEAN_INSTALL).current_dir(folder), NODE)
    })?;
    Ok(to)
}

fn install(
    from: &Path,
    programs: &[&str],
    to: &Path,
    install_locked: impl FnOnce(&Path) -> Result<(), RigError>,
) -> Result<(), RigError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| RigError::File { path, source }
    };
    let mut wanted = String::new();
    let names: Vec<&str> = [&LOCKED, programs].concat();
    for name in &names {
        let path = from.join(name);
        wanted += &fs::read_to_string(&path).map_err(file(&path))?;
    }
    let installed = to.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    fs::create_dir_all(to).map_err(file(to))?;
    // Truncated first and written last: what is interrupted in between is done anew, whatever was there before.
    fs::write(&installed, "").map_err(file(&installed))?;
    for name in names {
        let path = from.join(name);
        fs::copy(&path, to.join(name)).map_err(file(&path))?;
    }
    install_locked(to)?;
    fs::write(&installed, wanted).map_err(file(&installed))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn an_installation_is_made_anew_if_it_broke_or_its_files_have_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(&from).unwrap();
        for name in ["package.json", "package-lock.json", "form.mjs"] {
            fs::write(from.join(name), name).unwrap();
        }
        let calls = Cell::new(0);
        let install = |works: bool| {
            install(&from, &["form.mjs"], &to, |folder| {
                calls.set(calls.get() + 1);
                assert!(folder.join("form.mjs").is_file());
                if works {
                    Ok(())
                } else {
                    Err(RigError::Required(Vec::new()))
                }
            })
        };
        assert!(install(false).is_err());
        assert!(install(true).is_ok());
        assert!(install(true).is_ok());
        assert_eq!(calls.get(), 2, "a whole one is left alone");

        fs::write(from.join("package-lock.json"), "newer").unwrap();
        assert!(install(false).is_err());
        fs::write(from.join("package-lock.json"), "package-lock.json").unwrap();
        assert!(install(true).is_ok());
        assert_eq!(calls.get(), 4, "what is there may be half of the newer one");
    }
}

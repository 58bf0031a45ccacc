//! Real Prefect servers for the tests: one Python environment per version, under `target/rig/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Error, root, run};

const PYTHON: &str = "install Python 3.11, on Debian: apt-get install python3 python3-venv";

/// The Python programs of the installed Prefect versions.
pub(crate) struct Rig {
    pub(crate) prefect_3: PathBuf,
    pub(crate) prefect_2: PathBuf,
}

/// Installs what is missing; an environment whose lock file has not changed is left alone.
pub(crate) fn install() -> Result<Rig, Error> {
    Ok(Rig {
        prefect_3: environment("prefect-3.8.8")?,
        prefect_2: environment("prefect-2.20.26")?,
    })
}

#[expect(clippy::print_stderr, reason = "progress")]
fn environment(name: &str) -> Result<PathBuf, Error> {
    let lock_file = root().join("xtask/rig").join(format!("{name}.txt"));
    let folder = root().join("target/rig").join(name);
    let python = folder.join("bin/python");
    let installed = folder.join("installed.txt");
    let locked = read(&lock_file)?;
    if fs::read_to_string(&installed).is_ok_and(|text| text == locked) {
        return Ok(python);
    }
    eprintln!("installing {name} under target/rig/");
    run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
        PYTHON,
    )?;
    run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--requirement",
            ])
            .arg(&lock_file),
        PYTHON,
    )?;
    // Written last: an installation that was interrupted is made anew.
    fs::write(&installed, locked).map_err(|source| Error::File {
        path: installed,
        source,
    })?;
    Ok(python)
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

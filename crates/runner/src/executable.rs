//! Whether a program can run here: the system's own message for a foreign program is "Exec format error", and for a
//! missing interpreter "No such file or directory".

use std::path::Path;

use longshore_storage::Executable;

use crate::error::RunError;

/// Checks a program's architecture and interpreter; scripts and what is not understood are left to the system.
pub(crate) fn check(executable: Option<Executable>) -> Result<(), RunError> {
    check_architecture(executable.as_ref())?;
    match executable.and_then(|executable| executable.interpreter) {
        Some(interpreter) if !Path::new(&interpreter).exists() => {
            Err(RunError::Interpreter { interpreter })
        }
        _ => Ok(()),
    }
}

/// Checks a program's architecture alone, for a program that another container executes.
pub(crate) fn check_architecture(executable: Option<&Executable>) -> Result<(), RunError> {
    let Some(executable) = executable else {
        return Ok(());
    };
    if !cfg!(target_os = "linux") {
        return Err(RunError::Architecture {
            found: "Linux".to_owned(),
            wanted: std::env::consts::OS,
        });
    }
    if executable.architecture != std::env::consts::ARCH {
        return Err(RunError::Architecture {
            found: executable.architecture.clone(),
            wanted: std::env::consts::ARCH,
        });
    }
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;

    use super::*;

    fn changed(change: impl Fn(&mut Vec<u8>)) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let mut bytes = fs::read("/bin/sh").unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        check(Executable::read(&path)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_program_of_this_machine_passes_and_so_does_a_script() {
        assert_eq!(changed(|_| {}), Ok(()));
        assert_eq!(changed(|bytes| *bytes = b"#!/bin/sh\n".to_vec()), Ok(()));
        assert_eq!(changed(Vec::clear), Ok(()));
        assert_eq!(changed(|bytes| bytes.truncate(70)), Ok(()));
    }

    #[test]
    fn another_architecture_is_named() {
        let sparc = changed(|bytes| bytes[18..20].copy_from_slice(&[43, 0]));
        let expected = format!(
            "the artifact is for an architecture with ELF number 43, and this machine is {}",
            std::env::consts::ARCH
        );
        assert_eq!(sparc, Err(expected));
    }

    #[test]
    fn a_missing_interpreter_is_named() {
        let missing = changed(|bytes| {
            let name = b"ld-linux";
            let found = bytes.windows(name.len()).position(|window| window == name);
            let at = found.expect("sh is linked dynamically");
            bytes[at..at + name.len()].copy_from_slice(b"ld-absen");
        });
        let error = missing.unwrap_err();
        assert!(
            error.contains("ld-absen") && error.contains("this image does not have"),
            "{error}"
        );
    }
}

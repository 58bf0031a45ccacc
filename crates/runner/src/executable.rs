//! Whether a program can run here, seen in its header (ELF-64 object file format, 1998): the system's own message for a
//! foreign program is "Exec format error", and for a missing interpreter "No such file or directory".

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::error::RunError;

const MAGIC: &[u8] = b"\x7fELF";

/// `e_machine`, `e_phoff`, `e_phentsize` and `e_phnum` of a header of 64 bytes.
const MACHINE: usize = 18;
const TABLE: usize = 32;
const ENTRY_SIZE: usize = 54;
const ENTRIES: usize = 56;

/// `p_type` of the entry that names the interpreter, and its `p_offset` and `p_filesz`.
const INTERPRETER: u32 = 3;
const OFFSET: usize = 8;
const LENGTH: usize = 32;

/// Longer names than this are no paths.
const LONGEST_PATH: u64 = 4096;

/// Checks a program's architecture and interpreter; scripts and what is not understood are left to the system.
pub(crate) fn check(program: &Path) -> Result<(), RunError> {
    let Some(header) = Header::read(program) else {
        return Ok(());
    };
    if !cfg!(target_os = "linux") {
        return Err(RunError::Architecture {
            found: "Linux".to_owned(),
            wanted: std::env::consts::OS,
        });
    }
    let found = architecture(header.machine);
    if found != std::env::consts::ARCH {
        return Err(RunError::Architecture {
            found,
            wanted: std::env::consts::ARCH,
        });
    }
    match header.interpreter {
        Some(interpreter) if !Path::new(&interpreter).exists() => {
            Err(RunError::Interpreter { interpreter })
        }
        _ => Ok(()),
    }
}

/// The name by which Rust calls an `e_machine`.
fn architecture(machine: u16) -> String {
    match machine {
        62 => "x86_64".to_owned(),
        183 => "aarch64".to_owned(),
        243 => "riscv64".to_owned(),
        other => format!("an architecture with ELF number {other}"),
    }
}

struct Header {
    machine: u16,
    interpreter: Option<String>,
}

impl Header {
    /// `None` for anything but a little-endian ELF-64 file.
    fn read(program: &Path) -> Option<Self> {
        let mut file = File::open(program).ok()?;
        let mut header = [0; 64];
        file.read_exact(&mut header).ok()?;
        if !header.starts_with(MAGIC) || header[4..6] != [2, 1] {
            return None;
        }
        Some(Self {
            machine: u16_at(&header, MACHINE)?,
            interpreter: interpreter(&mut file, &header),
        })
    }
}

fn interpreter(file: &mut File, header: &[u8]) -> Option<String> {
    let (table, size) = (u64_at(header, TABLE)?, u16_at(header, ENTRY_SIZE)?);
    for number in 0..u16_at(header, ENTRIES)? {
        let offset = table.checked_add(u64::from(number) * u64::from(size))?;
        let mut entry = vec![0; size.into()];
        file.seek(SeekFrom::Start(offset)).ok()?;
        file.read_exact(&mut entry).ok()?;
        if u32_at(&entry, 0)? != INTERPRETER {
            continue;
        }
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(u64_at(&entry, OFFSET)?)).ok()?;
        let length = u64_at(&entry, LENGTH)?.min(LONGEST_PATH);
        file.take(length).read_to_end(&mut text).ok()?;
        let text = String::from_utf8(text).ok()?;
        return Some(text.trim_end_matches('\0').to_owned());
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
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
        check(&path).map_err(|error| error.to_string())
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
        let sparc = changed(|bytes| bytes[MACHINE..MACHINE + 2].copy_from_slice(&[43, 0]));
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

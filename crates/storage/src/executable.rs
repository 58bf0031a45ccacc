//! What a program is made for, seen in its header (ELF-64 object file format, 1998).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

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

/// What a Linux program is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Rust's name of the architecture, such as `x86_64`.
    pub architecture: String,
    /// The loader that it needs, such as `/lib64/ld-linux-x86-64.so.2`; `None` if it is linked statically.
    pub interpreter: Option<String>,
}

impl Executable {
    /// Reads a program's header; `None` for anything but a little-endian ELF-64 file.
    #[must_use]
    pub fn read(program: &Path) -> Option<Self> {
        Self::read_open(&mut File::open(program).ok()?)
    }

    /// As [`Executable::read`], of an open file at its start.
    pub(crate) fn read_open(file: &mut File) -> Option<Self> {
        let mut header = [0; 64];
        file.read_exact(&mut header).ok()?;
        if !header.starts_with(MAGIC) || header[4..6] != [2, 1] {
            return None;
        }
        Some(Self {
            architecture: architecture(u16_at(&header, MACHINE)?),
            interpreter: interpreter(file, &header),
        })
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

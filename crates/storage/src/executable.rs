//! Requirements of a program, read from its ELF headers.

use std::fmt;
use std::fs::File;
use std::path::Path;

use object::Endianness;
use object::elf::{EM_AARCH64, EM_RISCV, EM_X86_64, FileHeader64, Machine};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::read::{ReadCache, ReadRef};

/// Prefix of the versions of the GNU C library that a program requires, such as `GLIBC_2.34`.
const VERSION_OF_GLIBC: &[u8] = b"GLIBC_";

/// Requirements of a Linux program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// Rust's name of the architecture, such as `x86_64`.
    pub architecture: String,
    /// Required loader, such as `/lib64/ld-linux-x86-64.so.2`; `None` if it is linked statically.
    pub interpreter: Option<String>,
    /// Oldest supported GNU C library, if it is linked to one dynamically.
    pub glibc: Option<GlibcVersion>,
}

/// Version of the GNU C library, such as 2.34.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion {
    /// 2 since 1997.
    pub major: u16,
    /// Grows by one every half year.
    pub minor: u16,
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl Executable {
    /// Reads a program's header; `None` for anything but a little-endian ELF-64 file.
    #[must_use]
    pub fn read(program: &Path) -> Option<Self> {
        Self::read_open(&mut File::open(program).ok()?)
    }

    /// As [`Executable::read`], of an open file.
    pub(crate) fn read_open(file: &mut File) -> Option<Self> {
        let data = &ReadCache::new(file);
        let header = FileHeader64::<Endianness>::parse(data).ok()?;
        let endian = header.endian().ok()?;
        if endian != Endianness::Little {
            return None;
        }
        let interpreter = interpreter(header, endian, data);
        Some(Self {
            architecture: architecture(header.e_machine(endian)),
            glibc: interpreter
                .is_some()
                .then(|| newest_glibc(header, endian, data))
                .flatten(),
            interpreter,
        })
    }

    /// Returns whether it needs musl as a shared library.
    #[must_use]
    pub fn needs_musl(&self) -> bool {
        let interpreter = self.interpreter.as_deref();
        interpreter.is_some_and(|interpreter| interpreter.contains("musl"))
    }

    /// Returns the required C library: `glibc 2.34 or newer`, `musl`, `a C library` or `no C library`.
    #[must_use]
    pub fn libc(&self) -> String {
        match (&self.interpreter, self.glibc) {
            (None, _) => "no C library".to_owned(),
            (Some(_), _) if self.needs_musl() => "musl".to_owned(),
            (Some(_), Some(version)) => format!("glibc {version} or newer"),
            (Some(_), None) => "a C library".to_owned(),
        }
    }
}

/// The name by which Rust calls an `e_machine`.
fn architecture(machine: Machine) -> String {
    match machine {
        EM_X86_64 => "x86_64".to_owned(),
        EM_AARCH64 => "aarch64".to_owned(),
        EM_RISCV => "riscv64".to_owned(),
        Machine(other) => format!("an architecture with ELF number {other}"),
    }
}

fn interpreter<'data, R: ReadRef<'data>>(
    header: &FileHeader64<Endianness>,
    endian: Endianness,
    data: R,
) -> Option<String> {
    let programs = header.program_headers(endian, data).ok()?;
    let mut names = programs
        .iter()
        .filter_map(|program| program.interpreter(endian, data).ok()?);
    String::from_utf8(names.next()?.to_vec()).ok()
}

/// Returns the newest required version; each version contains the older ones.
fn newest_glibc<'data, R: ReadRef<'data>>(
    header: &'data FileHeader64<Endianness>,
    endian: Endianness,
    data: R,
) -> Option<GlibcVersion> {
    let sections = header.sections(endian, data).ok()?;
    let (mut libraries, strings) = sections.gnu_verneed(endian, data).ok()??;
    let strings = sections.strings(endian, data, strings).ok()?;
    let mut newest = None;
    while let Ok(Some((_, mut versions))) = libraries.next() {
        while let Ok(Some(version)) = versions.next() {
            let name = version.name(endian, strings).ok();
            newest = newest.max(name.and_then(glibc_version));
        }
    }
    newest
}

/// Versions of fixes, such as `GLIBC_2.3.4`, count as 2.3; names without a number, such as `GLIBC_ABI_DT_RELR`, not at all.
fn glibc_version(name: &[u8]) -> Option<GlibcVersion> {
    let numbers = std::str::from_utf8(name.strip_prefix(VERSION_OF_GLIBC)?).ok()?;
    let mut numbers = numbers.split('.').map(str::parse);
    Some(GlibcVersion {
        major: numbers.next()?.ok()?,
        minor: numbers.next()?.ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_glibc_are_read_and_compared_as_numbers() {
        let version = |name: &str| glibc_version(name.as_bytes());
        let of = |major, minor| Some(GlibcVersion { major, minor });
        assert_eq!(version("GLIBC_2.34"), of(2, 34));
        assert_eq!(version("GLIBC_2.2.5"), of(2, 2));
        assert_eq!(version("GLIBC_ABI_DT_RELR"), None);
        assert_eq!(version("GCC_3.0"), None);
        assert!(of(2, 9) < of(2, 34));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_of_this_machine_tells_its_loader_and_library() {
        let shell = Executable::read(Path::new("/bin/sh")).unwrap();
        assert_eq!(shell.architecture, std::env::consts::ARCH);
        assert!(Path::new(&shell.interpreter.unwrap()).exists());
    }

    #[test]
    fn what_is_no_program_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script");
        for content in [&b"#!/bin/sh\n"[..], b"", b"\x7fELF"] {
            std::fs::write(&file, content).unwrap();
            assert_eq!(Executable::read(&file), None);
        }
    }
}

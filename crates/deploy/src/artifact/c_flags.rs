//! Flags of the C compiler that keep the folders of this machine out of an artifact.
//!
//! C sources in a crate, such as SQLite or the cryptography of rustls, are compiled by the crate's build script, which
//! the flags of rustc do not reach. Most build scripts use the crate `cc`, which adds `CFLAGS` and `CXXFLAGS` to its
//! own flags.

use std::ffi::OsString;
use std::path::PathBuf;

use super::environment::Environment;

const VARIABLES: [&str; 2] = ["CFLAGS", "CXXFLAGS"];

/// Adds a mapping of each folder to the flags of the C and C++ compilers; the user's own stay in front.
///
/// The variables are split at blanks, so nothing is added if a folder has one; and MSVC has no such flag.
pub(super) fn with_c_flags(
    mut environment: Environment,
    folders: &[(PathBuf, String)],
    host: &str,
) -> Environment {
    let mapped: Vec<String> = folders
        .iter()
        .map(|(folder, name)| format!("-ffile-prefix-map={}={name}", folder.display()))
        .collect();
    if host.contains("msvc") || mapped.iter().any(|flag| flag.contains(char::is_whitespace)) {
        return environment;
    }
    for variable in VARIABLES {
        let flags = environment.entry(variable.into()).or_default();
        for flag in &mapped {
            if !flags.is_empty() {
                flags.push(" ");
            }
            flags.push(OsString::from(flag));
        }
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(user: Option<&str>, folder: &str, host: &str) -> Option<String> {
        let user = user.map(|flags| ("CFLAGS".into(), flags.into()));
        let folders = [
            ("/w".into(), "/workspace".to_owned()),
            (folder.into(), "/cargo".to_owned()),
        ];
        let mut set = with_c_flags(user.into_iter().collect(), &folders, host);
        let flags = set.remove(OsString::from("CFLAGS").as_os_str())?;
        flags.into_string().ok()
    }

    #[test]
    fn folders_are_mapped_behind_the_flags_of_the_user() {
        let mapped = "-ffile-prefix-map=/w=/workspace -ffile-prefix-map=/home/cargo=/cargo";
        let host = "x86_64-unknown-linux-gnu";
        assert_eq!(flags(None, "/home/cargo", host).as_deref(), Some(mapped));
        assert_eq!(
            flags(Some("-O1"), "/home/cargo", host),
            Some(format!("-O1 {mapped}"))
        );
    }

    #[test]
    fn what_the_compiler_would_not_take_is_left_out() {
        assert_eq!(
            flags(None, "/home/my cargo", "x86_64-unknown-linux-gnu"),
            None
        );
        assert_eq!(flags(None, "/cargo", "x86_64-pc-windows-msvc"), None);
    }
}

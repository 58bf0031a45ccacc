//! Compiler flags that keep the folders of this machine out of an artifact.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::environment::Environment;

/// Separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const UNIT_SEPARATOR: &str = "\u{1f}";

/// Where the flags are written, so that those of the user stay in force.
///
/// Cargo takes flags from one source alone: `CARGO_ENCODED_RUSTFLAGS`, else `RUSTFLAGS`, else
/// `target.*.rustflags` of its configuration, else `build.rustflags`. Ours therefore go to the end
/// of the source that is in use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flags {
    /// In the environment.
    Encoded(OsString),
    /// As `--config`, which is joined with the arrays of the files.
    Config(String),
}

/// Folders that must not show in an artifact, and the names that stand for them.
pub(super) struct Remapped(Vec<(PathBuf, String)>);

impl Remapped {
    /// Longer folders come last, because the last matching prefix wins. The compiler may see a
    /// folder without the links on the way to it.
    pub(super) fn new(folders: &[(PathBuf, String)]) -> Self {
        let mut all = folders.to_vec();
        for (folder, name) in folders {
            match folder.canonicalize() {
                Ok(real) if real != *folder => all.push((real, name.clone())),
                _ => {}
            }
        }
        all.sort_by_key(|(folder, _)| folder.as_os_str().len());
        Self(all)
    }

    fn flags(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
            .collect()
    }

    /// The environment with flags for C and C++ code that build scripts compile with the `cc` crate.
    ///
    /// They are added to every variable that the crate may read, since it takes the most special
    /// one that is set. It splits them at blanks, so a folder with a blank cannot be replaced.
    pub(super) fn with_c_flags(&self, mut environment: Environment) -> Environment {
        let without_blanks = self
            .0
            .iter()
            .filter(|(folder, _)| !folder.display().to_string().contains(char::is_whitespace));
        let own: Vec<String> = without_blanks
            .map(|(folder, name)| format!("-ffile-prefix-map={}={name}", folder.display()))
            .collect();
        for name in ["CFLAGS", "CXXFLAGS"] {
            environment.entry(name.into()).or_default();
        }
        for (name, value) in &mut environment {
            let name = name.to_string_lossy();
            let name = name
                .trim_start_matches("TARGET_")
                .trim_start_matches("HOST_");
            if name.starts_with("CFLAGS") || name.starts_with("CXXFLAGS") {
                let user = value.to_string_lossy().into_owned();
                *value = format!("{user} {}", own.join(" ")).trim_start().into();
            }
        }
        environment
    }

    /// The flags and further ones, placed where the user's are.
    pub(super) fn placed(
        &self,
        further: &[&str],
        environment: &Environment,
        configuration: &[PathBuf],
    ) -> Flags {
        let variable = |name: &str| {
            let value = environment.get(OsString::from(name).as_os_str())?;
            Some(value.to_string_lossy().into_owned())
        };
        let further = further.iter().copied().map(str::to_owned);
        let own: Vec<String> = self.flags().into_iter().chain(further).collect();
        if let Some(encoded) = variable("CARGO_ENCODED_RUSTFLAGS") {
            let user = encoded.split(UNIT_SEPARATOR).map(str::to_owned);
            return encoded_flags(user.filter(|flag| !flag.is_empty()), own);
        }
        if let Some(plain) = variable("RUSTFLAGS") {
            return encoded_flags(plain.split_whitespace().map(str::to_owned), own);
        }
        let list: Vec<String> = own.iter().map(|flag| toml_text(flag)).collect();
        let key = if configuration.iter().any(|file| has_target_flags(file)) {
            "target.'cfg(all())'.rustflags"
        } else {
            "build.rustflags"
        };
        Flags::Config(format!("{key}=[{}]", list.join(",")))
    }
}

fn encoded_flags(user: impl Iterator<Item = String>, own: Vec<String>) -> Flags {
    let all: Vec<String> = user.chain(own).collect();
    Flags::Encoded(all.join(UNIT_SEPARATOR).into())
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a configuration file of cargo has flags for some target; cargo reports what is wrong
/// with the file.
fn has_target_flags(file: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    let Ok(table) = text.parse::<toml::Table>() else {
        return false;
    };
    let targets = table.get("target").and_then(toml::Value::as_table);
    targets
        .into_iter()
        .flatten()
        .any(|(_, target)| target.get("rustflags").is_some())
}

/// The configuration files that cargo reads for a workspace, whether they exist or not.
pub(super) fn configuration_files(root: &Path, cargo_home: &Path) -> Vec<PathBuf> {
    let below_ancestors = root.ancestors().map(|folder| folder.join(".cargo"));
    below_ancestors
        .chain([cargo_home.to_owned()])
        .flat_map(|folder| [folder.join("config.toml"), folder.join("config")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remapped() -> Remapped {
        Remapped::new(&[
            ("/w/target".into(), "/target".to_owned()),
            ("/w".into(), "/workspace".to_owned()),
        ])
    }

    const OWN: [&str; 2] = [
        "--remap-path-prefix=/w=/workspace",
        "--remap-path-prefix=/w/target=/target",
    ];

    fn environment(name: &str, value: &str) -> Environment {
        Environment::from([(name.into(), value.into())])
    }

    #[test]
    fn flags_of_the_environment_are_kept_in_front() {
        let encoded = |first: &[&str]| {
            let all: Vec<&str> = first.iter().copied().chain(OWN).collect();
            Flags::Encoded(all.join(UNIT_SEPARATOR).into())
        };
        let plain = environment("RUSTFLAGS", "-C  target-cpu=native");
        assert_eq!(
            remapped().placed(&[], &plain, &[]),
            encoded(&["-C", "target-cpu=native"])
        );
        let both = environment("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}a b");
        assert_eq!(
            remapped().placed(&[], &both, &[]),
            encoded(&["--cfg", "a b"])
        );
    }

    #[test]
    fn flags_for_c_code_are_added_to_every_variable_that_may_be_read() {
        let own = "-ffile-prefix-map=/w=/workspace -ffile-prefix-map=/w/target=/target";
        let user = environment("CFLAGS_x86_64_unknown_linux_gnu", "-O3");
        let found = remapped().with_c_flags(user);
        let value = |name: &str| {
            found[OsString::from(name).as_os_str()]
                .to_string_lossy()
                .into_owned()
        };
        assert_eq!(
            value("CFLAGS_x86_64_unknown_linux_gnu"),
            format!("-O3 {own}")
        );
        assert_eq!(value("CFLAGS"), own);
        assert_eq!(value("CXXFLAGS"), own);
    }

    #[test]
    fn flags_of_the_configuration_are_joined_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let list = format!("[\"{}\",\"{}\"]", OWN[0], OWN[1]);
        std::fs::write(&file, "[build]\nrustflags = [\"--cfg=a\"]\n").unwrap();
        assert_eq!(
            remapped().placed(&[], &Environment::new(), std::slice::from_ref(&file)),
            Flags::Config(format!("build.rustflags={list}"))
        );
        std::fs::write(&file, "[target.x86_64-unknown-linux-gnu]\nrustflags = []\n").unwrap();
        assert_eq!(
            remapped().placed(&[], &Environment::new(), &[file]),
            Flags::Config(format!("target.'cfg(all())'.rustflags={list}"))
        );
    }
}

//! The environment of the cargo calls: what `cargo run` set for this program is taken out again.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables that cargo sets for a program that it runs ("Environment Variables" in the Cargo
/// book). What users set to configure cargo (`CARGO_HOME`, `CARGO_NET_*`, ...) is not among them.
const SET_BY_CARGO: [&str; 10] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
];

/// Beginnings of further ones.
const SET_BY_CARGO_PREFIXES: [&str; 2] = ["CARGO_PKG_", "CARGO_BIN_EXE_"];

/// Paths of libraries, to which cargo adds its target folder and rustup the toolchain's.
const LIBRARY_PATHS: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// Variables that decide how a program is built.
pub(super) type Environment = BTreeMap<OsString, OsString>;

/// This process's environment as it was before `cargo run`, less the library paths in `added`.
pub(super) fn before_cargo(environment: Environment, added: &[PathBuf]) -> Environment {
    environment
        .into_iter()
        .filter_map(|(name, value)| {
            let text = name.to_string_lossy();
            if is_set_by_cargo(&text) {
                return None;
            }
            if LIBRARY_PATHS.contains(&text.as_ref()) {
                let value = without(&value, added)?;
                return Some((name, value));
            }
            Some((name, value))
        })
        .collect()
}

fn is_set_by_cargo(name: &str) -> bool {
    SET_BY_CARGO.contains(&name)
        || SET_BY_CARGO_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

fn without(paths: &OsString, added: &[PathBuf]) -> Option<OsString> {
    let is_added = |path: &Path| added.iter().any(|folder| path.starts_with(folder));
    let kept: Vec<PathBuf> = env::split_paths(paths)
        .filter(|path| !path.as_os_str().is_empty() && !is_added(path))
        .collect();
    if kept.is_empty() {
        return None;
    }
    env::join_paths(kept).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn what_cargo_set_goes_and_what_the_user_set_stays() {
        let before = environment(&[
            ("CARGO", "/toolchain/bin/cargo"),
            ("CARGO_BUILD_JOBS", "2"),
            ("CARGO_HOME", "/home/cargo"),
            ("CARGO_MANIFEST_DIR", "/workspace"),
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_PKG_VERSION_MAJOR", "0"),
            ("CARGO_REGISTRIES_OWN_INDEX", "sparse+https://example.org/"),
            (
                "LD_LIBRARY_PATH",
                "/workspace/target/debug/deps:/toolchain/lib:/opt/lib",
            ),
            ("OUT_DIR", "/workspace/target/debug/build/x/out"),
            ("PATH", "/usr/bin"),
        ]);
        let added = ["/workspace/target".into(), "/toolchain".into()];
        assert_eq!(
            before_cargo(before, &added),
            environment(&[
                ("CARGO_BUILD_JOBS", "2"),
                ("CARGO_HOME", "/home/cargo"),
                ("CARGO_NET_OFFLINE", "true"),
                ("CARGO_REGISTRIES_OWN_INDEX", "sparse+https://example.org/"),
                ("LD_LIBRARY_PATH", "/opt/lib"),
                ("PATH", "/usr/bin"),
            ])
        );
    }

    #[test]
    fn a_library_path_of_cargo_alone_goes() {
        let before = environment(&[("LD_LIBRARY_PATH", "/w/target/debug:/w/target/debug/deps")]);
        assert!(before_cargo(before, &["/w/target".into()]).is_empty());
    }
}

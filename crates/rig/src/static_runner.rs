//! `longshore-run` for its image.

use std::path::PathBuf;
use std::process::Command;

use crate::command::run;
use crate::environment::root;
use crate::error::RigError;

/// Builds a static `longshore-run` in release, as described in docs/kubernetes.md, and returns its path.
///
/// # Errors
/// Cargo fails.
pub fn static_runner() -> Result<PathBuf, RigError> {
    let target = root().join("target/static");
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--package", "longshore-run"])
        .args(["--target", &triple, "--target-dir"])
        .arg(&target)
        .env(
            "RUSTFLAGS",
            "-C target-feature=+crt-static -C strip=symbols",
        )
        .current_dir(root());
    run(&mut cargo, "install Rust: https://rustup.rs")?;
    Ok(target.join(triple).join("release/longshore-run"))
}

//! Whether an artifact runs on the machines of its work pool, and in its image.

use std::env::consts;

use longshore_storage::Executable;

use super::error::PlanError;
use super::images;
use crate::config::Config;
use crate::desired::Desired;

/// Type of the pools whose machines may have any system; all others run containers.
pub(super) const PROCESS: &str = "process";

/// Finds an artifact that the pool's machines cannot run, as far as `longshore.toml` or the pool's type tells.
pub(super) fn check(desired: &Desired, kind: Option<&str>, config: &Config) -> Option<PlanError> {
    let pool = desired.fields.work_pool_name.as_ref()?;
    let executable = desired.artifact.as_ref()?.executable.as_ref();
    let wanted = match config.pool_target(pool) {
        Some(triple) if !fits(executable, triple) => format!("`{triple}`"),
        None if executable.is_none() && consts::OS != "linux" && kind? != PROCESS => {
            "Linux".to_owned()
        }
        _ => return images::check(desired, kind, executable?),
    };
    Some(PlanError::OtherMachine {
        deployment: desired.key.clone(),
        place: desired.source,
        pool: pool.clone(),
        wanted,
        found: described(executable),
    })
}

/// Whether a program runs where a target triple names the machine.
fn fits(executable: Option<&Executable>, triple: &str) -> bool {
    let architecture = triple.split('-').next().unwrap_or_default();
    let Some(executable) = executable else {
        // What is no Linux program was started on this machine, so it is for this one.
        return consts::OS == "linux" || triple.contains(system());
    };
    let loads = if triple.ends_with("musl") {
        executable.interpreter.is_none() || executable.needs_musl()
    } else {
        !executable.needs_musl()
    };
    triple.contains("linux") && architecture.starts_with(&executable.architecture) && loads
}

/// This machine's system as target triples have it.
fn system() -> &'static str {
    match consts::OS {
        "macos" => "apple",
        other => other,
    }
}

fn described(executable: Option<&Executable>) -> String {
    match executable {
        None => format!("{} {}", consts::ARCH, consts::OS),
        Some(Executable {
            architecture,
            interpreter: Some(interpreter),
            ..
        }) => format!("{architecture} Linux with the loader `{interpreter}`"),
        Some(Executable { architecture, .. }) => {
            format!("{architecture} Linux, linked statically")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executable(architecture: &str, interpreter: Option<&str>) -> Executable {
        Executable {
            architecture: architecture.to_owned(),
            interpreter: interpreter.map(str::to_owned),
            glibc: None,
        }
    }

    #[test]
    fn a_program_fits_its_own_triple_alone() {
        const GNU: &str = "/lib64/ld-linux-x86-64.so.2";
        const MUSL: &str = "/lib/ld-musl-x86_64.so.1";
        for (program, triple, expected) in [
            (
                executable("x86_64", Some(GNU)),
                "x86_64-unknown-linux-gnu",
                true,
            ),
            (
                executable("x86_64", Some(GNU)),
                "x86_64-unknown-linux-musl",
                false,
            ),
            (
                executable("x86_64", Some(GNU)),
                "aarch64-unknown-linux-gnu",
                false,
            ),
            (
                executable("x86_64", Some(GNU)),
                "x86_64-apple-darwin",
                false,
            ),
            (
                executable("x86_64", Some(MUSL)),
                "x86_64-unknown-linux-gnu",
                false,
            ),
            (
                executable("x86_64", Some(MUSL)),
                "x86_64-unknown-linux-musl",
                true,
            ),
            (executable("x86_64", None), "x86_64-unknown-linux-gnu", true),
            (
                executable("riscv64", None),
                "riscv64gc-unknown-linux-gnu",
                true,
            ),
        ] {
            assert_eq!(
                fits(Some(&program), triple),
                expected,
                "{program:?} {triple}"
            );
        }
    }
}

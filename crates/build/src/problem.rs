//! What can be wrong with the flow crates of a workspace.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One mistake; its text is one line, because cargo takes a build script's errors by line.
#[derive(Debug)]
pub(crate) enum Problem {
    NoFlows,
    NoManifest {
        folder: String,
    },
    TooShallow {
        folder: String,
    },
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
    Unwritable {
        path: PathBuf,
        error: io::Error,
    },
    NotToml {
        path: String,
        error: toml::de::Error,
    },
    NoPackageName {
        folder: String,
    },
    PackageTwice {
        package: String,
        first: String,
        second: String,
    },
    CrateTwice {
        name: String,
        first: String,
        second: String,
    },
    NotLinked {
        folder: String,
        package: String,
    },
    Optional {
        folder: String,
        package: String,
    },
    NoLibrary {
        folder: String,
    },
    NoProgram {
        folder: String,
        krate: String,
    },
    SeveralPrograms {
        folder: String,
        programs: Vec<String>,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFlows => write!(
                f,
                "no flow crates found; put the first one into `projects/<project>/<flow>`"
            ),
            Self::NoManifest { folder } => write!(
                f,
                "`{folder}` has no Cargo.toml; make it a package or remove the folder"
            ),
            Self::TooShallow { folder } => write!(
                f,
                "`{folder}` is a package, but flow crates are in `projects/<project>/<flow>`; \
                 move it one level down"
            ),
            Self::Unreadable { path, error } => {
                write!(f, "cannot read `{}`: {error}", path.display())
            }
            Self::Unwritable { path, error } => {
                write!(f, "cannot write `{}`: {error}", path.display())
            }
            Self::NotToml { path, error } => {
                write!(f, "`{path}` is not valid TOML: {}", error.message())
            }
            Self::NoPackageName { folder } => {
                write!(f, "`{folder}/Cargo.toml` has no `[package]` with a `name`")
            }
            Self::PackageTwice {
                package,
                first,
                second,
            } => write!(
                f,
                "two flow crates are the package `{package}`: `{first}` and `{second}`; rename one"
            ),
            Self::CrateTwice {
                name,
                first,
                second,
            } => write!(
                f,
                "two flow crates are the Rust crate `{name}`: `{first}` and `{second}`; rename one"
            ),
            Self::NotLinked { folder, package } => write!(
                f,
                "`{folder}` is not linked; add this line to [dependencies] in Cargo.toml: \
                 {package} = {{ path = \"{folder}\" }}"
            ),
            Self::Optional { folder, package } => write!(
                f,
                "`{folder}` is an optional dependency, so its flows may be missing; \
                 write in [dependencies] of Cargo.toml: {package} = {{ path = \"{folder}\" }}"
            ),
            Self::NoLibrary { folder } => write!(
                f,
                "`{folder}` has no src/lib.rs; the flows of a package are in its library"
            ),
            Self::NoProgram { folder, krate } => write!(
                f,
                "`{folder}` has no src/main.rs; it is one line: longshore::main!({krate});"
            ),
            Self::SeveralPrograms { folder, programs } => write!(
                f,
                "`{folder}` has several programs ({}); a flow package has one, \
                 src/main.rs or a single [[bin]]",
                programs.join(", ")
            ),
        }
    }
}

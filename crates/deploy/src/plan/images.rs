//! Compatibility of a flow binary with the C library of its image, as far as the name of the image implies it.
//!
//! Only official images are known by name; `longshore-run` checks every other image when a run starts.

use longshore_storage::{Executable, GlibcVersion};

use super::error::PlanError;
use super::machines::PROCESS;
use crate::desired::Desired;

/// Codenames and version numbers of Debian and Ubuntu in tags, and the minor version of their glibc 2.x
/// (<https://packages.debian.org/glibc>, <https://packages.ubuntu.com/glibc>).
const RELEASES: [(&str, [&str; 2], u16); 8] = [
    ("debian", ["buster", "10"], 28),
    ("debian", ["bullseye", "11"], 31),
    ("debian", ["bookworm", "12"], 36),
    ("debian", ["trixie", "13"], 41),
    ("ubuntu", ["bionic", "18.04"], 27),
    ("ubuntu", ["focal", "20.04"], 31),
    ("ubuntu", ["jammy", "22.04"], 35),
    ("ubuntu", ["noble", "24.04"], 39),
];

/// C library of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Libc {
    Absent,
    Musl,
    Glibc(GlibcVersion),
}

/// Reports an image that lacks the C library of the flow binary.
pub(super) fn check(
    desired: &Desired,
    kind: Option<&str>,
    executable: &Executable,
) -> Option<PlanError> {
    let image = desired.image.as_deref()?;
    let libc = of_image(image)?;
    if kind? == PROCESS || has(libc, executable) {
        return None;
    }
    Some(PlanError::OtherImage {
        deployment: desired.key.clone(),
        place: desired.source,
        image: image.to_owned(),
        found: match libc {
            Libc::Absent => "no C library".to_owned(),
            Libc::Musl => "musl".to_owned(),
            Libc::Glibc(version) => format!("glibc {version}"),
        },
        needed: executable.libc(),
    })
}

fn has(libc: Libc, executable: &Executable) -> bool {
    if executable.interpreter.is_none() {
        return true;
    }
    match libc {
        Libc::Absent => false,
        Libc::Musl => executable.needs_musl(),
        Libc::Glibc(version) => {
            !executable.needs_musl() && executable.glibc.is_none_or(|needed| needed <= version)
        }
    }
}

/// Returns the C library of an official image of Docker Hub or of a distroless image.
fn of_image(image: &str) -> Option<Libc> {
    let image = image.split('@').next()?;
    if let Some(distroless) = image.strip_prefix("gcr.io/distroless/") {
        return of_distroless(distroless);
    }
    let image = image
        .strip_prefix("docker.io/")
        .unwrap_or(image)
        .trim_start_matches("library/");
    let (name, tag) = image.split_once(':').unwrap_or((image, "latest"));
    if name.contains('/') {
        return None;
    }
    if name == "scratch" {
        return Some(Libc::Absent);
    }
    let words: Vec<&str> = tag.split('-').collect();
    if name == "alpine" || words.iter().any(|word| word.starts_with("alpine")) {
        return Some(Libc::Musl);
    }
    let known = RELEASES.iter().find(|(system, [codename, number], _)| {
        // `python:3.12-slim-bookworm` has a codename too; a number is a release only in an image of the distribution.
        words.contains(codename) || (name == *system && is_release(tag, number))
    });
    known.map(|(.., minor)| glibc_2(*minor))
}

/// Returns whether a tag such as `12`, `12.5` or `12-slim` belongs to a release.
fn is_release(tag: &str, number: &str) -> bool {
    let rest = tag.strip_prefix(number);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}

/// Returns the C library of a distroless image: none in `static`, else that of the Debian release in the suffix.
fn of_distroless(name: &str) -> Option<Libc> {
    let name = name.split(':').next()?;
    if name == "static" || name.starts_with("static-") {
        return Some(Libc::Absent);
    }
    let release = name.rsplit_once("-debian")?.1;
    let known = RELEASES
        .iter()
        .find(|(system, names, _)| *system == "debian" && names.contains(&release));
    known.map(|(.., minor)| glibc_2(*minor))
}

fn glibc_2(minor: u16) -> Libc {
    Libc::Glibc(GlibcVersion { major: 2, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_tell_their_c_library() {
        for (image, libc) in [
            ("scratch", Some(Libc::Absent)),
            ("gcr.io/distroless/static", Some(Libc::Absent)),
            (
                "gcr.io/distroless/static-debian12:nonroot",
                Some(Libc::Absent),
            ),
            ("gcr.io/distroless/cc-debian12", Some(glibc_2(36))),
            ("gcr.io/distroless/cc", None),
            ("alpine", Some(Libc::Musl)),
            ("docker.io/library/alpine:3.20", Some(Libc::Musl)),
            ("python:3.12-alpine3.20", Some(Libc::Musl)),
            ("debian:bookworm-slim", Some(glibc_2(36))),
            ("debian:12.5-slim", Some(glibc_2(36))),
            ("debian:stable-slim", None),
            (
                "debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                None,
            ),
            ("ubuntu:22.04", Some(glibc_2(35))),
            ("python:3.12-slim-bullseye", Some(glibc_2(31))),
            ("python:3.12", None),
            ("node:12", None),
            ("acme.azurecr.io/alpine:1", None),
            ("acme/debian:bookworm", None),
        ] {
            assert_eq!(of_image(image), libc, "{image}");
        }
    }

    #[test]
    fn a_flow_binary_runs_with_its_own_c_library_or_a_newer_one() {
        let executable = |interpreter: Option<&str>, minor: Option<u16>| Executable {
            architecture: "x86_64".to_owned(),
            interpreter: interpreter.map(str::to_owned),
            glibc: minor.map(|minor| GlibcVersion { major: 2, minor }),
        };
        let of_glibc = executable(Some("/lib64/ld-linux-x86-64.so.2"), Some(34));
        assert!(has(glibc_2(34), &of_glibc) && has(glibc_2(41), &of_glibc));
        assert!(!has(glibc_2(31), &of_glibc) && !has(Libc::Musl, &of_glibc));
        assert!(!has(Libc::Absent, &of_glibc));
        let of_musl = executable(Some("/lib/ld-musl-x86_64.so.1"), None);
        assert!(has(Libc::Musl, &of_musl) && !has(glibc_2(41), &of_musl));
        let linked_statically = executable(None, None);
        for libc in [Libc::Absent, Libc::Musl, glibc_2(27)] {
            assert!(has(libc, &linked_statically));
        }
    }
}

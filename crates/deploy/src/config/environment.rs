//! `[env.NAME]`: what an environment changes, for one name or for all that fit a pattern.

use longshore_spec::{
    DeploymentName, EnvironmentName, Explain, ImageReferenceError, ImageRegistry, ImageTag, suggest,
};

use super::Defaults;
use super::read::Section;
use crate::glob;

/// Stands for the environment's own name in `suffix` and `image_tag`.
const PLACE: &str = "{env}";

/// A section `[env.NAME]` as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EnvironmentSection {
    /// A name, or a pattern with `*`.
    name: String,
    profile: Option<String>,
    suffix: Option<String>,
    schedules: Option<bool>,
    defaults: Defaults,
    overrides: Defaults,
    image_registry: Option<ImageRegistry>,
    image_tag: Option<String>,
}

/// An environment that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: EnvironmentName,
    /// The section that serves it, such as `env.staging` or `env."pr-*"`.
    pub(crate) section: String,
    /// The Prefect profile that names its server.
    pub(crate) profile: Option<String>,
    /// Appended to the names of deployments.
    pub(crate) suffix: String,
    /// Whether schedules make runs; `None` leaves that to the attributes.
    pub(crate) schedules: Option<bool>,
    pub(super) defaults: Defaults,
    pub(super) overrides: Defaults,
    pub(super) image_registry: Option<ImageRegistry>,
    pub(super) image_tag: Option<ImageTag>,
}

/// An environment that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error("there is no environment `{name}` in `{}`", super::FILE)]
    Unknown {
        name: EnvironmentName,
        known: Vec<String>,
    },
    #[error(
        "the environment `{name}` fits both `{first}` and `{second}` in `{}`",
        super::FILE
    )]
    Ambiguous {
        name: EnvironmentName,
        first: String,
        second: String,
    },
    #[error("the environment `{name}` makes a tag of images that cannot be used")]
    ImageTag {
        name: EnvironmentName,
        source: ImageReferenceError,
    },
}

impl Explain for EnvironmentError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                "the file has no environments; add a section such as `[env.staging]`".to_owned()
            }
            Self::Unknown { name, known } => {
                let nearest = suggest::nearest(name.as_str(), known.iter().map(String::as_str));
                let known = known.join("`, `");
                match nearest {
                    Some(nearest) => format!("write `{nearest}`; the file has `{known}`"),
                    None => format!("the file has `{known}`"),
                }
            }
            Self::Ambiguous {
                name,
                first,
                second,
            } => format!(
                "make `{first}` or `{second}` narrower, or give `{name}` a section of its own"
            ),
            Self::ImageTag { source, .. } => return source.help(),
        })
    }
}

impl EnvironmentSection {
    /// Reads a section; one for many names must tell their deployments apart.
    pub(super) fn read(name: &str, section: &Section<'_>) -> Self {
        section.only(&["profile", "suffix", "schedules", "defaults", "override"]);
        // A pattern is judged by a name that fits it; one that could be anything would hide every slip.
        section.check_name::<EnvironmentName>(
            &name.replace('*', if name.starts_with('*') { "*" } else { "x" }),
        );
        let overrides = section.table("override");
        if let Some(overrides) = &overrides {
            overrides.only(&[
                "pool",
                "queue",
                "image",
                "storage",
                "image_registry",
                "image_tag",
            ]);
        }
        let suffix = section.template::<DeploymentName>("suffix", |suffix| {
            format!("x{}", suffix.replace(PLACE, "x"))
        });
        let tells_apart = suffix.as_deref().is_some_and(|text| text.contains(PLACE));
        if name.contains('*') && !tells_apart {
            section.problem(
                "suffix",
                "the section serves several environments, whose deployments would have the same names",
                &format!("write `suffix = \"-{PLACE}\"`"),
            );
        }
        let tag = |overrides: &Section<'_>| {
            overrides.template::<ImageTag>("image_tag", |tag| tag.replace(PLACE, "x"))
        };
        Self {
            name: name.to_owned(),
            profile: section.text("profile"),
            suffix,
            schedules: section.flag("schedules"),
            defaults: section
                .table("defaults")
                .map(|section| Defaults::read(&section))
                .unwrap_or_default(),
            image_registry: overrides
                .as_ref()
                .and_then(|section| section.parsed("image_registry")),
            image_tag: overrides.as_ref().and_then(tag),
            overrides: overrides
                .map(|section| Defaults::values(&section))
                .unwrap_or_default(),
        }
    }

    fn environment(&self, name: &EnvironmentName) -> Result<Environment, EnvironmentError> {
        let filled = |text: &String| text.replace(PLACE, name.as_str());
        let image_tag = self.image_tag.as_ref().map(|tag| filled(tag).parse());
        Ok(Environment {
            name: name.clone(),
            section: self.shown(),
            profile: self.profile.clone(),
            suffix: self.suffix.as_ref().map(filled).unwrap_or_default(),
            schedules: self.schedules,
            defaults: self.defaults.clone(),
            overrides: self.overrides.clone(),
            image_registry: self.image_registry.clone(),
            image_tag: image_tag
                .transpose()
                .map_err(|source| EnvironmentError::ImageTag {
                    name: name.clone(),
                    source,
                })?,
        })
    }

    /// The section's name as TOML has it.
    fn shown(&self) -> String {
        let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if self.name.chars().all(is_bare) {
            format!("env.{}", self.name)
        } else {
            format!("env.\"{}\"", self.name)
        }
    }
}

/// The environment of this name: its own section, else the only pattern that fits.
pub(super) fn find(
    sections: &[EnvironmentSection],
    name: &EnvironmentName,
) -> Result<Environment, EnvironmentError> {
    if let Some(own) = sections
        .iter()
        .find(|section| section.name == name.as_str())
    {
        return own.environment(name);
    }
    let mut fitting = sections
        .iter()
        .filter(|section| section.name.contains('*') && glob::fits(&section.name, name.as_str()));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => only.environment(name),
        (Some(first), Some(second)) => Err(EnvironmentError::Ambiguous {
            name: name.clone(),
            first: first.name.clone(),
            second: second.name.clone(),
        }),
        (None, _) => Err(EnvironmentError::Unknown {
            name: name.clone(),
            known: sections
                .iter()
                .map(|section| section.name.clone())
                .collect(),
        }),
    }
}

/// The names that sections stand for by themselves.
pub(super) fn names(sections: &[EnvironmentSection]) -> impl Iterator<Item = &str> {
    let names = sections.iter().map(|section| section.name.as_str());
    names.filter(|name| !name.contains('*'))
}

/// The profiles of all sections.
pub(super) fn profiles(sections: &[EnvironmentSection]) -> impl Iterator<Item = &str> {
    sections
        .iter()
        .filter_map(|section| section.profile.as_deref())
}

impl Environment {
    /// One line for people: what it changes.
    pub(crate) fn summary(&self) -> String {
        let mut parts = Vec::new();
        if !self.suffix.is_empty() {
            parts.push(format!("names end in `{}`", self.suffix));
        }
        match self.schedules {
            Some(true) => parts.push("schedules on".to_owned()),
            Some(false) => parts.push("schedules off".to_owned()),
            None => {}
        }
        let overrides = &self.overrides;
        let mut push = |what: &str, value: Option<&str>| {
            parts.extend(value.map(|value| format!("{what} {value}")));
        };
        push("pool", overrides.pool.as_ref().map(AsRef::as_ref));
        push("queue", overrides.queue.as_ref().map(AsRef::as_ref));
        push("image", overrides.image.as_ref().map(AsRef::as_ref));
        push(
            "image registry",
            self.image_registry.as_ref().map(AsRef::as_ref),
        );
        push("image tag", self.image_tag.as_ref().map(AsRef::as_ref));
        push("storage", overrides.storage.as_ref().map(AsRef::as_ref));
        if self.defaults != Defaults::default() {
            parts.push("defaults of its own".to_owned());
        }
        if parts.is_empty() {
            parts.push("nothing changed but the owner tag".to_owned());
        }
        format!(
            "environment: {} (from [{}]): {}",
            self.name,
            self.section,
            parts.join(", ")
        )
    }
}

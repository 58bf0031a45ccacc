//! Which of the places that may name a value wins.

use longshore::record::DeploymentRecord;
use longshore_spec::{DeploymentName, ImageReference, ImageReferenceError};

use super::{Config, Defaults};
use crate::desired::DEFAULT_QUEUE;

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    /// A section of `longshore.toml`, or `#[deployment]`.
    pub(crate) origin: String,
}

/// What the attribute is called where origins are told.
pub(crate) const ATTRIBUTE: &str = "#[deployment]";

impl Config {
    /// The value that applies: the environment's override, the attribute, the command line, the environment's defaults,
    /// the defaults.
    pub(crate) fn setting<'a, T>(
        &'a self,
        attribute: Option<&'a T>,
        of: impl Fn(&'a Defaults) -> Option<&'a T>,
    ) -> Option<Sourced<&'a T>> {
        let environment = self.environment.as_ref();
        let section = |part: &str| {
            let name = environment.map_or("", |environment| environment.section.as_str());
            format!("[{name}.{part}]")
        };
        let sourced = |value, origin| Some(Sourced { value, origin });
        if let Some(value) = environment.and_then(|environment| of(&environment.overrides)) {
            return sourced(value, section("override"));
        }
        if let Some(value) = attribute {
            return sourced(value, ATTRIBUTE.to_owned());
        }
        if let Some(value) = of(&self.given.values) {
            return sourced(value, self.given.origin.to_owned());
        }
        if let Some(value) = environment.and_then(|environment| of(&environment.defaults)) {
            return sourced(value, section("defaults"));
        }
        of(&self.defaults).and_then(|value| sourced(value, "[defaults]".to_owned()))
    }

    /// The image that applies, in the registry and under the tag of the environment.
    ///
    /// # Errors
    /// The whole is no longer a reference.
    pub(crate) fn image(
        &self,
        attribute: Option<&ImageReference>,
    ) -> Result<Option<Sourced<ImageReference>>, ImageReferenceError> {
        let Some(chosen) = self.setting(attribute, |defaults| defaults.image.as_ref()) else {
            return Ok(None);
        };
        let mut image = Sourced {
            value: chosen.value.clone(),
            origin: chosen.origin,
        };
        let Some(environment) = &self.environment else {
            return Ok(Some(image));
        };
        let section = &environment.section;
        if let Some(registry) = &environment.image_registry {
            image.value = image.value.with_registry(registry)?;
            image.origin += &format!(", registry from [{section}.override]");
        }
        if let Some(tag) = &environment.image_tag {
            image.value = image.value.with_tag(tag)?;
            image.origin += &format!(", tag from [{section}.override]");
        }
        Ok(Some(image))
    }

    /// A deployment's name with the suffix of the environment.
    pub(crate) fn deployment_name(&self, name: &DeploymentName) -> String {
        format!("{name}{}", self.suffix())
    }

    /// What the environment appends to the names of deployments.
    pub(crate) fn suffix(&self) -> &str {
        let environment = self.environment.as_ref();
        environment.map_or("", |environment| &environment.suffix)
    }

    /// Whether the schedules of a deployment make runs, as far as the environment says so.
    pub(crate) fn schedules(&self) -> Option<bool> {
        self.environment.as_ref()?.schedules
    }

    /// Where the values of a deployment come from, for people.
    pub(crate) fn explain(
        &self,
        record: &DeploymentRecord,
        image: Option<&Sourced<ImageReference>>,
    ) -> Vec<Setting> {
        let pool = self.setting(record.pool.as_ref(), |of| of.pool.as_ref());
        let queue = self.setting(record.queue.as_ref(), |of| of.queue.as_ref());
        let storage = self.setting(record.storage.as_ref(), |of| of.storage.as_ref());
        let none = ("none", "nowhere");
        let mut settings = vec![
            self.explain_name(record),
            Setting::new("pool", pool, none),
            Setting::new("queue", queue, (DEFAULT_QUEUE, "Prefect")),
            Setting::new("image", image.cloned(), none),
            Setting::new("storage", storage, (".longshore/artifacts", "Longshore")),
        ];
        if !record.schedules.is_empty() {
            settings.push(self.explain_schedules());
        }
        settings
    }

    fn explain_name(&self, record: &DeploymentRecord) -> Setting {
        let environment = self.environment.as_ref();
        let origin = match environment.filter(|environment| !environment.suffix.is_empty()) {
            Some(environment) => format!("{ATTRIBUTE}, suffix from [{}]", environment.section),
            None => ATTRIBUTE.to_owned(),
        };
        Setting {
            name: "name",
            value: self.deployment_name(&record.name),
            origin,
        }
    }

    fn explain_schedules(&self) -> Setting {
        let section = self.environment.as_ref().and_then(|environment| {
            let value = if environment.schedules? { "on" } else { "off" };
            let origin = format!("[{}]", environment.section);
            Some(Sourced { value, origin })
        });
        Setting::new("schedules", section, ("as declared", ATTRIBUTE))
    }
}

/// One value of a deployment and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) origin: String,
}

impl Setting {
    /// A value that was found, else what stands for none and where that comes from.
    fn new(
        name: &'static str,
        found: Option<Sourced<impl ToString>>,
        (value, origin): (&str, &str),
    ) -> Self {
        match found {
            Some(found) => Self {
                name,
                value: found.value.to_string(),
                origin: found.origin,
            },
            None => Self {
                name,
                value: value.to_owned(),
                origin: origin.to_owned(),
            },
        }
    }
}

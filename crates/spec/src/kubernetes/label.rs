//! Labels of nodes and tolerations of taints, in the notation of `kubectl`.

use std::str::FromStr;

use super::object::is_dns_label;
use crate::Explain;
use crate::suggest::nearest;

/// Effects of taints.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Longest name and value in bytes, and longest prefix of a key.
const LONGEST: usize = 63;
const LONGEST_PREFIX: usize = 253;

/// A label that a node must have, written `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLabel {
    /// Its key, such as `kubernetes.io/arch`.
    pub key: String,
    /// Its value, such as `amd64`.
    pub value: String,
}

/// Why a label is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// There is no `=`.
    #[error("the label `{0}` has no value")]
    NoValue(String),
    /// The key breaks the rule.
    #[error("`{0}` is not the key of a label")]
    Key(String),
    /// The value breaks the rule.
    #[error("`{0}` is not the value of a label")]
    Value(String),
}

impl Explain for LabelError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoValue(label) => format!("write `{}=...`", label.trim_end_matches(':')),
            Self::Key(_) => "write a key such as `disk` or `example.com/disk`: letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends".to_owned(),
            Self::Value(_) => "write letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends".to_owned(),
        })
    }
}

impl FromStr for NodeLabel {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| LabelError::NoValue(text.to_owned()))?;
        check(key, Some(value))?;
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// A taint that a pod tolerates, written `key=value:Effect`, `key:Effect`, `key=value` or `key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// Key of the taint.
    pub key: String,
    /// Its value; `None` for any value.
    pub value: Option<String>,
    /// Its effect; `None` for all effects.
    pub effect: Option<&'static str>,
}

/// Why a toleration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TolerationError {
    /// The effect does not exist.
    #[error("`{0}` is not an effect of a taint")]
    Effect(String),
    /// Key or value break the rules of labels.
    #[error(transparent)]
    Label(#[from] LabelError),
}

impl Explain for TolerationError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Effect(effect) => {
                let lower = effect.to_lowercase();
                let same = EFFECTS
                    .into_iter()
                    .find(|known| known.to_lowercase() == lower);
                Some(match same.or_else(|| nearest(effect, EFFECTS)) {
                    Some(known) => format!("write `{known}`"),
                    None => "the effects are `NoSchedule`, `PreferNoSchedule` and `NoExecute`"
                        .to_owned(),
                })
            }
            Self::Label(error) => error.help(),
        }
    }
}

impl FromStr for Toleration {
    type Err = TolerationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (taint, effect) = match text.split_once(':') {
            Some((taint, effect)) => (taint, Some(effect)),
            None => (text, None),
        };
        let effect = match effect {
            None => None,
            Some(effect) => {
                let known = EFFECTS.into_iter().find(|known| *known == effect);
                Some(known.ok_or_else(|| TolerationError::Effect(effect.to_owned()))?)
            }
        };
        let (key, value) = match taint.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (taint, None),
        };
        check(key, value)?;
        Ok(Self {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            effect,
        })
    }
}

impl Toleration {
    /// Names and values of its fields in a pod.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let operator = if self.value.is_some() {
            "Equal"
        } else {
            "Exists"
        };
        let mut fields = vec![("key", self.key.as_str()), ("operator", operator)];
        fields.extend(self.value.as_deref().map(|value| ("value", value)));
        fields.extend(self.effect.map(|effect| ("effect", effect)));
        fields
    }
}

fn check(key: &str, value: Option<&str>) -> Result<(), LabelError> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let is_prefix =
        |prefix: &str| prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(is_dns_label);
    if !is_name(name) || !prefix.is_none_or(is_prefix) {
        return Err(LabelError::Key(key.to_owned()));
    }
    match value {
        Some(value) if !value.is_empty() && !is_name(value) => {
            Err(LabelError::Value(value.to_owned()))
        }
        _ => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    let is_outer = |letter: char| letter.is_ascii_alphanumeric();
    name.len() <= LONGEST
        && name.starts_with(is_outer)
        && name.ends_with(is_outer)
        && name
            .chars()
            .all(|letter| is_outer(letter) || matches!(letter, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_a_key_and_a_value() {
        let label: NodeLabel = "kubernetes.io/arch=amd64".parse().unwrap();
        assert_eq!(
            (&*label.key, &*label.value),
            ("kubernetes.io/arch", "amd64")
        );
        assert!("gpu=".parse::<NodeLabel>().is_ok());
        for text in [
            "gpu",
            "=x",
            "a b=c",
            "a=b c",
            "-a=b",
            "Example.com/x=y",
            "a/b/c=d",
        ] {
            assert!(text.parse::<NodeLabel>().is_err(), "{text}");
        }
    }

    #[test]
    fn tolerations_are_written_as_taints() {
        let spot = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule";
        let toleration: Toleration = spot.parse().unwrap();
        assert_eq!(
            toleration.fields(),
            [
                ("key", "kubernetes.azure.com/scalesetpriority"),
                ("operator", "Equal"),
                ("value", "spot"),
                ("effect", "NoSchedule"),
            ]
        );
        let toleration: Toleration = "dedicated".parse().unwrap();
        assert_eq!(
            toleration.fields(),
            [("key", "dedicated"), ("operator", "Exists")]
        );
        let error = "a=b:noschedule".parse::<Toleration>().unwrap_err();
        assert_eq!(error.help().as_deref(), Some("write `NoSchedule`"));
        let error = "a=b:NoExecution".parse::<Toleration>().unwrap_err();
        assert_eq!(error.help().as_deref(), Some("write `NoExecute`"));
        assert!("=b:NoExecute".parse::<Toleration>().is_err());
    }
}

//! What may be wrong with a parameter.

use longshore_spec::{Explain, IdentifierError};

use super::kind::{KindError, NoValue, nearest};

/// Why a parameter cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::scaffold) enum ParameterError {
    #[error("the parameter `{text}` has no type")]
    NoType { text: String },
    #[error(transparent)]
    Name(#[from] IdentifierError),
    #[error("the parameter `{parameter}` has the type `{text}`, which is none of Rust")]
    NoRust { parameter: String, text: String },
    #[error("{} of the parameter `{parameter}` {}", named(error), refused(error))]
    Type { parameter: String, error: KindError },
    #[error("the value `{}` of the parameter `{parameter}` is no `{}`", none.value, none.kind)]
    Value { parameter: String, none: NoValue },
    #[error("the parameter `{parameter}` is optional and has the value `{value}`")]
    OptionalValue { parameter: String, value: String },
    #[error("there are two parameters `{parameter}`")]
    Twice { parameter: String },
    #[error("the parameter `{parameter}` has no value, and scheduled runs need one")]
    NoValue {
        parameter: String,
        kind: String,
        sample: String,
    },
}

impl Explain for ParameterError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoType { text } => format!("write `{}: String`, or another type", text.trim()),
            Self::Name(error) => return error.help(),
            Self::NoRust { .. } => "write a type such as `u32` or `Vec<String>`".to_owned(),
            Self::Type { error, .. } => match error {
                KindError::Unknown(name) => match nearest(name) {
                    Some(known) => format!("write `{known}`"),
                    None => ANY_TYPE.to_owned(),
                },
                KindError::Key(_) => "write a key such as `String` or `u32`".to_owned(),
                KindError::Length(_) => {
                    "write `Vec<...>`; an array has 1 to 32 elements, a tuple 2 to 12".to_owned()
                }
            },
            Self::Value { none, .. } => format!("write a value such as `{}`", none.sample),
            Self::OptionalValue { parameter, .. } => {
                format!("leave the value out, or write `{parameter}` without `Option`")
            }
            Self::Twice { .. } => "give each parameter a name of its own".to_owned(),
            Self::NoValue {
                parameter,
                kind,
                sample,
            } => {
                format!("write `{parameter}: {kind} = {sample}`, or `Option<{kind}>`")
            }
        })
    }
}

/// What to do with a type that needs code of its own.
const ANY_TYPE: &str = "write `String` now and the type in src/lib.rs afterwards, where it needs `Serialize`, \
                        `Deserialize` and `JsonSchema` (with `serde` and `schemars` in the flow's Cargo.toml); known here \
                        are String, bool, char, numbers, PathBuf, Duration, serde_json::Value, Uuid, the dates and \
                        times of jiff and chrono, and Option, Vec, BTreeSet, BTreeMap, HashMap, tuples and arrays of them";

fn named(error: &KindError) -> String {
    let (KindError::Unknown(name) | KindError::Key(name) | KindError::Length(name)) = error;
    format!("the type `{name}`")
}

fn refused(error: &KindError) -> &'static str {
    match error {
        KindError::Unknown(_) => "is not known here",
        KindError::Key(_) => "can be no key of a map and no element of a set",
        KindError::Length(_) => "has a length that cannot be read or written as JSON",
    }
}

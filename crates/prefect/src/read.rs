//! Tolerant reading: what a server leaves out or sends as `null` takes its default.

use serde::{Deserialize, Deserializer};

pub(crate) fn null_as_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

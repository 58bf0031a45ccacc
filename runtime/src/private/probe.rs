//! Facts about a parameter's type, found without a bound on it: an inherent constant wins over a trait's.
//!
//! A bound that is not met would be reported once per trait and once per use, so the macro evaluates these constants.

use std::marker::PhantomData;

use longshore_spec::ConstantMessage;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::parameter::{Conversion, Parameter};

/// A type of which facts are wanted.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<Option<T>> {
    pub const REQUIRED: bool = false;
}

impl<T: Serialize> Probe<T> {
    pub const SERIALIZES: bool = true;
}

impl<T: DeserializeOwned> Probe<T> {
    pub const DESERIALIZES: bool = true;
}

impl<T: JsonSchema> Probe<T> {
    pub const HAS_SCHEMA: bool = true;
}

impl<T: Parameter> Probe<T> {
    pub const CONVERSION: Conversion<T> = Conversion::NEW;
}

/// The answers of [`Probe`] for every other type.
pub trait Otherwise<T> {
    const REQUIRED: bool = true;
    const SERIALIZES: bool = false;
    const DESERIALIZES: bool = false;
    const HAS_SCHEMA: bool = false;
    const CONVERSION: Conversion<T> = Conversion::REFUSED;
}

impl<T> Otherwise<T> for Probe<T> {}

/// Checks what a parameter's type implements: `Serialize`, `Deserialize`, `JsonSchema`.
///
/// # Panics
/// While compiling: one of the traits is missing.
#[track_caller]
pub const fn parameter_type(name: &str, innermost: &str, implemented: [bool; 3]) {
    let traits = [
        "`serde::Serialize`",
        "`serde::Deserialize`",
        "`schemars::JsonSchema`",
    ];
    let mut missing = 0;
    let mut index = 0;
    while index < implemented.len() {
        missing += !implemented[index] as usize;
        index += 1;
    }
    if missing == 0 {
        return;
    }
    let mut text = ConstantMessage::new("`");
    text.push(name);
    text.push("` cannot be a flow's parameter\nhelp: derive ");
    let mut written = 0;
    index = 0;
    while index < implemented.len() {
        if !implemented[index] {
            if written > 0 {
                text.push(if written + 1 == missing {
                    " and "
                } else {
                    ", "
                });
            }
            text.push(traits[index]);
            written += 1;
        }
        index += 1;
    }
    text.push(" for `");
    text.push(innermost);
    text.push("`; for a type of another crate enable that crate's feature for serde or schemars");
    panic!("{}", text.as_str())
}

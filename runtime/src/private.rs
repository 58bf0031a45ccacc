//! What the attributes' output refers to; not for use by hand.

#[path = "private/elsewhere.rs"]
mod elsewhere;
#[path = "private/keys.rs"]
pub mod keys;
#[path = "private/output.rs"]
mod output;

use std::error::Error;
use std::marker::PhantomData;

pub use crate::blocking::wait_anywhere;
pub use crate::end::Output;
pub use crate::error::FlowTimedOut;
pub use crate::subflow::{SubflowArguments, SubflowCall, enter, entering, subflow};
pub use elsewhere::{Flow, Reaches, Takes, every_value, given, parameter, secrets_of};
pub use inventory;
pub use longshore_spec as spec;
pub use output::{
    FailedByDisplay, FailedByError, FailedByReference, FailedSilently, Look, NotFailed, OutputOf,
    TimedOutAsError, TimedOutAsPanic,
};

/// Parameter values by name.
pub type Values = serde_json::Map<String, serde_json::Value>;

/// Writes a value as JSON under its parameter's name.
///
/// # Errors
/// `serde` cannot write it as JSON.
pub fn insert<T: serde::Serialize>(
    values: &mut Values,
    name: &str,
    value: &T,
) -> Result<(), serde_json::Error> {
    values.insert(name.to_owned(), serde_json::to_value(value)?);
    Ok(())
}

use crate::error::BoxError;

/// Types for which a bare string literal stands in `parameters(...)`.
#[diagnostic::on_unimplemented(
    message = "a string literal is no value of type `{Self}`",
    label = "expected `{Self}`",
    note = "a bare string serves `String` and `Option<String>`; write any other value as a Rust expression"
)]
pub trait StringLiteral {
    fn from_literal(text: &str) -> Self;
}

impl StringLiteral for String {
    fn from_literal(text: &str) -> Self {
        text.to_owned()
    }
}

impl StringLiteral for Option<String> {
    fn from_literal(text: &str) -> Self {
        Some(text.to_owned())
    }
}

/// Tells an `Option` from other types without knowing its name: the inherent constant wins.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<Option<T>> {
    pub const REQUIRED: bool = false;
}

/// The answer of [`Probe`] for every other type.
pub trait Required {
    const REQUIRED: bool = true;
}

impl<T> Required for Probe<T> {}

/// What a flow may return.
#[diagnostic::on_unimplemented(
    message = "a flow cannot return `{Self}`",
    label = "neither `()` nor `Result<T, E>`",
    note = "return `()` or a `Result` whose error converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait FlowOutput {
    fn into_end(self) -> Result<(), BoxError>;
}

impl FlowOutput for () {
    fn into_end(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> FlowOutput for Result<T, E> {
    fn into_end(self) -> Result<(), BoxError> {
        self.map(drop).map_err(Into::into)
    }
}

pub fn finish<T: FlowOutput>(output: T) -> Result<(), BoxError> {
    output.into_end()
}

pub async fn blocking(
    call: impl FnOnce() -> Result<(), BoxError> + Send + 'static,
) -> Result<(), BoxError> {
    crate::blocking::on_thread(call).await
}

/// Runs a task that is a plain function.
pub async fn on_thread<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    crate::blocking::on_thread(call).await
}

/// An argument that every attempt of a task gets anew.
#[diagnostic::on_unimplemented(
    message = "an argument of a task with retries cannot be a `{Self}`, which is not `Clone`",
    label = "every attempt needs a copy of this",
    note = "derive `Clone` for it, pass it in an `Arc`, or remove `retries`"
)]
pub trait Repeatable: Clone {}

impl<T: Clone> Repeatable for T {}

pub fn again<T: Repeatable>(argument: &T) -> T {
    argument.clone()
}

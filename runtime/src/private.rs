//! What the attributes' output refers to; not for use by hand.

#[path = "private/elsewhere.rs"]
mod elsewhere;
#[path = "private/keys.rs"]
pub mod keys;
#[path = "private/output.rs"]
mod output;
#[path = "private/parts.rs"]
mod parts;
#[path = "private/probe.rs"]
mod probe;

pub use crate::body::{
    Asynchronous, Body, FlowBody, FlowCall, FlowOutput, Plain, body, plain_body,
};
pub use crate::end::Output;
pub use crate::parameter::arguments::{ArgumentReader, ArgumentTuple, Function};
pub use crate::subflow::{call, call_plain};
pub use elsewhere::{Flow, Reaches, Takes, every_value, given, parameter, secrets_of};
pub use longshore_spec as spec;
pub use output::{Failure, OutputOf, TimedOut};
pub use probe::{Otherwise, Probe, parameter_type};

/// What a registration names.
pub mod names {
    pub use core::option::Option::{None, Some};
    pub use inventory::submit;
    pub use longshore_spec::*;

    pub use crate::parameter::{Default, ParameterRecord, typed, typed_by};
    pub use crate::record::*;
    pub use crate::registry::Registration;

    pub use super::parts::{DeploymentParts, cron, interval, rrule, schedule};
}

/// Types for which a bare string literal stands in `parameters(...)`.
#[diagnostic::on_unimplemented(
    message = "a string literal is not a value of type `{Self}`",
    label = "expected `{Self}`",
    note = "a bare string is a `String` or an `Option<String>`; write any other value as a Rust expression: a number without quotes, an enum's variant by its path"
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

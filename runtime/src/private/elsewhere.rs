//! What the compiler evaluates for a deployment that is declared away from its flow.

use longshore_spec::ConstantMessage;
use longshore_spec::suggest::Nearest;

use crate::record::FlowRecord;

/// A type that stands beside a flow's function.
#[diagnostic::on_unimplemented(
    message = "this is not known to be a flow",
    label = "no flow under this path",
    note = "a flow is a function with `#[flow]` or `#[deployment]`, whose visibility reaches the place of the declaration",
    note = "name it by the module in which it stands: a `pub use` of the function alone does not carry what is known of it"
)]
pub trait Flow {
    const RECORD: &'static FlowRecord;
}

/// The parameter at `INDEX` of a flow has the type `T`; there is one `T` for each index.
///
/// The type is an argument and not an associated one, so that it may be less visible than the function.
#[diagnostic::on_unimplemented(
    message = "this is no parameter of the flow",
    label = "no such parameter"
)]
pub trait Takes<const INDEX: usize, T> {}

/// Names the type beside a flow's function from where its module cannot be imported whole.
pub trait Reaches {
    type Flow;
}

/// A value of the type that the parameter has.
pub fn given<F: Takes<INDEX, T>, const INDEX: usize, T>(value: T) -> T {
    value
}

/// The place of a parameter.
///
/// # Panics
/// While compiling: the flow has no such parameter.
#[must_use]
#[track_caller]
pub const fn parameter(flow: &FlowRecord, name: &str) -> usize {
    let mut index = 0;
    while index < flow.parameters.len() {
        if equal(flow.parameters[index].name, name) {
            return index;
        }
        index += 1;
    }
    let mut text = ConstantMessage::new("the flow has no parameter `");
    text.push(name);
    if let Some(nearest) = nearest(flow, name) {
        text.push("`\nhelp: write `");
        text.push(nearest);
        text.push("`");
    } else if flow.parameters.is_empty() {
        text.push("`\nhelp: the flow takes no parameters");
    } else {
        text.push("`\nhelp: the parameters are ");
        push_names(&mut text, flow, &[], false);
    }
    panic!("{}", text.as_str())
}

const fn nearest(flow: &FlowRecord, name: &str) -> Option<&'static str> {
    let mut nearest = Nearest::to(name);
    let mut index = 0;
    while index < flow.parameters.len() {
        nearest.offer(flow.parameters[index].name);
        index += 1;
    }
    nearest.found()
}

/// Nobody is there to be asked when a schedule fires.
///
/// # Panics
/// While compiling: a parameter without a default is not among those that are `given`.
#[track_caller]
pub const fn every_value(flow: &FlowRecord, deployment: &str, given: &[&str]) {
    let mut first = None;
    let mut index = 0;
    while index < flow.parameters.len() {
        let parameter = &flow.parameters[index];
        if parameter.required && !holds(given, parameter.name) && first.is_none() {
            first = Some(parameter.name);
        }
        index += 1;
    }
    let Some(first) = first else { return };
    let mut text = ConstantMessage::new("the deployment");
    if !deployment.is_empty() {
        text.push(" `");
        text.push(deployment);
        text.push("`");
    }
    text.push(" is scheduled and gives no value for ");
    push_names(&mut text, flow, given, true);
    text.push("\nhelp: add `parameters(");
    text.push(first);
    text.push(" = ...)`, or give the parameter a default with `#[param(default = ...)]`");
    panic!("{}", text.as_str())
}

/// A run's secrets are read by the flow's own program, which knows what its package declares.
///
/// # Panics
/// While compiling: the declaration stands in another package.
#[track_caller]
pub const fn secrets_of(flow: &FlowRecord, package: &str) {
    if equal(flow.package, package) {
        return;
    }
    let mut text = ConstantMessage::new(
        "the program of the flow does not know secrets that another package declares\nhelp: declare this deployment in the package `",
    );
    text.push(flow.package);
    text.push("`");
    panic!("{}", text.as_str())
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn holds(names: &[&str], name: &str) -> bool {
    let mut index = 0;
    while index < names.len() {
        if equal(names[index], name) {
            return true;
        }
        index += 1;
    }
    false
}

/// Adds the flow's parameters but those in `without`; all, or only those that are required.
const fn push_names(
    text: &mut ConstantMessage,
    flow: &FlowRecord,
    without: &[&str],
    required: bool,
) {
    let mut separator = "`";
    let mut index = 0;
    while index < flow.parameters.len() {
        let parameter = &flow.parameters[index];
        if (parameter.required || !required) && !holds(without, parameter.name) {
            text.push(separator);
            text.push(parameter.name);
            text.push("`");
            separator = ", `";
        }
        index += 1;
    }
}

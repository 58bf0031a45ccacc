//! Quantities, labels, tolerations and names of objects, by the rules of Kubernetes.
//!
//! Rules: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>,
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/> and
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.

mod label;
mod object;
mod quantity;

pub use label::{LabelError, NodeLabel, Toleration, TolerationError};
pub use object::{ObjectName, ObjectNameError};
pub use quantity::{Cpu, Memory, QuantityError};

/// The key of `#[deployment(...)]` that sets a job variable, as it is written there.
#[must_use]
pub fn attribute_of(job_variable: &str) -> Option<&'static str> {
    Some(match job_variable {
        "cpu_request" => "resources(cpu = ...)",
        "cpu_limit" => "resources(cpu_limit = ...)",
        "memory_request" => "resources(memory = ...)",
        "memory_limit" => "resources(memory_limit = ...)",
        "gpu" => "resources(gpu = ...)",
        "node_selector" => "node_selector(...)",
        "tolerations" => "tolerations(...)",
        "service_account_name" => "service_account",
        _ => return None,
    })
}

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

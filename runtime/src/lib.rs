//! Longshore's runtime: what a flow crate links.
//!
//! A flow is a function with `#[flow]`; each `#[deployment]` on it says how Prefect runs it.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod blocking;
mod engine;
pub mod error;
mod panic;
pub mod parameter;
pub mod program;
pub mod record;
pub mod registry;
mod task;

pub use longshore_macros::{deployment, flow, task};
pub use task::TaskCall;

/// Makes the flow crate that it names a program: `longshore::main!(finance_daily_report);`
#[macro_export]
macro_rules! main {
    ($library:ident) => {
        // Naming the library is what links it, and with it the registration of its flows.
        use $library as _;

        const _: () = assert!(
            cfg!(panic = "unwind"),
            "a flow that panics is reported as failed, which `panic = \"abort\"` makes impossible: \
             remove it from the profile"
        );

        fn main() -> ::std::process::ExitCode {
            $crate::program::main(::core::env!("CARGO_PKG_NAME"))
        }
    };
}

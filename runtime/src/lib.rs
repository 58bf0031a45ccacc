//! Longshore's runtime: what a flow crate links.
//!
//! A flow is a function with `#[flow]`; each `#[deployment]` on it says how Prefect runs it.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod artifact;
mod blocking;
mod body;
mod context;
mod end;
mod engine;
pub mod error;
mod log;
mod mask;
mod memory;
mod panic;
pub mod parameter;
mod pause;
pub mod program;
pub mod record;
pub mod registry;
mod run;
mod secret;
mod server_call;
mod subflow;
mod task;
mod termination;
pub mod testing;
mod values;
mod variable;

/// Compiles the examples of the reference.
#[cfg(doctest)]
#[doc = include_str!("../../docs/attributes.md")]
mod reference {}

/// Declares how a flow is deployed; a function may have several, and needs no `#[flow]` beside them. On a `use` of a flow
/// it declares a deployment of that flow, also of another crate's.
///
/// | key | value |
/// |---|---|
/// | `name` | name of the deployment; required |
/// | `schedule` | `cron("0 6 * * MON-FRI", tz = "Europe/Oslo", day_or = true)`, `interval("15m", anchor = "2026-01-01T00:00:00Z", tz = "UTC")`, `rrule("FREQ=DAILY", start = "2026-01-01T06:00:00", tz = "UTC")`, a bare cron expression, or a list; each call also takes `slug`, `active` and `parameters(...)`. Every schedule but the first one needs a `slug` |
/// | `parameters(...)` | values by name; a bare string serves `String` and `Option<String>`, everything else is a Rust expression |
/// | `image`, `queue`, `pool` | container image, work queue, work pool |
/// | `storage`, `path` | store of the artifact, and the folder in it |
/// | `tags`, `description` | shown by the server; the description is the flow's otherwise |
/// | `concurrency` | `3`, or `concurrency(3, on_collision = "cancel_new")`; `"enqueue"` otherwise |
/// | `active` | whether it is scheduled; not given, an operator's pause stays |
/// | `resources(...)`, `node_selector(...)`, `tolerations(...)`, `service_account` | pod of a run on Kubernetes |
/// | `env(...)`, `job_variables(...)` | environment of the process, variables of the pool's job template |
/// | `secrets(...)` | `NAME = "block:name"` or `"keyvault:vault/name"`: references, never values |
/// | `catchup` | `"latest"`, `"none"` or `"all"`: what the embedded scheduler does about missed fire times |
/// | `renamed_from` | former name, whose deployment is taken over |
///
/// ```
/// use longshore::deployment;
///
/// #[deployment(name = "nightly", schedule = cron("0 2 * * *", tz = "Europe/Oslo"), parameters(days = 7))]
/// async fn report(days: u32) {
///     let _ = days;
/// }
/// # fn main() {}
/// ```
pub use longshore_macros::deployment;
/// Makes an `async fn` or a plain `fn` a flow, which returns `()` or a `Result`.
///
/// | key | value |
/// |---|---|
/// | `name` | name on the server; the function's otherwise, with `-` for `_` |
/// | `retries`, `retry_delay` | further attempts, and the wait before each: `"30s"` or a list |
/// | `timeout` | time limit of an attempt, such as `"1h30m"` |
/// | `run_name` | template of a run's name: `"report-{region}"` |
/// | `version`, `description` | shown by the server; the description is the doc comment otherwise |
///
/// Parameters are owned types with `Serialize`, `Deserialize` and `JsonSchema`. `#[param(default = 7)]` puts a default into the
/// schema, `#[param(default_with = function)]` calls a function per run. Doc comments on parameters become descriptions.
///
/// ```
/// #[longshore::flow(retries = 2, retry_delay = "30s", run_name = "report-{region}")]
/// async fn report(
///     /// Where.
///     region: String,
///     #[param(default = 7)] days: u32,
/// ) -> Result<(), std::io::Error> {
///     let _ = (region, days);
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub use longshore_macros::flow;
/// Makes a function a task: calling it gives a [`TaskCall`], which awaits to the function's result.
///
/// | key | value |
/// |---|---|
/// | `name` | name on the server; the function's otherwise, with `-` for `_` |
/// | `retries`, `retry_delay` | further attempts, and the wait before each: `"30s"`, a list, or `exponential("1s", max = "5m", jitter = 0.2)` |
/// | `timeout` | time limit of an attempt |
/// | `tags` | tags of its runs |
///
/// A task fails that returns an `Err` or panics. One that exceeds its time limit gives an `Err` if the error can be made
/// from [`error::TaskTimedOut`], as `Box<dyn Error + Send + Sync>` can, and panics otherwise. Arguments of a task with
/// retries are `Clone`. Tasks run at once under `join!` or after [`TaskCall::start`].
///
/// ```
/// #[longshore::task(retries = 3, retry_delay = "5s")]
/// async fn double(number: u32) -> u32 {
///     number * 2
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// assert_eq!(runtime.block_on(double(21)), 42);
/// ```
pub use longshore_macros::task;
pub use longshore_prefect::Secret;
pub use pause::{PauseError, pause};
pub use run::{Run, run};
pub use secret::{SecretError, secret};
pub use server_call::ServerCall;
pub use task::{TaskCall, TaskRunId, spawn};
pub use termination::cancelled;
pub use variable::{VariableError, variable};

/// Generates the `main` of a flow crate: `longshore::main!(finance_daily_report);`
///
/// A further layer for `tracing`, such as one that exports spans, is returned by a closure; it is called for runs only,
/// and before the flow. What reaches the layer is what `RUST_LOG` lets through, with secrets in clear.
///
/// ```no_run
/// longshore::main!(std, layer = || tracing_subscriber::fmt::layer().with_writer(std::io::sink));
/// ```
#[macro_export]
macro_rules! main {
    ($library:ident $(,)?) => {
        $crate::main!($library, layer = $crate::program::no_layer);
    };
    ($library:ident, layer = $layer:expr $(,)?) => {
        // Naming the library is what links it, and with it the registration of its flows.
        use $library as _;

        const _: () = assert!(
            cfg!(panic = "unwind"),
            "a flow that panics is reported as failed, which `panic = \"abort\"` makes impossible: \
             remove it from the profile"
        );

        fn main() -> ::std::process::ExitCode {
            $crate::program::main_with_layer(::core::env!("CARGO_PKG_NAME"), $layer)
        }
    };
}

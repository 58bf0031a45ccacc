//! The keys of the attributes as items, for the completion of an editor; nothing refers to them in a program.
//!
//! What is said of a key is its first paragraph in docs/attributes.md, to which a test of the macros holds it.

#![allow(
    non_upper_case_globals,
    reason = "they are named as the keys are written"
)]

use std::marker::PhantomData;

/// A key, and as a type what stands behind it.
#[derive(Debug)]
pub struct Key<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Key<T> {
    const KEY: Self = Self(PhantomData);
}

/// Keys of `#[flow]`.
pub mod flow {
    use longshore_spec::TimeSpan;

    use super::Key;

    /// Name on the server. Without it the function's, with `-` for `_`: `daily-report`.
    pub const name: Key<str> = Key::KEY;
    /// Further attempts after a failure.
    pub const retries: Key<u32> = Key::KEY;
    /// The wait before a further attempt, or a list of them, of which the last one repeats.
    pub const retry_delay: Key<TimeSpan> = Key::KEY;
    /// Time limit of one attempt.
    pub const timeout: Key<TimeSpan> = Key::KEY;
    /// Version shown by the server; without it the digest of the program.
    pub const version: Key<str> = Key::KEY;
    /// Name of a run, with parameters in braces; a brace itself is written twice.
    pub const run_name: Key<str> = Key::KEY;
    /// Description on the server; without it the doc comment.
    pub const description: Key<str> = Key::KEY;
}

/// Keys of `#[param]`.
pub mod param {
    use super::Key;

    /// An expression of the parameter's type. It is shown in the server's form, so it must be the same in every build.
    pub const default: Key<()> = Key::KEY;
    /// A function that is called in each run.
    pub const default_with: Key<fn()> = Key::KEY;
}

/// Keys of `#[deployment]`.
pub mod deployment {
    use longshore_spec::Schedule;

    use super::Key;

    /// Name of the deployment; required, and no other deployment of the flow has it.
    pub const name: Key<str> = Key::KEY;
    /// A schedule, or a list of them: `cron(...)`, `interval(...)`, `rrule(...)`, or a bare cron expression. Without it the deployment runs on demand.
    pub const schedule: Key<Schedule> = Key::KEY;
    /// Container image, by the grammar of OCI references.
    pub const image: Key<str> = Key::KEY;
    /// Work queue, from which a worker takes the runs.
    pub const queue: Key<str> = Key::KEY;
    /// Work pool; without it that of `longshore.toml`.
    pub const pool: Key<str> = Key::KEY;
    /// Store of the program: a container of Azure Blob Storage or a folder; without it that of `longshore.toml`.
    pub const storage: Key<str> = Key::KEY;
    /// Folder in the store, and the deployment's `path`. It exists in the workspace; without the key it is the crate's own folder.
    pub const path: Key<str> = Key::KEY;
    /// Values by the name of the parameter. A bare string serves `String` and `Option<String>`; everything else is an expression of the parameter's type. A deployment with a schedule gives every parameter a value that has no default.
    pub const parameters: Key<()> = Key::KEY;
    /// Tags on the server, beside the one that says who owns the deployment.
    pub const tags: Key<[&str]> = Key::KEY;
    /// Description of the deployment; without it the flow's.
    pub const description: Key<str> = Key::KEY;
    /// How many of its runs may be active at once; the others wait. `concurrency(...)` says what else can become of them.
    pub const concurrency: Key<u32> = Key::KEY;
    /// Whether it is scheduled at all. Without the key an operator's pause stays as it is.
    pub const active: Key<bool> = Key::KEY;
    /// Environment variables of the process; not for secrets.
    pub const env: Key<()> = Key::KEY;
    /// Variables of the pool's job template, as Rust expressions. Those that `deploy` sets itself are refused.
    pub const job_variables: Key<()> = Key::KEY;
    /// What the container of a run on Kubernetes requests, and its limits: `cpu`, `memory`, `cpu_limit`, `memory_limit` and `gpu`.
    pub const resources: Key<()> = Key::KEY;
    /// Labels that the node of a run on Kubernetes must have, as `"key=value"`.
    pub const node_selector: Key<()> = Key::KEY;
    /// Taints of nodes that a run on Kubernetes tolerates, as `kubectl taint` writes them: `"key=value:Effect"`, `"key:Effect"` or `"key"`.
    pub const tolerations: Key<()> = Key::KEY;
    /// Service account of a run on Kubernetes; without it that of the pool.
    pub const service_account: Key<str> = Key::KEY;
    /// Secrets by reference, never by value; `longshore::secret("TOKEN")` reads them in the run.
    pub const secrets: Key<()> = Key::KEY;
    /// What `deploy serve` does about fire times that it has missed: `"latest"` (the default), `"none"` or `"all"`.
    pub const catchup: Key<str> = Key::KEY;
    /// Former name, whose deployment on the server is taken over with its runs.
    pub const renamed_from: Key<str> = Key::KEY;
}

/// Keys of every schedule.
pub mod every_schedule {
    use longshore_spec::{Slug, TimeZone};

    use super::Key;

    /// Time zone, by the names of IANA; without it UTC.
    pub const tz: Key<TimeZone> = Key::KEY;
    /// Name by which the server knows the schedule again when its expression changes. The first one is `main` without it, every further one needs its own.
    pub const slug: Key<Slug> = Key::KEY;
    /// Whether this one fires; without it an operator's pause stays as it is.
    pub const active: Key<bool> = Key::KEY;
    /// Values that win over the deployment's.
    pub const parameters: Key<()> = Key::KEY;
}

/// Keys of `cron(...)`.
pub mod cron {
    use super::Key;
    pub use super::every_schedule::{active, parameters, slug, tz};

    /// With `false` a day is due if both the day of the month and the weekday fit; without it one of the two is enough.
    pub const day_or: Key<bool> = Key::KEY;
}

/// Keys of `interval(...)`.
pub mod interval {
    use longshore_spec::Anchor;

    use super::Key;
    pub use super::every_schedule::{active, parameters, slug, tz};

    /// A moment from which the intervals are counted, by RFC 3339; without it 2020-01-01T00:00 in the schedule's zone.
    pub const anchor: Key<Anchor> = Key::KEY;
}

/// Keys of `rrule(...)`.
pub mod rrule {
    use longshore_spec::LocalDateTime;

    use super::Key;
    pub use super::every_schedule::{active, parameters, slug, tz};

    /// Local time of the first occurrence; `COUNT` needs it. Without it 2020-01-01T00:00.
    pub const start: Key<LocalDateTime> = Key::KEY;
}

/// Keys of `concurrency(...)`.
pub mod concurrency {
    use super::Key;

    /// Active runs at the most; it may stand first without its name.
    pub const limit: Key<u32> = Key::KEY;
    /// What becomes of the run that is one too many: `"enqueue"` (the default), it waits, or `"cancel_new"`.
    pub const on_collision: Key<str> = Key::KEY;
}

/// Keys of `#[task]`.
pub mod task {
    use longshore_spec::TimeSpan;

    use super::Key;

    /// Name on the server. Without it the function's, with `-` for `_`.
    pub const name: Key<str> = Key::KEY;
    /// Further attempts after a failure; the arguments are `Clone` then.
    pub const retries: Key<u32> = Key::KEY;
    /// The wait before a further attempt, a list of them, or `exponential(...)`.
    pub const retry_delay: Key<TimeSpan> = Key::KEY;
    /// Time limit of one attempt.
    pub const timeout: Key<TimeSpan> = Key::KEY;
    /// Tags of the task's runs.
    pub const tags: Key<[&str]> = Key::KEY;
}

/// Keys of `exponential(...)`.
pub mod exponential {
    use longshore_spec::TimeSpan;

    use super::Key;

    /// The first wait; it may stand first without its name.
    pub const base: Key<TimeSpan> = Key::KEY;
    /// The longest wait.
    pub const max: Key<TimeSpan> = Key::KEY;
    /// Share of a wait that is random, from 0 to 1.
    pub const jitter: Key<f64> = Key::KEY;
}

/// The kinds of schedules.
pub mod schedules {
    /// `cron("expression")`: five fields as Prefect takes them, with names, `L`, `#`, wrap-around ranges and `@daily`; less what Prefect takes and runs at other times than one thinks.
    pub fn cron(_expression: &str) {}
    /// `interval("15m")`: a duration above zero.
    pub fn interval(_duration: &str) {}
    /// `rrule("FREQ=MONTHLY;BYDAY=-1FR")`: a rule of RFC 5545, as far as Prefect takes it.
    pub fn rrule(_rule: &str) {}
}

/// What can stand for the waits of a task.
pub mod delays {
    /// `exponential("1s", max = "5m", jitter = 0.2)`: waits that double.
    pub fn exponential(_base: &str) {}
}

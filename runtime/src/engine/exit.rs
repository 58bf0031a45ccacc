//! What becomes of the run when the flow, or a library of it, ends the process by `std::process::exit`.
//!
//! The C library calls us on the thread that ends the process, while all others still run. That thread may be one of the
//! runtime's, so everything is done on a new thread, by a runtime and connections of its own.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::time::Duration;

use chrono::Utc;
use longshore_prefect::{Client, ClientOptions, Patience, State, StateType};

use super::api::Api;
use super::phase::Phase;
use super::{EngineError, end_children, life, reentry, warn_of_outage};
use crate::error::chain;

/// How long the end of the process is held up: a server that is away for longer does not learn of it.
const LONGEST: Duration = Duration::from_secs(20);

/// How long the server may be away meanwhile.
const OUTAGE: Duration = Duration::from_secs(10);

/// The run whose end the server does not know yet.
static RUN: Mutex<Option<Unended>> = Mutex::new(None);

struct Unended {
    options: ClientOptions,
    api: Arc<Api>,
}

/// Reports the run as Crashed if the process ends while this value lives.
#[must_use]
pub(super) struct Guard;

impl Guard {
    pub(super) fn new(options: ClientOptions, api: Arc<Api>) -> Self {
        static REGISTER: Once = Once::new();
        REGISTER.call_once(register);
        *run() = Some(Unended { options, api });
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        run().take();
    }
}

fn run() -> MutexGuard<'static, Option<Unended>> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn register() {
    // SAFETY: `atexit` of the C library (POSIX) takes a function that takes nothing and returns nothing.
    #[expect(unsafe_code, reason = "declares a function that is safe to call")]
    unsafe extern "C" {
        safe fn atexit(function: extern "C" fn()) -> std::ffi::c_int;
    }
    if atexit(at_exit) != 0 {
        tracing::warn!("an end of the process by `std::process::exit` cannot be noticed");
    }
}

#[cfg(not(unix))]
fn register() {}

#[cfg(unix)]
extern "C" fn at_exit() {
    let Some(unended) = run().take() else { return };
    let (done, is_done) = mpsc::channel();
    let report = move || {
        report(&unended);
        // It is not waited for any more if that took too long.
        let _ = done.send(());
    };
    if std::thread::Builder::new().spawn(report).is_ok() {
        // An error is a panic, which is on the terminal.
        let _ = is_done.recv_timeout(LONGEST);
    }
}

fn report(unended: &Unended) {
    tracing::error!(
        "the flow ended the process, by `std::process::exit` or its like: return from the flow instead"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let reported = match runtime {
        Ok(runtime) => runtime.block_on(crash(unended)),
        Err(error) => Err(EngineError::Runtime(error)),
    };
    if let Err(error) = reported {
        tracing::error!("{}", chain(&error));
    }
}

async fn crash(unended: &Unended) -> Result<(), EngineError> {
    let client = Client::new(unended.options.clone()).map_err(EngineError::SetUp)?;
    let api = unended
        .api
        .over(client, Patience::new(OUTAGE, warn_of_outage));
    end_children().await;
    api.flush_logs().await;
    if unended.api.phase.is(Phase::Waiting) {
        return reentry::give_to_workers(&api, Utc::now()).await;
    }
    let state = State {
        message: Some("The flow ended its process before it returned.".to_owned()),
        ..State::new(StateType::Crashed)
    };
    api.end_subflows(api.take_open_subflows(), &state).await;
    life::report(&api, &state).await.map(drop)
}

//! Panics of a flow: kept with their place, so that the end can tell them.

use std::sync::{Mutex, PoisonError};

/// The text of a panic and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    pub(crate) text: String,
    pub(crate) place: String,
}

static LAST: Mutex<Option<Panic>> = Mutex::new(None);

/// From here on a panic goes to the log, with its place, instead of the default lines, and is kept.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let panic = Panic {
            text: info
                .payload_as_str()
                .unwrap_or("a panic without a text")
                .to_owned(),
            place: info
                .location()
                .map_or_else(|| "an unknown place".to_owned(), ToString::to_string),
        };
        tracing::error!("panicked at {}: {}", panic.place, panic.text);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
    }));
}

/// The last panic, if there was one.
pub(crate) fn take_panic() -> Option<Panic> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

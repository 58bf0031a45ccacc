//! Panics of a flow: kept with their place, so that the end can tell them.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// The text of a panic and where it came from.
#[derive(Debug)]
struct Panic {
    text: String,
    place: String,
}

/// So many are kept: tasks may panic at once, and a flow may live on after each.
const KEPT: usize = 64;

static LAST: Mutex<VecDeque<Panic>> = Mutex::new(VecDeque::new());

/// From here on a panic goes to the log, with its place, instead of the default lines, and is kept.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let panic = Panic {
            text: text_of(info.payload()),
            place: info
                .location()
                .map_or_else(|| "an unknown place".to_owned(), ToString::to_string),
        };
        tracing::error!("panicked at {}: {}", panic.place, panic.text);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(panic);
    }));
}

/// What a caught panic says, with its place.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = text_of(payload);
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    // A payload does not know where it comes from.
    match last.iter().rev().find(|panic| panic.text == text) {
        Some(panic) => format!("panicked at {}: {text}", panic.place),
        None => format!("panicked: {text}"),
    }
}

fn text_of(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_owned()
    }
}

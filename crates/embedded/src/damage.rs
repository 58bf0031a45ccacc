//! Panics inside redb: it trusts the pages of a file that was closed in order, and panics on a damaged one.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Number of nested calls of [`calling`] on this thread.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Whether the panic that unwinds this thread started inside redb.
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Notes the end of a call of redb, also while the thread unwinds.
struct Call;

impl Call {
    fn start() -> Self {
        CALLS.set(CALLS.get() + 1);
        Self
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.set(CALLS.get() - 1);
        if std::thread::panicking() {
            PANICKED.set(true);
        }
    }
}

/// Runs code that calls nothing but redb: a panic within it is not printed, and [`catching`] returns it as an error.
pub(crate) fn calling<T>(work: impl FnOnce() -> T) -> T {
    let _call = Call::start();
    work()
}

/// Runs the code of a transaction, and returns a panic of redb as [`redb::Error::Corrupted`].
///
/// Transactions have to be dropped within `work`: redb then sees that the thread unwinds, and keeps what it has in
/// memory out of the file. All other panics continue.
pub(crate) fn catching<T, E: From<redb::Error>>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    silence();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) if PANICKED.take() => {
            Err(redb::Error::Corrupted(message(payload.as_ref()).to_owned()).into())
        }
        Err(payload) => resume_unwind(payload),
    }
}

/// Puts a hook before the present one that skips panics inside redb and passes on all others.
fn silence() {
    static ONCE: Once = Once::new();
    // The hook cannot be replaced while a thread unwinds.
    if std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let present = take_hook();
        set_hook(Box::new(move |panic| {
            if CALLS.get() == 0 {
                present(panic);
            }
        }));
    });
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("the file is damaged")
}

/// The instruction for a database that cannot be read or written.
pub(crate) fn help(file: &Path) -> String {
    format!(
        "if this user can read and write the file and the error persists, move `{}` away: the next apply creates the \
         deployments again from the sources, the history of runs, variables and secrets are lost",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_redb_is_an_error() {
        let result: Result<(), redb::Error> =
            catching(|| calling(|| panic!("index {} out of bounds", 7)));
        let Err(redb::Error::Corrupted(text)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(text, "index 7 out of bounds");
        assert_eq!(CALLS.get(), 0);
    }

    #[test]
    fn other_panics_continue() {
        let caught = catch_unwind(|| {
            catching(|| {
                calling(|| ());
                if CALLS.get() == 0 {
                    resume_unwind(Box::new("a mistake of a request"));
                }
                Ok::<(), redb::Error>(())
            })
        });
        let payload = caught.expect_err("a panic");
        assert_eq!(message(payload.as_ref()), "a mistake of a request");
    }
}

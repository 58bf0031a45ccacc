//! What can be told of a task's output without knowing its type: method resolution takes the first trait that fits.
//!
//! The macro calls `(&&&&&Look(&output)).failure()` where the type is known; a trait for a type with fewer `&` comes
//! later.

use std::error::Error;
use std::fmt::Display;
use std::marker::PhantomData;

use crate::error::chain;

/// An output to be looked at.
#[derive(Debug)]
pub struct Look<'a, T>(pub &'a T);

/// A `Result` whose error is an `Error`.
pub trait FailedByError {
    fn failure(&self) -> Option<String>;
}

impl<T, E: Error + 'static> FailedByError for &&&&Look<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|error| chain(error))
    }
}

/// A `Result` whose error holds one, as `Box<dyn Error + Send + Sync>` does.
pub trait FailedByReference {
    fn failure(&self) -> Option<String>;
}

impl<T, E: AsRef<dyn Error + Send + Sync>> FailedByReference for &&&Look<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|error| chain(error.as_ref()))
    }
}

/// A `Result` whose error is a text.
pub trait FailedByDisplay {
    fn failure(&self) -> Option<String>;
}

impl<T, E: Display> FailedByDisplay for &&Look<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(ToString::to_string)
    }
}

/// A `Result` whose error cannot be shown.
pub trait FailedSilently {
    fn failure(&self) -> Option<String>;
}

impl<T, E> FailedSilently for &Look<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0
            .as_ref()
            .err()
            .map(|_| "the task returned an error".to_owned())
    }
}

/// Anything else.
pub trait NotFailed {
    fn failure(&self) -> Option<String>;
}

impl<T> NotFailed for Look<'_, T> {
    fn failure(&self) -> Option<String> {
        None
    }
}

/// Stands for a type of output, and for what says that time was up.
#[derive(Debug)]
pub struct OutputOf<T, X>(pub PhantomData<(T, X)>);

/// A `Result` whose error can be made from [`TaskTimedOut`](crate::error::TaskTimedOut) or [`FlowTimedOut`].
///
/// [`FlowTimedOut`]: crate::error::FlowTimedOut
pub trait TimedOutAsError<T, X> {
    fn timed_out(&self, error: X) -> Result<T, X>;
}

impl<T, E: From<X>, X> TimedOutAsError<Result<T, E>, X> for &OutputOf<Result<T, E>, X> {
    fn timed_out(&self, error: X) -> Result<Result<T, E>, X> {
        Ok(Err(error.into()))
    }
}

/// Every other type.
pub trait TimedOutAsPanic<T, X> {
    fn timed_out(&self, error: X) -> Result<T, X>;
}

impl<T, X> TimedOutAsPanic<T, X> for OutputOf<T, X> {
    fn timed_out(&self, error: X) -> Result<T, X> {
        Err(error)
    }
}

#[cfg(test)]
#[expect(
    clippy::needless_borrow,
    reason = "the macro writes all of them, whatever the type"
)]
mod tests {
    use super::*;
    use crate::error::TaskTimedOut;

    struct Opaque;

    #[test]
    fn failures_are_told_by_what_the_error_can_say() {
        let io = || std::io::Error::other("no disk");
        let result: Result<(), _> = Err(io());
        assert_eq!((&&&&&Look(&result)).failure().as_deref(), Some("no disk"));
        let result: Result<(), Box<dyn Error + Send + Sync>> = Err(io().into());
        assert_eq!((&&&&&Look(&result)).failure().as_deref(), Some("no disk"));
        let result: Result<(), _> = Err("no disk");
        assert_eq!((&&&&&Look(&result)).failure().as_deref(), Some("no disk"));
        let result: Result<(), _> = Err(Opaque);
        let told = (&&&&&Look(&result)).failure();
        assert_eq!(told.as_deref(), Some("the task returned an error"));
        let result: Result<u8, Opaque> = Ok(1);
        assert_eq!((&&&&&Look(&result)).failure(), None);
        assert_eq!((&&&&&Look(&7)).failure(), None);
    }

    #[test]
    fn the_end_of_time_is_an_error_where_the_type_has_room_for_it() {
        let error = || TaskTimedOut {
            task: "load".to_owned(),
            limit: std::time::Duration::from_secs(5),
        };
        let boxed = OutputOf::<Result<u8, Box<dyn Error + Send + Sync>>, TaskTimedOut>(PhantomData);
        let output = (&&boxed).timed_out(error()).expect("an output");
        let text = output.expect_err("an error").to_string();
        assert_eq!(text, "the task `load` exceeded its time limit of 5s");
        let bare = OutputOf::<u8, TaskTimedOut>(PhantomData);
        assert!((&&bare).timed_out(error()).is_err());
    }
}

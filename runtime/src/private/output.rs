//! What can be told of an output without knowing its type: method resolution takes the first that fits.
//!
//! The macro calls `(&&OutputOf::<T, X>::NEW).failure()` where the type is known. The compiler looks for the method on
//! `&&OutputOf`, then `&&&OutputOf`, `&mut &&OutputOf`, `&OutputOf` and `OutputOf`. What it finds is a function, so that
//! nothing else is compiled for the type.

use std::error::Error;
use std::fmt::Display;
use std::marker::PhantomData;

use crate::error::chain;

/// Stands for a type of output, and for what says that time was up.
#[derive(Debug)]
pub struct OutputOf<T, X>(PhantomData<fn() -> (T, X)>);

impl<T, X> Copy for OutputOf<T, X> {}

impl<T, X> Clone for OutputOf<T, X> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, X> OutputOf<T, X> {
    pub const NEW: Self = Self(PhantomData);
}

/// Tells whether an output is a failure, and which.
pub trait Failure {
    type Output;

    fn failure(self) -> fn(&Self::Output) -> Option<String>;
}

/// A `Result` whose error is an `Error`.
impl<T, E: Error + 'static, X> Failure for &&OutputOf<Result<T, E>, X> {
    type Output = Result<T, E>;

    fn failure(self) -> fn(&Result<T, E>) -> Option<String> {
        |output| output.as_ref().err().map(|error| chain(error))
    }
}

/// A `Result` whose error holds one, as `Box<dyn Error + Send + Sync>` does.
impl<T, E: AsRef<dyn Error + Send + Sync>, X> Failure for &&&OutputOf<Result<T, E>, X> {
    type Output = Result<T, E>;

    fn failure(self) -> fn(&Result<T, E>) -> Option<String> {
        |output| output.as_ref().err().map(|error| chain(error.as_ref()))
    }
}

/// A `Result` whose error is a text.
impl<T, E: Display, X> Failure for &mut &&OutputOf<Result<T, E>, X> {
    type Output = Result<T, E>;

    fn failure(self) -> fn(&Result<T, E>) -> Option<String> {
        |output| output.as_ref().err().map(ToString::to_string)
    }
}

/// A `Result` whose error cannot be shown.
impl<T, E, X> Failure for &OutputOf<Result<T, E>, X> {
    type Output = Result<T, E>;

    fn failure(self) -> fn(&Result<T, E>) -> Option<String> {
        |output| {
            let failed = output.is_err();
            failed.then(|| "the task returned an error".to_owned())
        }
    }
}

/// Anything else.
impl<T, X> Failure for OutputOf<T, X> {
    type Output = T;

    fn failure(self) -> fn(&T) -> Option<String> {
        |_| None
    }
}

/// Makes the output that says that time was up, if the type has one.
pub trait TimedOut<X> {
    type Output;

    fn timed_out(self) -> fn(X) -> Result<Self::Output, X>;
}

/// A `Result` whose error can be made from [`TaskTimedOut`](crate::error::TaskTimedOut) or
/// [`FlowTimedOut`](crate::error::FlowTimedOut).
impl<T, E: From<X>, X> TimedOut<X> for &&OutputOf<Result<T, E>, X> {
    type Output = Result<T, E>;

    fn timed_out(self) -> fn(X) -> Result<Result<T, E>, X> {
        |error| Ok(Err(error.into()))
    }
}

/// Every other type.
impl<T, X> TimedOut<X> for OutputOf<T, X> {
    type Output = T;

    fn timed_out(self) -> fn(X) -> Result<T, X> {
        Err
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BoxError, TaskTimedOut};

    struct Opaque;

    /// As the macro writes it, where the type is known.
    macro_rules! of {
        ($type:ty) => {
            (&&OutputOf::<$type, TaskTimedOut>::NEW)
        };
    }

    #[test]
    fn failures_are_told_by_what_the_error_can_say() {
        let io = || std::io::Error::other("no disk");
        let told = of!(Result<(), std::io::Error>).failure();
        assert_eq!(told(&Err(io())).as_deref(), Some("no disk"));
        assert_eq!(told(&Ok(())), None);
        let told = of!(Result<(), BoxError>).failure();
        assert_eq!(told(&Err(io().into())).as_deref(), Some("no disk"));
        let told = of!(Result<(), &str>).failure();
        assert_eq!(told(&Err("no disk")).as_deref(), Some("no disk"));
        let told = of!(Result<u8, Opaque>).failure();
        let opaque = told(&Err(Opaque));
        assert_eq!(opaque.as_deref(), Some("the task returned an error"));
        assert_eq!(told(&Ok(1)), None);
        assert_eq!(of!(u8).failure()(&7), None);
    }

    #[test]
    fn the_end_of_time_is_an_error_where_the_type_has_room_for_it() {
        let error = || TaskTimedOut {
            task: "load".to_owned(),
            limit: std::time::Duration::from_secs(5),
        };
        let boxed = of!(Result<u8, BoxError>).timed_out();
        let output = boxed(error()).expect("an output");
        let text = output.expect_err("an error").to_string();
        assert_eq!(text, "the task `load` exceeded its time limit of 5s");
        assert!(of!(u8).timed_out()(error()).is_err());
    }
}

//! What calls the function of a flow, whatever its type.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::blocking::on_thread;
use crate::error::{BoxError, ParameterError};
use crate::parameter::{ArgumentReader, ArgumentTuple, Function};

/// What a flow may return.
#[diagnostic::on_unimplemented(
    message = "a flow cannot return `{Self}`",
    label = "neither `()` nor `Result<T, E>`",
    note = "return `()` or a `Result` whose error converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait FlowOutput {
    /// The error, if it is one.
    ///
    /// # Errors
    /// The function has returned an error.
    fn into_end(self) -> Result<(), BoxError>;
}

impl FlowOutput for () {
    fn into_end(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<T, E: Into<BoxError>> FlowOutput for Result<T, E> {
    fn into_end(self) -> Result<(), BoxError> {
        self.map(drop).map_err(Into::into)
    }
}

/// A call of a flow's function that has begun.
pub trait FlowCall {
    /// Goes on with it; what it returns is only told to be a failure or none.
    fn poll_end(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), BoxError>>;
}

impl<F: Future<Output: FlowOutput>> FlowCall for F {
    fn poll_end(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.poll(context).map(FlowOutput::into_end)
    }
}

/// A flow's function, as its record keeps it.
pub trait FlowBody: fmt::Debug + Sync {
    /// Reads the arguments and begins a call.
    ///
    /// # Errors
    /// The values are not those of the parameters.
    fn begin(&self, arguments: ArgumentReader) -> Result<Pin<Box<dyn FlowCall>>, ParameterError>;
}

/// A function with the tuple of its arguments; the type tells one that is asynchronous from a plain one.
pub struct Body<F, A, Kind> {
    function: F,
    types: PhantomData<fn(A) -> Kind>,
}

impl<F, A, Kind> fmt::Debug for Body<F, A, Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

/// An `async fn`.
#[derive(Debug)]
pub struct Asynchronous;

/// A plain `fn`.
#[derive(Debug)]
pub struct Plain;

/// The body of an `async fn`.
///
/// What it has to be is asked of [`Body`] alone, so that a mistake is told once.
pub const fn body<F: Function<A>, A>(function: F) -> Body<F, A, Asynchronous> {
    Body {
        function,
        types: PhantomData,
    }
}

/// The body of a plain `fn`, which runs where it may block.
pub const fn plain_body<F: Function<A>, A>(function: F) -> Body<F, A, Plain> {
    Body {
        function,
        types: PhantomData,
    }
}

impl<F, A> FlowBody for Body<F, A, Asynchronous>
where
    F: Function<A, Output: Future<Output: FlowOutput> + 'static> + Sync,
    A: ArgumentTuple,
{
    fn begin(&self, arguments: ArgumentReader) -> Result<Pin<Box<dyn FlowCall>>, ParameterError> {
        let read = arguments.all::<A>()?;
        let call: Box<dyn FlowCall> = Box::new(self.function.call(read));
        Ok(call.into())
    }
}

impl<F, A> FlowBody for Body<F, A, Plain>
where
    F: Function<A, Output: FlowOutput + Send> + Copy + Send + Sync + 'static,
    A: ArgumentTuple + Send,
{
    fn begin(&self, arguments: ArgumentReader) -> Result<Pin<Box<dyn FlowCall>>, ParameterError> {
        let read = arguments.all::<A>()?;
        let function = self.function;
        Ok(Box::pin(on_thread(move || function.call(read).into_end())))
    }
}

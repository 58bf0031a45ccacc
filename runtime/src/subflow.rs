//! A flow that is called from a flow: what its macro calls.

mod place;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::blocking::{on_thread, wait_anywhere};
use crate::context;
use crate::end::{End, Output};
use crate::error::FlowTimedOut;
use crate::mask::masked_value;
use crate::parameter::{ArgumentReader, ArgumentTuple, Function, large_numbers_as_strings};
use crate::record::FlowRecord;
use crate::run::{self, Attempt, Server};
use place::Place;

/// What a server of 3.x takes for the parameters of one run is half a megabyte.
const LARGEST_PARAMETERS: usize = 500_000;

/// A call of a flow's `async fn`: from a flow's run it is a run of its own, and a plain call otherwise.
pub async fn call<F, A, C>(
    record: &'static FlowRecord,
    function: F,
    arguments: A,
    output: Output<C::Output, FlowTimedOut>,
) -> C::Output
where
    F: Function<A, Output = C>,
    A: ArgumentTuple,
    C: Future,
{
    let Some(subflow) = subflow(record, &arguments.each()) else {
        return function.call(arguments).await;
    };
    let mut given = Some(arguments);
    let attempt = move |again: Option<&mut ArgumentReader>| {
        let arguments = next(&mut given, again)?;
        Some(function.call(arguments))
    };
    subflow.run(output, attempt).await
}

/// The same for a plain `fn`, whose further attempts run where they may block.
pub fn call_plain<F, A>(
    record: &'static FlowRecord,
    function: F,
    arguments: A,
    output: Output<F::Output, FlowTimedOut>,
) -> F::Output
where
    F: Function<A, Output: Send + 'static> + Copy + Send + 'static,
    A: ArgumentTuple + Send,
{
    let Some(subflow) = subflow(record, &arguments.each()) else {
        return function.call(arguments);
    };
    let mut given = Some(arguments);
    let attempt = move |again: Option<&mut ArgumentReader>| {
        let arguments = next(&mut given, again)?;
        Some(on_thread(move || function.call(arguments)))
    };
    wait_anywhere(subflow.run(output, attempt))
}

/// The arguments of the caller, or those that the server has; `None` if they cannot be read.
fn next<A: ArgumentTuple>(given: &mut Option<A>, again: Option<&mut ArgumentReader>) -> Option<A> {
    match again {
        None => given.take(),
        Some(again) => A::read(again).ok(),
    }
}

/// A call that is to become a child run.
#[derive(Debug)]
pub(crate) struct SubflowCall {
    pub(crate) record: &'static FlowRecord,
    /// The run that calls; `None` for the flow of a test.
    pub(crate) parent: Option<Arc<Attempt>>,
    pub(crate) server: Server,
    pub(crate) parameters: Map<String, Value>,
}

/// The call of a flow's function as a subflow of the run at hand; `None` if it is a plain call.
fn subflow(record: &'static FlowRecord, arguments: &[&dyn Any]) -> Option<SubflowCall> {
    let parent = run::current();
    let server = match &parent {
        Some(parent) => parent.server().clone(),
        None => Server::Memory(context::memory()?),
    };
    Some(SubflowCall {
        record,
        parent,
        server,
        parameters: shown(record, arguments),
    })
}

/// The arguments by name, as far as they can be shown.
fn shown(record: &FlowRecord, arguments: &[&dyn Any]) -> Map<String, Value> {
    let pairs = record.parameters.iter().zip(arguments);
    let values = pairs
        .filter_map(|(parameter, value)| {
            let value = parameter.show(*value)?;
            // What holds a secret is not shown, and so not read again either.
            let is_open = masked_value(value.clone()) == value;
            is_open.then(|| (parameter.name.to_owned(), large_numbers_as_strings(value)))
        })
        .collect();
    let size = serde_json::to_vec(&values).map_or(0, |text| text.len());
    if size > LARGEST_PARAMETERS {
        tracing::warn!(
            "the arguments of the subflow `{}` are too large to be shown: {size} bytes",
            record.name
        );
        return Map::new();
    }
    values
}

impl SubflowCall {
    /// Runs the child to its end and gives what its last attempt gave.
    ///
    /// `attempt` makes a call: the first one with the arguments of the caller, a further one with those that the server
    /// has, or none if they cannot be read.
    async fn run<T, F: Future<Output = T>>(
        self,
        output: Output<T, FlowTimedOut>,
        attempt: impl FnMut(Option<&mut ArgumentReader>) -> Option<F>,
    ) -> T {
        match (&self.server, &self.parent) {
            (Server::Prefect(api), Some(parent)) => {
                let (api, parent) = (Arc::clone(api), Arc::clone(parent));
                crate::engine::run_subflow(&api, parent, self, output, attempt).await
            }
            (Server::Memory(memory), _) => {
                let memory = Arc::clone(memory);
                crate::memory::run_in_memory(memory, self, output, attempt).await
            }
            (Server::Prefect(_), None) => unreachable!("only a test's flow has no parent"),
        }
    }
}

/// Makes one attempt of a flow, which the tasks and the log records in it belong to, and ends it.
pub(crate) async fn one<T>(
    record: &'static FlowRecord,
    attempt: Arc<Attempt>,
    call: impl Future<Output = T>,
    output: &Output<T, FlowTimedOut>,
) -> End<T, FlowTimedOut> {
    let place = Place::new(record, &attempt);
    let end = place.hold(call).await;
    place.report(end.failure(output));
    attempt.end().await;
    end
}

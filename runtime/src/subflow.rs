//! A flow that is called from a flow: what its macro calls, and the arguments of its attempts.

mod place;

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;

use longshore_spec::FlowName;
use serde_json::{Map, Value};

use crate::context;
use crate::end::{End, Output};
use crate::error::FlowTimedOut;
use crate::mask::masked_value;
use crate::record::FlowRecord;
use crate::registry::RegisteredFlow;
use crate::run::{self, Attempt, Server};
use place::Place;

/// What a server of 3.x takes for the parameters of one run is half a megabyte.
const LARGEST_PARAMETERS: usize = 500_000;

tokio::task_local! {
    /// Whether the next call of a flow's function is that of the run itself.
    static ENTRY: Cell<bool>;
}

/// Makes the first call of a flow's function in a future the run itself.
pub fn entering<F: Future>(future: F) -> impl Future<Output = F::Output> {
    ENTRY.scope(Cell::new(true), future)
}

/// As [`entering`], for a plain function.
pub fn enter<T>(function: impl FnOnce() -> T) -> T {
    ENTRY.sync_scope(Cell::new(true), function)
}

/// A call that is to become a child run.
#[derive(Debug)]
pub struct SubflowCall {
    pub(crate) record: &'static FlowRecord,
    /// The run that calls; `None` for the flow of a test.
    pub(crate) parent: Option<Arc<Attempt>>,
    pub(crate) server: Server,
    pub(crate) parameters: Map<String, Value>,
}

/// The call of a flow's function as a subflow of the run at hand; `None` if it is a plain call.
pub fn subflow(name: &FlowName, arguments: &[&dyn Any]) -> Option<SubflowCall> {
    let is_entry = ENTRY.try_with(|entry| entry.replace(false));
    if is_entry.unwrap_or(false) {
        return None;
    }
    let parent = run::current();
    let server = match &parent {
        Some(parent) => parent.server().clone(),
        None => Server::Memory(context::memory()?),
    };
    let mut flows = inventory::iter::<RegisteredFlow>.into_iter();
    let record = flows.find(|flow| flow.0.name == *name)?.0;
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
            is_open.then(|| (parameter.name.to_owned(), value))
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
    pub async fn run<T, F: Future<Output = T>>(
        self,
        output: Output<T, FlowTimedOut>,
        attempt: impl FnMut(Option<&mut SubflowArguments>) -> Option<F>,
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

/// The arguments of a further attempt, read from the parameters of the run in their order.
#[derive(Debug)]
pub struct SubflowArguments {
    record: &'static FlowRecord,
    values: Map<String, Value>,
    taken: usize,
}

impl SubflowArguments {
    pub(crate) fn new(record: &'static FlowRecord, values: Map<String, Value>) -> Self {
        Self {
            record,
            values,
            taken: 0,
        }
    }

    /// The next argument; `None` if it cannot be read.
    pub fn take<T: 'static>(&mut self) -> Option<T> {
        let parameter = self.record.parameters.get(self.taken)?;
        self.taken += 1;
        let value = self.values.remove(parameter.name)?;
        let read = parameter.read(value).ok()?.downcast().ok()?;
        Some(*read)
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

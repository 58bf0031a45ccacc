//! The arguments of one call: from values by name to what the function takes, and back.

use std::any::Any;

use serde_json::{Map, Value};

use super::{ParameterRecord, large_numbers_from_strings};
use crate::error::ParameterError;

/// The parameter values of one run.
#[derive(Debug, Default)]
pub struct Arguments {
    values: Map<String, Value>,
}

impl Arguments {
    /// Values by parameter name.
    #[must_use]
    pub fn new(values: Map<String, Value>) -> Self {
        Self { values }
    }
}

/// Reads values in the order of a flow's parameters.
#[derive(Debug)]
pub struct ArgumentReader {
    parameters: &'static [ParameterRecord],
    values: Map<String, Value>,
    taken: usize,
    /// Whether a parameter without a value has its default.
    has_defaults: bool,
}

impl ArgumentReader {
    /// For a run, which need not name a value for each parameter.
    pub(crate) fn of_run(parameters: &'static [ParameterRecord], arguments: Arguments) -> Self {
        Self {
            parameters,
            values: arguments.values,
            taken: 0,
            has_defaults: true,
        }
    }

    /// For a further attempt of a subflow, whose caller has given all of them.
    pub(crate) fn again(
        parameters: &'static [ParameterRecord],
        values: Map<String, Value>,
    ) -> Self {
        Self {
            has_defaults: false,
            ..Self::of_run(parameters, Arguments::new(values))
        }
    }

    /// The next argument.
    ///
    /// # Errors
    /// The value does not fit the type, or there is neither a value nor a default.
    pub fn take<T: 'static>(&mut self) -> Result<T, ParameterError> {
        match self.next()?.downcast() {
            Ok(value) => Ok(*value),
            Err(_) => unreachable!("the parameters of a flow have the types of its function"),
        }
    }

    // All that need not know the type is compiled once, and not for each type.
    fn next(&mut self) -> Result<Box<dyn Any>, ParameterError> {
        let Some(parameter) = self.parameters.get(self.taken) else {
            unreachable!("a flow has as many parameters as its function");
        };
        self.taken += 1;
        let value = self.values.remove(parameter.name);
        if value.is_none() && !self.has_defaults {
            return Err(ParameterError::Missing {
                name: parameter.name.to_owned(),
            });
        }
        match value {
            Some(value) if !self.has_defaults => read_shown(parameter, value),
            value => parameter.read_or_default(value),
        }
    }

    /// All arguments of a function.
    ///
    /// # Errors
    /// As for [`Self::take`], or there are values that no parameter took.
    pub(crate) fn all<A: ArgumentTuple>(mut self) -> Result<A, ParameterError> {
        let read = A::read(&mut self)?;
        self.finish()?;
        Ok(read)
    }

    fn finish(self) -> Result<(), ParameterError> {
        if self.values.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = self.values.into_iter().map(|(name, _)| name).collect();
        names.sort();
        Err(ParameterError::Unknown { names })
    }
}

/// Reads an argument as it is shown, which has large numbers as strings.
fn read_shown(parameter: &ParameterRecord, value: Value) -> Result<Box<dyn Any>, ParameterError> {
    let plain = parameter.read(value.clone());
    let read = plain.or_else(|_| parameter.read(large_numbers_from_strings(value)));
    read.map_err(|source| ParameterError::Read {
        name: parameter.name.to_owned(),
        source,
    })
}

/// The arguments of a function, in their order.
pub trait ArgumentTuple: Sized + 'static {
    /// Takes all of them.
    ///
    /// # Errors
    /// As for [`ArgumentReader::take`].
    fn read(reader: &mut ArgumentReader) -> Result<Self, ParameterError>;

    /// Each of them, to be shown.
    fn each(&self) -> Vec<&dyn Any>;
}

/// A function by the tuple of its arguments.
pub trait Function<A> {
    /// What the function returns.
    type Output;

    /// Calls it.
    fn call(&self, arguments: A) -> Self::Output;
}

macro_rules! arities {
    (@each $($type:ident)*) => {
        impl<$($type: 'static),*> ArgumentTuple for ($($type,)*) {
            #[allow(unused_variables, reason = "there may be no arguments")]
            fn read(reader: &mut ArgumentReader) -> Result<Self, ParameterError> {
                Ok(($(reader.take::<$type>()?,)*))
            }

            #[allow(non_snake_case, reason = "a value has the name of its type")]
            fn each(&self) -> Vec<&dyn Any> {
                let ($($type,)*) = self;
                vec![$($type),*]
            }
        }

        impl<FUNCTION: Fn($($type),*) -> OUTPUT, OUTPUT, $($type),*> Function<($($type,)*)> for FUNCTION {
            type Output = OUTPUT;

            #[allow(non_snake_case, reason = "a value has the name of its type")]
            fn call(&self, ($($type,)*): ($($type,)*)) -> OUTPUT {
                self($($type),*)
            }
        }
    };
    (@from $($before:ident)*;) => { arities!(@each $($before)*); };
    (@from $($before:ident)*; $next:ident $($after:ident)*) => {
        arities!(@each $($before)*);
        arities!(@from $($before)* $next; $($after)*);
    };
    ($($type:ident)*) => { arities!(@from; $($type)*); };
}

// As many as the macro lets a flow have.
arities!(
    T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15
    T16 T17 T18 T19 T20 T21 T22 T23 T24 T25 T26 T27 T28 T29 T30 T31
);

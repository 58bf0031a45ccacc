//! How an error reaches the user.

use std::fmt::{self, Write as _};

use longshore_spec::Explain;

/// Everything that stopped a command, in the order in which it is shown; never empty.
#[derive(Debug)]
pub(crate) struct Failure(Vec<Box<dyn Explain + Send + Sync>>);

impl Failure {
    /// Success if there are no problems, else all of them.
    ///
    /// # Errors
    /// There is a problem.
    pub(crate) fn unless_empty<E>(problems: Vec<E>) -> Result<(), Self>
    where
        E: Explain + Send + Sync + 'static,
    {
        let boxed = problems.into_iter().map(|problem| Box::new(problem) as _);
        Self::unless_none(boxed.collect())
    }

    /// What stopped one part of a command, to be told with what stopped the others.
    pub(crate) fn into_problems(self) -> Vec<Box<dyn Explain + Send + Sync>> {
        self.0
    }

    /// This failure and another one.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The same for problems of several kinds.
    ///
    /// # Errors
    /// There is a problem.
    pub(crate) fn unless_none(problems: Vec<Box<dyn Explain + Send + Sync>>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }
}

/// A request that failed while the state of the server was read.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct ReadServerError(#[from] longshore_prefect::Error);

impl Explain for ReadServerError {
    fn help(&self) -> Option<String> {
        self.0.help()
    }
}

impl<E: Explain + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(vec![Box::new(error)])
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(|error| explained(&**error)).collect();
        f.write_str(&texts.join("\n"))
    }
}

/// `error: ...`, the chain of causes and the remedy, each on lines of its own.
pub(crate) fn explained(error: &dyn Explain) -> String {
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, "\n  caused by: {cause}");
        source = cause.source();
    }
    if let Some(help) = error.help() {
        let _ = write!(text, "\nhelp: {help}");
    }
    text
}

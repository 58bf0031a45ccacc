//! How an error reaches the user.

use std::fmt;

use longshore_spec::Explain;
use longshore_spec::terminal::escape_record;

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

    /// Returns the problems in the order in which they are shown.
    pub(crate) fn problems(&self) -> impl Iterator<Item = &(dyn Explain + Send + Sync)> {
        self.0.iter().map(|problem| &**problem)
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

/// `error: ...`, the chain of causes and the help, each on lines of its own; exact, as JSON contains it.
pub(crate) fn explained(error: &dyn Explain) -> String {
    parts(error).join("\n")
}

/// The same for a terminal: control characters are escaped and continuation lines of each part are indented.
pub(crate) fn printable(error: &dyn Explain) -> String {
    let parts: Vec<String> = parts(error)
        .iter()
        .map(|part| escape_record(part).into_owned())
        .collect();
    parts.join("\n")
}

fn parts(error: &dyn Explain) -> Vec<String> {
    let mut parts = vec![format!("error: {error}")];
    let mut source = error.source();
    while let Some(cause) = source {
        parts.push(format!("  caused by: {cause}"));
        source = cause.source();
    }
    parts.extend(error.help().map(|help| format!("help: {help}")));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the server answered\r\nerror: \u{1b}]52;c;eA==\u{7}")]
    struct Hostile;

    impl Explain for Hostile {
        fn help(&self) -> Option<String> {
            Some("write `\u{202e}eu`".to_owned())
        }
    }

    #[test]
    fn text_of_a_server_in_an_error_cannot_pass_for_another_error() {
        assert_eq!(
            printable(&Hostile),
            "error: the server answered\n    error: \\u{1b}]52;c;eA==\\u{7}\nhelp: write `\\u{202e}eu`"
        );
        assert_eq!(
            explained(&Hostile),
            "error: the server answered\r\nerror: \u{1b}]52;c;eA==\u{7}\nhelp: write `\u{202e}eu`"
        );
    }
}

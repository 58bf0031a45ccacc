//! Questions, asked until the answer is one.

use std::io::{self, BufRead, Write};

use longshore_spec::Explain;
use longshore_spec::terminal::{escape_line, escape_record};

use super::Problem;
use crate::error::printable;

/// There is no answer; nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    #[error("the input ended at the question for the {what}; nothing was written")]
    Ended { what: &'static str },
    #[error("the terminal cannot be used; nothing was written")]
    Terminal(#[from] io::Error),
}

impl Explain for AskError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Ended { .. } => Some("`--defaults` asks nothing".to_owned()),
            Self::Terminal(_) => None,
        }
    }
}

/// Where questions are shown and answers are typed.
pub(crate) struct Terminal<'a> {
    pub(crate) input: &'a mut dyn BufRead,
    pub(crate) output: &'a mut dyn Write,
}

impl Terminal<'_> {
    /// Asks until `judge` accepts the answer, which it gets without outer blanks; `hint` tells once what may be typed.
    ///
    /// # Errors
    /// The input ends, or the terminal cannot be read or written.
    pub(super) fn ask<T>(
        &mut self,
        what: &'static str,
        hint: &str,
        judge: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, AskError> {
        write!(self.output, "{what} ({}): ", escape_line(hint))?;
        loop {
            self.output.flush()?;
            let mut answer = String::new();
            if self.input.read_line(&mut answer)? == 0 {
                writeln!(self.output)?;
                return Err(AskError::Ended { what });
            }
            match judge(answer.trim()) {
                Ok(value) => return Ok(value),
                Err(problem) => write!(self.output, "{}\n{what}: ", printable(&*problem))?,
            }
        }
    }

    /// Says something about the last answer.
    ///
    /// # Errors
    /// The terminal cannot be written.
    pub(super) fn say(&mut self, text: &str) -> Result<(), AskError> {
        Ok(writeln!(self.output, "{}", escape_record(text))?)
    }
}

//! How many tests passed, over several runs of `cargo test`.

use crate::command::Error;

/// Counts of tests, and the commands that failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

impl Tally {
    /// Adds what a line of output reports, if it is the result of a test binary.
    pub(super) fn read(&mut self, line: &str) {
        let Some(result) = line.trim().strip_prefix("test result: ") else {
            return;
        };
        let count = |word: &str| {
            let before = result.split(word).next()?;
            before.split_whitespace().next_back()?.parse::<u64>().ok()
        };
        self.passed += count(" passed;").unwrap_or_default();
        self.failed += count(" failed;").unwrap_or_default();
    }

    /// Notes that a command failed.
    pub(super) fn fail(&mut self, command: String) {
        self.failures.push(command);
    }

    /// The sum of two runs.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self
    }

    /// The line that a reader of a CI log looks for.
    pub(super) fn summary(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    /// Success if every command succeeded.
    ///
    /// # Errors
    /// A test failed, or a command ended otherwise than its tests say.
    pub(super) fn into_result(self) -> Result<(), Error> {
        if self.failures.is_empty() {
            return Ok(());
        }
        Err(Error::Tests {
            commands: self.failures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_added() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
            "test a ... ok",
        ] {
            tally.read(line);
        }
        assert_eq!((tally.passed, tally.failed), (15, 2));
        let mut other = Tally::default();
        other.read("test result: ok. 1 passed; 0 failed; 0 ignored");
        other.fail("cargo test".to_owned());
        let both = tally.and(other);
        assert_eq!((both.passed, both.failed), (16, 2));
        assert!(both.into_result().is_err());
        assert!(Tally::default().into_result().is_ok());
    }
}

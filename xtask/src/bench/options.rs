//! The options of a benchmark: pairs of a name and a value.

use crate::command::Error;

/// Gives each pair to `take`, which answers `None` to what it does not know.
///
/// # Errors
/// A name or a value is not known, or a name has no value.
pub(super) fn read(
    words: &[String],
    usage: &str,
    mut take: impl FnMut(&str, &str) -> Option<()>,
) -> Result<(), Error> {
    for pair in words.chunks(2) {
        let taken = match pair {
            [name, value] => take(name, value),
            _ => None,
        };
        taken.ok_or_else(|| Error::Word {
            word: pair.join(" "),
            known: usage.to_owned(),
        })?;
    }
    Ok(())
}

/// Reads options that are all numbers above zero, each with its name and where its value goes.
///
/// # Errors
/// As of [`read`].
pub(super) fn read_numbers(
    words: &[String],
    usage: &str,
    options: &mut [(&str, &mut usize)],
) -> Result<(), Error> {
    read(words, usage, |name, value| {
        let (_, option) = options.iter_mut().find(|(known, _)| *known == name)?;
        **option = positive(value)?;
        Some(())
    })
}

/// A number above zero.
pub(super) fn positive(value: &str) -> Option<usize> {
    value.parse().ok().filter(|number| *number > 0)
}

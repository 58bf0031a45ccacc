/// An error that knows its remedy.
///
/// `Display` tells what is wrong and where, with the bad part in backticks; a span can't point inside a string literal,
/// so the text has to.
pub trait Explain: std::error::Error {
    /// What to write instead: lower case, one sentence without a period; nothing if no better text is known.
    fn help(&self) -> Option<String>;
}

//! Messages of panics while compiling, where nothing can be formatted.

/// A message that a `const fn` builds from parts; a part that does not fit is left out.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ConstantMessage {
    bytes: [u8; 1024],
    length: usize,
}

impl ConstantMessage {
    /// A message that starts with a text.
    #[must_use]
    pub const fn new(start: &str) -> Self {
        let mut message = Self {
            bytes: [0; 1024],
            length: 0,
        };
        message.push(start);
        message
    }

    /// Adds a part.
    pub const fn push(&mut self, part: &str) {
        let part = part.as_bytes();
        if self.length + part.len() > self.bytes.len() {
            return;
        }
        let mut index = 0;
        while index < part.len() {
            self.bytes[self.length] = part[index];
            self.length += 1;
            index += 1;
        }
    }

    /// The message as text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Ends the evaluation of a constant whose value breaks a rule, and shows the value.
///
/// # Panics
/// Always; in a `const` that is a compile error at the caller's place.
#[track_caller]
pub(crate) const fn refuse(rule: &str, value: &str) -> ! {
    let mut message = ConstantMessage::new(rule);
    if !value.is_empty() {
        message.push(": `");
        message.push(value);
        message.push("`");
    }
    panic!("{}", message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_followed_by_the_value() {
        let panic = std::panic::catch_unwind(|| refuse("this is empty", "a b"));
        let message = panic.expect_err("a panic");
        let message = message.downcast_ref::<String>().expect("a message");
        assert_eq!(message, "this is empty: `a b`");
    }

    #[test]
    fn a_part_that_does_not_fit_is_left_out() {
        let mut message = ConstantMessage::new("start");
        message.push(&"x".repeat(2000));
        message.push(" end");
        assert_eq!(message.as_str(), "start end");
    }
}

//! Text from other sources made safe to print: control characters are shown, never acted on.
//!
//! Log lines, run names, state messages and error bodies come from a server and from flows. A terminal executes escape
//! sequences in them (window title, clipboard, cursor movement), and bidirectional controls reorder what is read.

use std::borrow::Cow;

/// Indentation of the continuation lines of a record.
const INDENT: &str = "    ";

/// Escapes control characters in a block of lines; line feeds and tabs stay.
///
/// Use it where the program itself placed every line feed.
#[must_use]
pub fn escape_block(text: &str) -> Cow<'_, str> {
    escape(text, |character| {
        is_unsafe(character) && !matches!(character, '\n' | '\t')
    })
}

/// Escapes control characters in a single line, such as a table cell or a name; line feeds and tabs are escaped too.
#[must_use]
pub fn escape_line(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe)
}

/// Escapes control characters in one record, such as a log line or an error, and indents its continuation lines, so that
/// text with a line feed cannot pass for a record of its own.
#[must_use]
pub fn escape_record(text: &str) -> Cow<'_, str> {
    let escaped = escape_block(text);
    if escaped.contains('\n') {
        Cow::Owned(escaped.replace('\n', &format!("\n{INDENT}")))
    } else {
        escaped
    }
}

/// Escapes in a JSON document, as JSON does, what its writer leaves as it is; a reader gets exactly the same values.
///
/// A writer of JSON escapes the characters below U+0020 within strings, and only within strings can others appear.
#[must_use]
pub fn escape_json(document: &str) -> Cow<'_, str> {
    let is_escaped = |character: char| is_unsafe(character) && character >= '\u{7f}';
    if !document.contains(is_escaped) {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len());
    for character in document.chars() {
        if is_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool + Copy) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // The line end of other systems is one line feed here.
        if character == '\r' && characters.peek() == Some(&'\n') && !is_escaped('\n') {
            continue;
        }
        if is_escaped(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a terminal or a reader may take the character for something else: C0 and C1 controls, line and paragraph
/// separators, bidirectional controls, and characters without width.
///
/// The zero-width joiners U+200C and U+200D are not among them: scripts and emoji need them.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

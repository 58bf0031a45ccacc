//! What a text says once its escapes are decoded, with the way back to the original's bytes.

use std::borrow::Cow;
use std::ops::Range;

/// How often escapes are decoded: a string in JSON within a string in JSON, printed by `Debug`.
const LEVELS: usize = 3;

/// A decoded text; a byte of it comes from a range of the original.
pub(crate) struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// Offset in the original of each byte, then the original's length; `None` for the original itself.
    offsets: Option<Vec<usize>>,
}

impl View<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the range of the original that a range of the view comes from.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        match &self.offsets {
            None => range,
            Some(offsets) => offsets[range.start]..offsets[range.end],
        }
    }

    /// Decodes the view once more; `None` if nothing in it is encoded.
    fn decoded(&self, decode: fn(&[u8]) -> Option<Unit>) -> Option<View<'static>> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut offsets = Vec::with_capacity(self.bytes.len() + 1);
        let mut at = 0;
        let mut is_encoded = false;
        while at < self.bytes.len() {
            let offset = self.original(at..at).start;
            let unit = decode(&self.bytes[at..]);
            is_encoded |= unit.is_some();
            let unit = unit.unwrap_or(Unit::byte(self.bytes[at], 1));
            for byte in unit.decoded() {
                bytes.push(*byte);
                offsets.push(offset);
            }
            at += unit.length;
        }
        offsets.push(self.original(at..at).start);
        is_encoded.then_some(View {
            bytes: Cow::Owned(bytes),
            offsets: Some(offsets),
        })
    }
}

/// Returns the text, and each view of it that differs.
pub(crate) fn all(text: &[u8]) -> Vec<View<'_>> {
    let mut views = vec![View {
        bytes: Cow::Borrowed(text),
        offsets: None,
    }];
    for decode in [escape, percent, form] {
        let mut level = 0;
        let mut from = 0;
        while level < LEVELS
            && let Some(view) = views[from].decoded(decode)
        {
            views.push(view);
            from = views.len() - 1;
            level += 1;
        }
    }
    views
}

/// One encoded character.
struct Unit {
    buffer: [u8; 4],
    /// Bytes in use in the buffer.
    used: usize,
    /// Bytes of the encoding.
    length: usize,
}

impl Unit {
    fn byte(byte: u8, length: usize) -> Self {
        Self {
            buffer: [byte, 0, 0, 0],
            used: 1,
            length,
        }
    }

    fn character(code: u32, length: usize) -> Option<Self> {
        let mut buffer = [0; 4];
        let used = char::from_u32(code)?.encode_utf8(&mut buffer).len();
        Some(Self {
            buffer,
            used,
            length,
        })
    }

    fn decoded(&self) -> &[u8] {
        &self.buffer[..self.used]
    }
}

/// Decodes `%41` (RFC 3986, section 2.1).
fn percent(text: &[u8]) -> Option<Unit> {
    if *text.first()? != b'%' {
        return None;
    }
    let code = hexadecimal(text.get(1..3)?)?;
    Some(Unit::byte(u8::try_from(code).ok()?, 3))
}

/// Decodes `%41`, and `+` as the blank that it is in a form.
fn form(text: &[u8]) -> Option<Unit> {
    if *text.first()? == b'+' {
        return Some(Unit::byte(b' ', 1));
    }
    percent(text)
}

/// Decodes the escapes of JSON (RFC 8259, section 7) and of Rust's `Debug`: `\n`, `\u0041`, `\u{41}`, `\x41`.
fn escape(text: &[u8]) -> Option<Unit> {
    if *text.first()? != b'\\' {
        return None;
    }
    let byte = |byte| Some(Unit::byte(byte, 2));
    match *text.get(1)? {
        quoted @ (b'"' | b'\'' | b'\\' | b'/') => byte(quoted),
        b'n' => byte(b'\n'),
        b'r' => byte(b'\r'),
        b't' => byte(b'\t'),
        b'b' => byte(8),
        b'f' => byte(12),
        b'0' => byte(0),
        b'x' => Unit::character(hexadecimal(text.get(2..4)?)?, 4),
        b'u' if text.get(2) == Some(&b'{') => {
            let digits = text
                .get(3..)?
                .iter()
                .take(7)
                .position(|byte| *byte == b'}')?;
            Unit::character(hexadecimal(&text[3..3 + digits])?, digits + 4)
        }
        b'u' => utf_16(text),
        _ => None,
    }
}

/// Decodes `\u0041`, or a surrogate pair.
fn utf_16(text: &[u8]) -> Option<Unit> {
    let high = hexadecimal(text.get(2..6)?)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Unit::character(high, 6);
    }
    let low = text.get(6..12)?.strip_prefix(b"\\u")?;
    let low = hexadecimal(low)?.checked_sub(0xdc00)?;
    Unit::character(0x10000 + ((high - 0xd800) << 10) + low, 12)
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    // The parser would take a sign as well.
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

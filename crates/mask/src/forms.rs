//! Byte strings that represent a secret and cannot be decoded where they appear.
//!
//! Base64 and hexadecimal have no mark of their own in a text, so their encodings are searched for; what has a mark
//! (`%`, `\`) is decoded instead, in `view`.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::SHORTEST;

/// One byte string to search for.
pub(crate) struct Form {
    pub(crate) bytes: Vec<u8>,
    /// Whether the digits next to it may hold bits of the secret as well.
    pub(crate) is_base64: bool,
}

/// Returns all forms of a secret.
pub(crate) fn of(secret: &str) -> Vec<Form> {
    let secret = secret.as_bytes();
    let hexadecimal = hexadecimal(secret);
    let mut forms: Vec<Form> = [
        secret.to_vec(),
        hexadecimal.to_ascii_uppercase().into(),
        hexadecimal.into(),
    ]
    .into_iter()
    .map(|bytes| Form {
        bytes,
        is_base64: false,
    })
    .collect();
    for (before, engine) in [0, 1, 2]
        .into_iter()
        .flat_map(|before| [(before, STANDARD_NO_PAD), (before, URL_SAFE_NO_PAD)])
    {
        let bytes = base64(secret, before, &engine).into_bytes();
        if bytes.len() >= SHORTEST && !forms.iter().any(|form| form.bytes == bytes) {
            forms.push(Form {
                bytes,
                is_base64: true,
            });
        }
    }
    forms
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the Base64 digits (RFC 4648) that depend on the secret alone, if it is at offset `before` modulo 3 of what is
/// encoded.
fn base64(secret: &[u8], before: usize, engine: &impl Engine) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret);
    let digits = engine.encode(&bytes);
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    digits[first..last].to_owned()
}

/// Extends a range of Base64 digits by the digit on each side, which holds bits of the secret and of its neighbour, and
/// by the padding.
pub(crate) fn with_shared_digits(text: &[u8], range: Range<usize>) -> Range<usize> {
    let is_digit = |at: usize| {
        text.get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte))
    };
    let Range { mut start, mut end } = range;
    if start > 0 && is_digit(start - 1) {
        start -= 1;
    }
    if is_digit(end) {
        end += 1;
    }
    while text.get(end) == Some(&b'=') {
        end += 1;
    }
    start..end
}

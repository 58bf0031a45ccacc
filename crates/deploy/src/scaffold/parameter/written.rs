//! The grammar of types: paths with arguments, tuples and arrays.

use std::fmt;

/// A type as it is written, whatever it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// `name` or `name<arguments>`; a reference is a part of the name.
    Path(String, Vec<Written>),
    Tuple(Vec<Written>),
    /// The element, and the length as it is written.
    Array(Box<Written>, String),
}

impl Written {
    /// Reads the whole text; `None` if it is no type.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let written = reader.written()?;
        reader.rest.trim().is_empty().then_some(written)
    }
}

/// As rustfmt has it.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: &[Self]| {
            let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
            parts.join(", ")
        };
        match self {
            Self::Path(name, arguments) if arguments.is_empty() => write!(f, "{name}"),
            Self::Path(name, arguments) => write!(f, "{name}<{}>", list(arguments)),
            Self::Tuple(parts) => write!(f, "({})", list(parts)),
            Self::Array(element, length) => write!(f, "[{element}; {length}]"),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn written(&mut self) -> Option<Written> {
        if self.skip('(') {
            return Some(Written::Tuple(self.list(')')?));
        }
        if self.skip('[') {
            let element = Box::new(self.written()?);
            let length = self.skip(';').then(|| self.word().to_owned())?;
            return self.skip(']').then_some(Written::Array(element, length));
        }
        let name = self.word();
        if name.is_empty() {
            return None;
        }
        let arguments = if self.skip('<') {
            self.list('>')?
        } else {
            Vec::new()
        };
        Some(Written::Path(name.to_owned(), arguments))
    }

    /// Types with commas between them, up to the closing bracket.
    fn list(&mut self, close: char) -> Option<Vec<Written>> {
        let mut parts = Vec::new();
        while !self.skip(close) {
            parts.push(self.written()?);
            if !self.skip(',') {
                return self.skip(close).then_some(parts);
            }
        }
        Some(parts)
    }

    fn skip(&mut self, letter: char) -> bool {
        match self.rest.trim_start().strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|letter| "<>()[],;".contains(letter));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word.trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_whatever_its_blanks() {
        for (text, expected) in [
            ("u32", "u32"),
            ("Vec < Option<u8> >", "Vec<Option<u8>>"),
            (
                "HashMap<String,(u8 , [f64;3]),>",
                "HashMap<String, (u8, [f64; 3])>",
            ),
            ("&str", "&str"),
        ] {
            let written = Written::read(text).unwrap();
            assert_eq!(written.to_string(), expected);
        }
        for text in [
            "", "Vec<u8", "Vec<u8>>", "(u8", "[u8]", "[u8; 3", "Vec<,>", "<u8>",
        ] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }
}

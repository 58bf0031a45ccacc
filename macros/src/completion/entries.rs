//! The entries of a list while it is being written: whatever stands there, nothing is a mistake.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;

/// A key and what stands behind it, if anything does.
pub(super) struct Entry {
    pub(super) key: Ident,
    /// The tokens behind `=`.
    pub(super) value: TokenStream,
    /// The tokens in parentheses behind the key.
    pub(super) list: Option<TokenStream>,
}

/// The keyed entries of a list, also of keys between which the comma is missing yet.
pub(super) fn entries(tokens: &TokenStream) -> Vec<Entry> {
    let mut found = Vec::new();
    for part in parts(tokens) {
        let mut rest = part.as_slice();
        while let [TokenTree::Ident(key), behind @ ..] = rest {
            let (value, list) = match behind {
                [] | [TokenTree::Ident(_), ..] => (TokenStream::new(), None),
                [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                    (value.iter().cloned().collect(), None)
                }
                [TokenTree::Group(list), ..] if list.delimiter() == Delimiter::Parenthesis => {
                    (TokenStream::new(), Some(list.stream()))
                }
                // A value that begins with a word.
                _ => break,
            };
            found.push(Entry {
                key: key.clone(),
                value,
                list,
            });
            rest = match behind {
                [TokenTree::Ident(_), ..] => behind,
                _ => &[],
            };
        }
    }
    found
}

/// What stands between commas.
pub(super) fn parts(tokens: &TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens.split(is_comma).map(<[_]>::to_vec).collect()
}

/// The words and paths that stand as a value or end one, also within parentheses and square brackets:
/// `A`, `a::B`, and `a::` as far as it goes.
/// Where a value or an element is missing, `loop {}` stands in its place.
pub(super) fn paths(value: &TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    for part in parts(value) {
        let start = part.iter().rposition(|token| !is_of_path(token));
        let path = &part[start.map_or(0, |index| index + 1)..];
        if part.is_empty() {
            found.push(quote!(loop {}));
        } else if path.len() > 1 || path.len() == part.len() {
            found.push(path.iter().cloned().collect());
        }
        for token in &part {
            if let TokenTree::Group(group) = token
                && group.delimiter() != Delimiter::Brace
            {
                found.extend(paths(&group.stream()));
            }
        }
    }
    found
}

fn is_of_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(colon) => colon.as_char() == ':',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}

//! Patterns of names: `*` for any letters, `?` for one.

/// Whether a name fits a pattern.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    let mut letters = name.chars();
    match first {
        '*' => name
            .char_indices()
            .map(|(start, _)| start)
            .chain([name.len()])
            .any(|start| fits(rest, &name[start..])),
        '?' => letters.next().is_some() && fits(rest, letters.as_str()),
        letter => letters.next() == Some(letter) && fits(rest, letters.as_str()),
    }
}

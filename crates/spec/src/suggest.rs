//! Nearest names for error texts.

/// The candidate that a misspelt word most probably stands for.
///
/// A candidate that differs in case alone wins; otherwise the nearest one by [`distance`], if no more than a third of
/// the word's letters (at least one) would have to change.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let candidate_lower = candidate.to_lowercase();
        if candidate_lower == lower {
            return Some(candidate);
        }
        let found = distance(&lower, &candidate_lower);
        if found <= allowed
            && found < candidate.chars().count()
            && best.is_none_or(|(least, _)| found < least)
        {
            best = Some((found, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The number of letters to insert, delete, replace or swap with their neighbour to get from one word to the other.
#[must_use]
pub fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_previous = vec![0; right.len() + 1];
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, &letter) in left.iter().enumerate() {
        let mut current = vec![row + 1; right.len() + 1];
        for (column, &other) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(letter != other);
            let mut least = replaced
                .min(previous[column + 1] + 1)
                .min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && letter == right[column - 1] && left[row - 1] == other;
            if swapped {
                least = least.min(before_previous[column - 1] + 1);
            }
            current[column + 1] = least;
        }
        before_previous = previous;
        previous = current;
    }
    previous[right.len()]
}

/// The name with every character that Prefect refuses replaced by `-`, if anything else is left.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let replaced: String = name
        .chars()
        .map(|letter| {
            if letter.is_control() || "/%&<>".contains(letter) {
                '-'
            } else {
                letter
            }
        })
        .collect();
    let trimmed = replaced.trim_matches(|letter: char| letter == '-' || letter.is_whitespace());
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

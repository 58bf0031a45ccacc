//! Nearest names for error texts.

/// Letters of a word that are compared; the rest of a longer one counts for nothing.
const COMPARED: usize = 255;

/// The candidate that a misspelt word most probably stands for, by the rule of [`Nearest`].
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut nearest = Nearest::to(word);
    for candidate in candidates {
        nearest.offer(candidate);
    }
    nearest.found()
}

/// The number of letters to insert, delete, replace or swap with their neighbour to get from one word to the other.
#[must_use]
pub const fn distance(left: &str, right: &str) -> usize {
    Letters::of(left).changes(&Letters::of(right))
}

/// The candidate that a misspelt word most probably stands for, which may be looked for while compiling.
///
/// It is the nearest one by [`distance`], whatever the case of ASCII letters, if no more than a third of the word's
/// letters (at least one) would have to change; the first one of equally near ones.
pub struct Nearest<'a> {
    word: Letters,
    best: Option<(usize, &'a str)>,
}

impl<'a> Nearest<'a> {
    /// Starts with no candidate.
    #[must_use]
    pub const fn to(word: &str) -> Self {
        Self {
            word: Letters::of(word).lower(),
            best: None,
        }
    }

    /// Considers a candidate.
    pub const fn offer(&mut self, candidate: &'a str) {
        let letters = Letters::of(candidate).lower();
        let allowed = match self.word.count / 3 {
            0 => 1,
            third => third,
        };
        // No word is nearer than their lengths are; most candidates end here.
        if self.word.count.abs_diff(letters.count) > allowed {
            return;
        }
        let found = self.word.changes(&letters);
        let is_nearer = match self.best {
            None => true,
            Some((least, _)) => found < least,
        };
        if found <= allowed && found < letters.count && is_nearer {
            self.best = Some((found, candidate));
        }
    }

    /// The nearest of the candidates so far, if it is near.
    #[must_use]
    pub const fn found(&self) -> Option<&'a str> {
        match self.best {
            Some((_, candidate)) => Some(candidate),
            None => None,
        }
    }
}

/// A word as its letters, each as the bytes of its UTF-8, since a constant can neither iterate over `char` nor allocate.
struct Letters {
    letters: [u32; COMPARED],
    count: usize,
}

impl Letters {
    const fn of(word: &str) -> Self {
        let bytes = word.as_bytes();
        let mut letters = [0; COMPARED];
        let mut count = 0;
        let mut index = 0;
        while index < bytes.len() {
            let continues = bytes[index] & 0xC0 == 0x80;
            if !continues && count == COMPARED {
                break;
            }
            if !continues {
                count += 1;
            }
            letters[count - 1] = letters[count - 1] << 8 | bytes[index] as u32;
            index += 1;
        }
        Self { letters, count }
    }

    const fn lower(mut self) -> Self {
        let mut index = 0;
        while index < self.count {
            if let letter @ 0x41..=0x5A = self.letters[index] {
                self.letters[index] = letter + 0x20;
            }
            index += 1;
        }
        self
    }

    /// The table of the optimal string alignment distance, of which three rows are kept.
    const fn changes(&self, other: &Self) -> usize {
        let mut before_previous = [0; COMPARED + 1];
        let mut previous = [0; COMPARED + 1];
        let mut column = 0;
        while column <= other.count {
            previous[column] = column;
            column += 1;
        }
        let mut row = 0;
        while row < self.count {
            let mut current = [0; COMPARED + 1];
            current[0] = row + 1;
            column = 0;
            while column < other.count {
                let differs = self.letters[row] != other.letters[column];
                let replaced = previous[column] + differs as usize;
                let mut least = lesser(replaced, previous[column + 1] + 1);
                least = lesser(least, current[column] + 1);
                let swapped = row > 0
                    && column > 0
                    && self.letters[row] == other.letters[column - 1]
                    && self.letters[row - 1] == other.letters[column];
                if swapped {
                    least = lesser(least, before_previous[column - 1] + 1);
                }
                current[column + 1] = least;
                column += 1;
            }
            before_previous = previous;
            previous = current;
            row += 1;
        }
        previous[other.count]
    }
}

const fn lesser(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
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

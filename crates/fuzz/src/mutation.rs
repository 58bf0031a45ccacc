//! Inputs: a seed, changed in a few places.

use fastrand::Rng;

/// Pieces that parsers treat in a way of their own.
const PIECES: [&str; 34] = [
    "",
    " ",
    ",",
    "*",
    "/",
    "-",
    "0",
    "9999999999",
    "18446744073709551616",
    "-1",
    "%",
    "%2",
    "\\",
    "\\u",
    "\\ud83d",
    "\"",
    "'",
    "\0",
    "\r\n",
    "\u{a0}",
    "\u{200b}",
    "\u{301}",
    "é",
    "\u{1f600}",
    ":",
    ";",
    "=",
    "@",
    "#",
    "..",
    "//",
    "[",
    "{",
    "T",
];

/// Most changes of one input.
const CHANGES: usize = 6;

/// Returns one of the seeds with up to six pieces inserted, removed, replaced or repeated.
pub(crate) fn mutated(seeds: &[&str], random: &mut Rng) -> String {
    let seed = random.choice(seeds).copied().unwrap_or_default();
    let mut characters: Vec<char> = seed.chars().collect();
    for _ in 0..random.usize(0..=CHANGES) {
        let at = random.usize(0..=characters.len());
        let end = (at + random.usize(0..=4)).min(characters.len());
        match random.u8(0..5) {
            0 => drop(characters.drain(at..end)),
            1 => {
                let piece = random.choice(PIECES).unwrap_or_default();
                drop(characters.splice(at..end, piece.chars()));
            }
            2 => {
                let piece = random.choice(PIECES).unwrap_or_default();
                drop(characters.splice(at..at, piece.chars()));
            }
            3 => {
                let repeated: Vec<char> = characters[at..end].repeat(random.usize(1..4));
                drop(characters.splice(at..at, repeated));
            }
            _ => {
                let other: Vec<char> = random
                    .choice(seeds)
                    .map_or_else(Vec::new, |seed| seed.chars().collect());
                let from = random.usize(0..=other.len());
                drop(characters.splice(at..end, other[from..].iter().copied()));
            }
        }
    }
    characters.into_iter().collect()
}

//! The pieces that names are made of: what stands between blanks, "oil-roasted," or "(starfruit),".
//!
//! Some hundred thousand pieces of the shipped names are some ten thousand different ones, so what a piece comes to is
//! worked out when it comes first.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::tables::Worth;
use super::text::{stem, words};
use crate::food::state::{self, Told};

/// The pieces that came so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    known: HashMap<Box<str>, Rc<Piece>>,
    stems: HashMap<Box<str>, u32>,
}

/// A piece of a name.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) words: Box<[PieceWord]>,
    /// How many words in front only say how something was done.
    pub(super) done_to_it: usize,
    /// Whether it is written as brands are.
    pub(super) brand: bool,
    /// Whether it begins what stands in parentheses.
    pub(super) opens: bool,
}

/// A word of a piece.
#[derive(Debug)]
pub(super) struct PieceWord {
    pub(super) text: Box<str>,
    /// Its stem's place among those of all pieces.
    pub(super) stem: u32,
    told: Option<Told>,
    /// What it is in the lexicon, once a name has it.
    pub(super) entry: Cell<Option<Entry>>,
}

/// A word in a lexicon: its place, that of its stem, and what it is worth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) word: u32,
    pub(super) stem: u32,
    pub(super) worth: Worth,
}

impl Pieces {
    /// The pieces of a text, in order.
    pub(super) fn of(&mut self, text: &str) -> Vec<Rc<Piece>> {
        text.split_whitespace().map(|raw| self.piece(raw)).collect()
    }

    /// One piece.
    fn piece(&mut self, raw: &str) -> Rc<Piece> {
        if let Some(known) = self.known.get(raw) {
            return Rc::clone(known);
        }
        let words = words(raw).into_iter().map(|word| self.word(word)).collect();
        let piece = Rc::new(Piece {
            words,
            done_to_it: done_to_it(raw),
            brand: is_brand(raw),
            opens: raw.starts_with('('),
        });
        self.known.insert(raw.into(), Rc::clone(&piece));
        piece
    }

    fn word(&mut self, text: String) -> PieceWord {
        let next = u32::try_from(self.stems.len()).unwrap_or(u32::MAX);
        PieceWord {
            stem: *self.stems.entry(stem(&text).into()).or_insert(next),
            told: state::told(&text),
            text: text.into(),
            entry: Cell::new(None),
        }
    }
}

/// The words of pieces, in order.
pub(super) fn words_of(pieces: &[Rc<Piece>]) -> impl Iterator<Item = &PieceWord> {
    pieces.iter().flat_map(|piece| &piece.words)
}

/// The words as one text.
pub(super) fn joined(pieces: &[Rc<Piece>]) -> String {
    let mut joined = String::new();
    for word in words_of(pieces) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&word.text);
    }
    joined
}

/// What pieces tell of the state of the food, if anything.
pub(super) fn told_by(pieces: &[Rc<Piece>]) -> Option<Told> {
    words_of(pieces).filter_map(|word| word.told).max()
}

/// How many words in front of a compound only say how something was done: "oil-roasted", "cheese-filled".
fn done_to_it(compound: &str) -> usize {
    let ends = ["ed", "ed,", "style", "flavor", "flavored", "type", "based"];
    let done = compound.contains('-') && ends.iter().any(|end| compound.ends_with(end));
    if done { compound.matches('-').count() } else { 0 }
}

/// The data writes brands in capitals.
fn is_brand(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let capitals = letters().filter(|c| c.is_uppercase()).count();
    capitals >= 2 && letters().count() - capitals <= 1 && !["BBQ", "NFS", "NS", "USDA", "DHA", "UV"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::food::state::State;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_have_the_words_of_their_text(text in "[ -~éÜ½]{0,60}") {
            let pieces = Pieces::default().of(&text);
            prop_assert_eq!(joined(&pieces), words(&text).join(" "));
            prop_assert_eq!(told_by(&pieces).map(State::from), state::of_words(&words(&text)));
        }
    }
}

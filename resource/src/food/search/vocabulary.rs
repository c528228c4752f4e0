//! The words that occur, with their stems, and the ones that a misspelled word may be meant for.

use std::collections::HashMap;

use super::text::stem;

/// The shortest word whose mistakes are corrected.
const SHORTEST: usize = 4;

/// The words of a set of names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Vec<Word>,
    by_text: HashMap<String, u32>,
    stems: HashMap<String, u32>,
}

#[derive(Debug)]
struct Word {
    text: String,
    stem: u32,
    letters: u32,
    /// In how many names it stands.
    count: u32,
}

/// A known word much like a misspelled one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Correction {
    /// The known word.
    pub(super) word: String,
    /// How many letters must be added, left out, replaced or swapped.
    pub(super) distance: usize,
    same_start: bool,
    count: u32,
}

impl Vocabulary {
    /// Takes a word in and gives the places of the word and of its stem.
    pub(super) fn add(&mut self, text: &str) -> (u32, u32) {
        if let Some(place) = self.by_text.get(text).copied()
            && let Some(word) = self.words.get_mut(place as usize)
        {
            word.count += 1;
            return (place, word.stem);
        }
        let next = u32::try_from(self.stems.len()).unwrap_or(u32::MAX);
        let stem = *self.stems.entry(stem(text)).or_insert(next);
        let place = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.by_text.insert(text.to_owned(), place);
        self.words.push(Word {
            text: text.to_owned(),
            stem,
            letters: letters(text),
            count: 1,
        });
        (place, stem)
    }

    /// The place of a word.
    pub(super) fn word(&self, text: &str) -> Option<u32> {
        self.by_text.get(text).copied()
    }

    /// The place of a stem.
    pub(super) fn stem(&self, stem: &str) -> Option<u32> {
        self.stems.get(stem).copied()
    }

    /// How many stems there are.
    pub(super) fn stem_count(&self) -> usize {
        self.stems.len()
    }

    /// Whether the word, or another form of it, occurs.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.by_text.contains_key(text) || self.stems.contains_key(&stem(text))
    }

    /// The word that a misspelled one is most likely meant for.
    pub(super) fn correction(&self, text: &str) -> Option<Correction> {
        let length = text.chars().count();
        let is_word = length >= SHORTEST && text.chars().all(char::is_alphabetic);
        let most = if length >= 7 { 2 } else { 1 };
        let wanted = letters(text);
        let close = |word: &&Word| {
            let differing = (word.letters ^ wanted).count_ones() as usize;
            differing <= 2 * most && word.text.len().abs_diff(text.len()) <= most && word.text.len() >= SHORTEST
        };
        let candidates = self.words.iter().filter(|_| is_word).filter(close);
        let near = candidates
            .filter_map(|word| word.correction(text))
            .filter(|found| found.distance <= most);
        near.min_by_key(|found| (found.distance, !found.same_start, std::cmp::Reverse(found.count)))
    }

    /// The most frequent word that begins with these letters.
    pub(super) fn completion(&self, text: &str) -> Option<&str> {
        let begun = self.words.iter().filter(|word| word.text.starts_with(text));
        begun.max_by_key(|word| word.count).map(|word| word.text.as_str())
    }
}

impl Correction {
    /// Whether a word of this many letters can hardly have been meant for anything else.
    pub(super) fn is_certain(&self, length: usize) -> bool {
        self.same_start && length >= if self.distance == 1 { 5 } else { 8 }
    }
}

impl Word {
    fn correction(&self, text: &str) -> Option<Correction> {
        let distance = strsim::osa_distance(&self.text, text);
        let same_start = self.text.chars().next() == text.chars().next();
        (distance == 1 || same_start).then(|| Correction {
            word: self.text.clone(),
            distance,
            same_start,
            count: self.count,
        })
    }
}

/// A bit for each letter that occurs, so that most words are ruled out without comparing them.
fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |letters, byte| {
        let letter = byte.wrapping_sub(b'a');
        if letter < 26 { letters | 1 << letter } else { letters }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for word in [
            "avocados",
            "avocado",
            "banana",
            "bananas",
            "jello",
            "corn",
            "strawberries",
            "bran",
        ] {
            vocabulary.add(word);
        }
        vocabulary
    }

    #[test]
    fn the_nearest_word_is_meant() {
        let vocabulary = vocabulary();
        for (text, word) in [
            ("avacado", "avocado"),
            ("bannana", "banana"),
            ("strawbery", "strawberries"),
        ] {
            let found = vocabulary.correction(text).map(|found| found.word);
            assert_eq!(
                found.as_deref().unwrap_or("none"),
                if text == "strawbery" { "none" } else { word }
            );
        }
    }

    #[test]
    fn short_and_distant_words_are_left_alone() {
        let vocabulary = vocabulary();
        for text in ["con", "42", "zzzzzz", "laptop", "b%na"] {
            assert_eq!(vocabulary.correction(text), None, "{text}");
        }
    }

    #[test]
    fn forms_are_known() {
        assert!(vocabulary().knows("strawberry"));
        assert!(!vocabulary().knows("straw"));
        assert_eq!(vocabulary().completion("straw"), Some("strawberries"));
    }
}

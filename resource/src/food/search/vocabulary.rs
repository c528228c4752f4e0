//! The words that occur, with their stems, and the ones that a misspelled word may be meant for.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::text::stem;

/// The shortest word whose mistakes are corrected.
const SHORTEST: usize = 4;
/// The longest one: no food has a longer word.
const LONGEST: usize = 24;
/// A word that is this many times rarer than another is hardly meant instead of it.
const RARER: u32 = 4;

/// The words of a set of names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Vec<Word>,
    /// For each word the letters it has, apart from the words since all of them are looked through.
    letters: Vec<u64>,
    by_text: HashMap<String, u32>,
    stems: HashMap<String, u32>,
}

#[derive(Debug)]
struct Word {
    text: Box<str>,
    stem: u32,
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
    /// Whether it can hardly have been meant for anything else.
    pub(super) certain: bool,
}

/// Whether the word, or another form of it, occurs in any of these.
pub(super) fn knows(vocabularies: &[&Vocabulary], text: &str) -> bool {
    let any = |has: &dyn Fn(&Vocabulary) -> bool| vocabularies.iter().any(|vocabulary| has(vocabulary));
    any(&|known| known.by_text.contains_key(text)) || {
        let stem = stem(text);
        any(&|known| known.stems.contains_key(&stem))
    }
}

/// A known word and how it differs.
struct Near<'a> {
    word: &'a Word,
    distance: usize,
    same_start: bool,
}

impl Vocabulary {
    /// Takes a word in and gives the places of the word and of its stem.
    pub(super) fn add(&mut self, text: &str) -> (u32, u32) {
        if let Some(place) = self.by_text.get(text).copied()
            && let Some(stem) = self.count(place)
        {
            return (place, stem);
        }
        let next = u32::try_from(self.stems.len()).unwrap_or(u32::MAX);
        let stem = *self.stems.entry(stem(text)).or_insert(next);
        let place = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.by_text.insert(text.to_owned(), place);
        self.letters.push(letters(text));
        self.words.push(Word {
            text: text.into(),
            stem,
            count: 1,
        });
        (place, stem)
    }

    /// Counts a word once more; gives the place of its stem.
    pub(super) fn count(&mut self, place: u32) -> Option<u32> {
        let word = self.words.get_mut(place as usize)?;
        word.count += 1;
        Some(word.stem)
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

    /// The word that a misspelled one is most likely meant for.
    pub(super) fn correction(&self, text: &str) -> Option<Correction> {
        let near: Vec<Near> = self.near(text);
        let best = near.iter().min_by_key(|near| near.rank())?;
        Some(Correction {
            word: best.word.text.as_ref().to_owned(),
            distance: best.distance,
            certain: best.is_certain(text) && !near.iter().any(|near| near.rivals(best)),
        })
    }

    /// The words that differ little from this one.
    fn near<'a>(&'a self, text: &str) -> Vec<Near<'a>> {
        let length = text.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) || !text.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        let most = if length >= 6 { 2 } else { 1 };
        let wanted = letters(text);
        let alike = |other: &u64| (other ^ wanted).count_ones() as usize <= 2 * most;
        let words = self.words.iter().zip(&self.letters);
        let alike = words.filter(|(_, letters)| alike(letters)).map(|(word, _)| word);
        alike
            .filter(|word| word.text.len().abs_diff(text.len()) <= most && word.text.len() >= SHORTEST)
            .filter_map(|word| word.near(text, most))
            .collect()
    }

    /// The most frequent word that begins with these letters.
    pub(super) fn completion(&self, text: &str) -> Option<&str> {
        let begun = self.words.iter().filter(|word| word.text.starts_with(text));
        begun.max_by_key(|word| word.count).map(|word| word.text.as_ref())
    }
}

impl Word {
    /// Only words of one mistake may differ in the first letter.
    fn near(&self, text: &str, most: usize) -> Option<Near<'_>> {
        let same_start = self.text.chars().next() == text.chars().next();
        let most = match (same_start, text.chars().count() > SHORTEST) {
            (true, _) => most,
            (false, longer) => usize::from(longer),
        };
        let distance = strsim::osa_distance(&self.text, text);
        (distance <= most).then_some(Near {
            word: self,
            distance,
            same_start,
        })
    }
}

impl Near<'_> {
    /// A wrong first letter counts twice: hardly anybody errs there.
    fn rank(&self) -> (usize, bool, Reverse<u32>) {
        let mistakes = self.distance + usize::from(!self.same_start);
        (mistakes, !self.same_start, Reverse(self.word.count))
    }

    /// Whether another word may have been meant as well.
    fn rivals(&self, best: &Self) -> bool {
        let as_near = self.distance == best.distance && self.same_start == best.same_start;
        as_near && self.word.stem != best.word.stem && self.word.count >= best.word.count / RARER
    }

    /// Whether a word of this many letters, misspelled like this, can hardly have been another one.
    fn is_certain(&self, text: &str) -> bool {
        let length = text.chars().count();
        match (self.distance, self.same_start) {
            (1, true) if length < 7 => is_slip(text, &self.word.text),
            (1, true) => true,
            (1, false) => length >= 8 || (length >= 6 && sounds_alike(text, &self.word.text)),
            _ => self.same_start && length >= 8,
        }
    }
}

/// Letters swapped, doubled or not, or another vowel: so differ misspellings, while other words differ in consonants.
fn is_slip(text: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let single = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.dedup();
        letters
    };
    let consonants = |text: &str| -> String { text.chars().filter(|c| !"aeiouy".contains(*c)).collect() };
    sorted(text) == sorted(word) || single(text) == single(word) || consonants(text) == consonants(word)
}

/// Whether two words begin with letters that stand for one sound.
fn sounds_alike(text: &str, word: &str) -> bool {
    let start = |text: &str| text.chars().next().unwrap_or_default();
    let pair = [start(text), start(word)];
    let alike = |sound: &&str| pair.iter().all(|letter| sound.contains(*letter));
    SOUNDS.iter().any(alike)
}

/// Letters that begin words with the same sound.
const SOUNDS: &[&str] = &["ckq", "sczx", "gj", "fpv", "ei", "vw", "aeo"];

/// Two bits for each letter, since it may occur twice, so that most words are ruled out without comparing them.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |letters, byte| {
        let letter = byte.wrapping_sub(b'a');
        let once = if letter < 26 { 1 << (2 * letter) } else { 0 };
        letters | if letters & once == 0 { once } else { once << 1 }
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
        assert!(knows(&[&vocabulary()], "strawberry"));
        assert!(!knows(&[&vocabulary()], "straw"));
        assert_eq!(vocabulary().completion("straw"), Some("strawberries"));
    }
}

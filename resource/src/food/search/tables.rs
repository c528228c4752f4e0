//! What we know of words beyond the data: which ones mark the ordinary form of a food, which an odd one, which first
//! parts of names are only labels, what people say instead, and what a bare word mostly means.
//!
//! The tables are text files beside this one. Their lines are our own judgement, made without the held-back half of
//! the test queries.

use std::collections::{HashMap, HashSet};

use super::names::WITHOUT;
use super::text::{Word, stem, words};
use super::vocabulary::Vocabulary;

/// What a word of a name is worth when nobody asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Worth {
    /// How much of the name it is, compared with an ordinary word.
    pub(super) weight: f32,
    /// By what the whole name is less (or more) likely to be meant.
    pub(super) factor: f32,
}

const ORDINARY: Worth = Worth {
    weight: 1.0,
    factor: 1.0,
};

/// A word of less weight leaves the meaning of others.
const LITTLE: f32 = 0.1;

/// A first part of names that is no food's own name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Label {
    /// "Beverages": says where it belongs.
    Shelf,
    /// "Cheese": is a food itself.
    Kind,
}

impl Label {
    /// How much of a name it is, compared with an ordinary word.
    pub(super) fn share(self) -> f32 {
        match self {
            Self::Shelf => 0.1,
            Self::Kind => 0.2,
        }
    }
}

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    worth: HashMap<String, Worth>,
    worth_of_stem: HashMap<String, Worth>,
    labels: HashMap<String, Label>,
    synonyms: HashMap<String, Synonyms>,
    longest_synonym: usize,
    defaults: HashMap<String, Vec<String>>,
    vague: HashSet<String>,
    said: Vocabulary,
}

/// Other ways to say a phrase.
#[derive(Debug)]
struct Synonyms {
    meant: Vec<Vec<String>>,
    /// Whether the phrase means it only when nothing more is said than "plain": "tea", but not "green tea".
    alone: bool,
}

impl Tables {
    pub(super) fn new() -> Self {
        let mut tables = Self {
            worth: HashMap::new(),
            worth_of_stem: HashMap::new(),
            labels: labels(),
            synonyms: HashMap::new(),
            longest_synonym: 1,
            defaults: HashMap::new(),
            vague: HashSet::new(),
            said: Vocabulary::default(),
        };
        for (word, weight, factor) in rows(WORDS).filter_map(worth) {
            let worth = Worth { weight, factor };
            tables.worth_of_stem.entry(stem(word)).or_insert(worth);
            tables.worth.insert(word.to_owned(), worth);
        }
        for (said, meant) in rows(SYNONYMS).filter_map(|row| row.split_once('\t')) {
            let alone = said.starts_with('=');
            let said = telling(words(said));
            for word in &said {
                tables.said.add(word);
            }
            tables.longest_synonym = tables.longest_synonym.max(said.len());
            let meant = meant.split('|').map(|text| telling(words(text))).collect();
            tables.synonyms.insert(stems(&stemmed(said)), Synonyms { meant, alone });
        }
        for (query, wanted) in rows(DEFAULTS).filter_map(|row| row.split_once('\t')) {
            let query = stems(&stemmed(words(query)));
            if wanted == "?" {
                tables.vague.insert(query);
            } else {
                tables.defaults.insert(query, told(&words(wanted)));
            }
        }
        tables
    }

    /// What a word of a name is worth when it was not asked for.
    pub(super) fn worth(&self, word: &str, stem: &str) -> Worth {
        let known = self.worth.get(word).or_else(|| self.worth_of_stem.get(stem));
        known.copied().unwrap_or(ORDINARY)
    }

    /// Whether a first part of a name is only a label.
    pub(super) fn label(&self, part: &str) -> Option<Label> {
        self.labels.get(part).copied()
    }

    /// Other ways to say what stands at this place of the words, each as words; and how many words they replace.
    pub(super) fn synonyms(&self, words: &[Word], at: usize) -> Option<(usize, &[Vec<String>])> {
        let rest = words.get(at..)?;
        (1..=self.longest_synonym.min(rest.len())).rev().find_map(|count| {
            let phrase = rest.get(..count)?;
            let known = self.synonyms.get(&stems(phrase));
            let synonyms = known.or_else(|| self.swapped(phrase, words.len()))?;
            let others = words
                .iter()
                .enumerate()
                .filter(|(place, _)| !(at..at + count).contains(place));
            let alone = || others.clone().all(|(_, word)| self.says_little(word));
            let fits = !synonyms.alone || alone();
            fits.then_some((count, synonyms.meant.as_slice()))
        })
    }

    /// Whether a word leaves what stands beside it as it is: "raw", "plain", "lean".
    fn says_little(&self, word: &Word) -> bool {
        self.worth(&word.text, &word.stem).weight <= LITTLE
    }

    /// Whether a text begins with a number that is part of a name: "3 musketeers", "half and half".
    pub(super) fn is_named_so(&self, text: &str) -> bool {
        let words = stemmed(telling(words(text)));
        self.synonyms(&words, 0).is_some_and(|(count, _)| count > 1)
    }

    /// "milk 2%" is "2% milk" where nothing else is said and the order has no meaning of its own.
    fn swapped(&self, phrase: &[Word], said: usize) -> Option<&Synonyms> {
        let [one, other] = phrase else { return None };
        let swapped = || format!("{} {}", other.stem, one.stem);
        (said == 2).then(|| self.synonyms.get(&swapped())).flatten()
    }

    /// Stems of the words that a name should have when nothing but these words was asked for.
    pub(super) fn defaults(&self, words: &[Word]) -> &[String] {
        self.defaults.get(&stems(words)).map_or(&[], Vec::as_slice)
    }

    /// Whether these words alone are said of too many foods to take one.
    pub(super) fn is_vague(&self, words: &[Word]) -> bool {
        self.vague.contains(&stems(words))
    }

    /// The words that the synonym table has on its left side.
    pub(super) fn said(&self) -> &Vocabulary {
        &self.said
    }
}

/// The stems of words as names have them: "without salt" denies salt.
fn told(words: &[String]) -> Vec<String> {
    let without = |at: usize| {
        at.checked_sub(1)
            .and_then(|at| words.get(at))
            .is_some_and(|word| word == "without")
    };
    let kept = words.iter().enumerate().filter(|(_, word)| *word != "without");
    kept.map(|(at, word)| {
        if without(at) {
            format!("{WITHOUT}{}", stem(word))
        } else {
            stem(word)
        }
    })
    .collect()
}

/// The words without the ones that do not help to find a food.
pub(super) fn telling(mut words: Vec<String>) -> Vec<String> {
    words.retain(|word| !SILENT.contains(&word.as_str()));
    words
}

fn stemmed(words: Vec<String>) -> Vec<Word> {
    words.into_iter().map(Word::from).collect()
}

/// The stems of words as one text.
fn stems(words: &[Word]) -> String {
    let mut stems = String::new();
    for word in words {
        if !stems.is_empty() {
            stems.push(' ');
        }
        stems.push_str(&word.stem);
    }
    stems
}

fn labels() -> HashMap<String, Label> {
    let label = |row: &str| match row.strip_suffix('*') {
        Some(kind) => (words(kind).join(" "), Label::Kind),
        None => (words(row).join(" "), Label::Shelf),
    };
    rows(LABELS).map(label).collect()
}

fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn worth(row: &'static str) -> Option<(&'static str, f32, f32)> {
    let mut fields = row.split('\t');
    let (word, weight, factor) = (fields.next()?, fields.next()?, fields.next()?);
    Some((word, weight.parse().ok()?, factor.parse().ok()?))
}

/// Words that do not help to find a food.
const SILENT: &[&str] = &[
    "a",
    "an",
    "the",
    "of",
    "and",
    "or",
    "with",
    "in",
    "on",
    "for",
    "to",
    "my",
    "some",
    "i",
    "had",
    "ate",
    "at",
    "from",
    "is",
    "are",
    "how",
    "many",
    "much",
    "calories",
    "kcal",
    "nutrition",
    "please",
    "n",
    "de",
    "la",
];

const WORDS: &str = include_str!("words.tsv");
const LABELS: &str = include_str!("labels.txt");
const SYNONYMS: &str = include_str!("synonyms.tsv");
const DEFAULTS: &str = include_str!("defaults.tsv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        let tables = Tables::new();
        assert!(rows(WORDS).all(|row| worth(row).is_some()));
        assert_eq!(tables.worth.len(), rows(WORDS).count(), "a word stands twice");
        assert_eq!(tables.labels.len(), rows(LABELS).count());
        let said: HashSet<String> = rows(SYNONYMS)
            .map(|row| stems(&stemmed(telling(words(row.split_once('\t').unwrap().0)))))
            .collect();
        assert_eq!(tables.synonyms.len(), said.len());
        assert!(rows(DEFAULTS).all(|row| row.split_once('\t').is_some()));
    }

    #[test]
    fn some_words_mean_it_only_alone() {
        let tables = Tables::new();
        assert!(tables.synonyms(&stemmed(words("tea")), 0).is_some());
        assert!(tables.synonyms(&stemmed(words("mint tea")), 1).is_none());
    }

    #[test]
    fn two_words_may_be_swapped() {
        let tables = Tables::new();
        let meant = |text: &str| tables.synonyms(&stemmed(words(text)), 0).unwrap().1.to_vec();
        assert_eq!(meant("milk 2%"), meant("2% milk"));
        assert_ne!(meant("chocolate milk"), meant("milk chocolate"));
        assert!(tables.synonyms(&stemmed(words("milk 2% cold")), 0).is_none());
    }

    #[test]
    fn the_longest_phrase_is_replaced() {
        let tables = Tables::new();
        let said = stemmed(words("semi-skimmed milk please"));
        let (count, meant) = tables.synonyms(&said, 0).unwrap();
        assert_eq!(count, 3);
        assert_eq!(meant[0].join(" "), "milk reduced fat 2%");
    }
}

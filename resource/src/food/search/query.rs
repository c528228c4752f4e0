//! A query as the search sees it: its words with their mistakes corrected, and other ways to say the same.
//!
//! 1. Words that say nothing are left out.
//! 2. Words that no name and no synonym has are corrected, parted or completed.
//! 3. Every phrase of the synonym table is replaced, which gives further variants of the query.

use super::MatchedBy;
use super::names::WITHOUT;
use super::tables::{Tables, telling};
use super::text::{stem, words};
use super::vocabulary::{Correction, Vocabulary};

/// The most words of a query that are looked at.
const MOST_WORDS: usize = 12;
/// The most unknown words of a query that are guessed at; more are no typing mistakes.
const MOST_GUESSES: usize = 4;
/// Longer than two words run together: nothing is guessed.
const LONGEST: usize = 32;
/// How much a word counts that nobody knows.
const UNKNOWN: f32 = 0.4;
/// The most ways to say a query that are tried.
const MOST_VARIANTS: usize = 4;

/// A query, understood.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// The query and other ways to say it, itself first.
    pub(super) variants: Vec<Variant>,
    /// The query with corrected words, where any was.
    pub(super) corrected: Option<String>,
    /// Whether all corrections are beyond reasonable doubt, and no word stays unknown.
    pub(super) certain: bool,
    /// The words that names should have when nothing else was asked for.
    pub(super) defaults: Vec<String>,
    /// Whether it is a single word, and nothing is known that it mostly means.
    pub(super) bare: bool,
    /// Whether it is said of too many foods to take one.
    pub(super) vague: bool,
}

/// One way to say a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) words: Vec<QueryWord>,
}

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QueryWord {
    pub(super) text: String,
    pub(super) stem: String,
    /// How it came to be looked for: `Exact` when it was typed.
    pub(super) by: MatchedBy,
    /// How sure it is that it was meant: from 0 to 1.
    pub(super) trust: f32,
    /// How much it counts beside the others: less where nobody knows it, so that the others find something.
    pub(super) counts: f32,
}

impl AsRef<str> for QueryWord {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// What happened to a typed word.
struct Typed {
    words: Vec<String>,
    trust: f32,
    changed: bool,
    certain: bool,
}

impl Query {
    /// Understands a text by the words of several sets of names.
    pub(super) fn new(text: &str, tables: &Tables, vocabularies: &[&Vocabulary]) -> Self {
        let mut guesses = 0;
        let plain = telling(words(text)).into_iter().take(MOST_WORDS);
        let typed: Vec<Typed> = plain
            .map(|word| {
                let knows = |word: &str| knows(word, tables, vocabularies);
                if knows(&word) {
                    return Typed::as_it_is(word, true);
                }
                guesses += 1;
                if guesses > MOST_GUESSES || word.chars().count() > LONGEST {
                    return Typed::as_it_is(word, false);
                }
                guess(word, tables, vocabularies)
            })
            .collect();
        let said: Vec<QueryWord> = typed.iter().flat_map(Typed::query_words).collect();
        let texts: Vec<String> = said.iter().map(|word| word.text.clone()).collect();
        let defaults = tables.defaults(&texts).to_vec();
        Self {
            vague: tables.is_vague(&texts),
            bare: said.len() == 1 && defaults.is_empty(),
            corrected: typed.iter().any(|word| word.changed).then(|| texts.join(" ")),
            certain: typed.iter().all(|word| word.certain),
            defaults,
            variants: variants(&said, &texts, joined(&said, vocabularies), tables),
        }
    }
}

impl Typed {
    fn as_it_is(word: String, certain: bool) -> Self {
        Self {
            words: vec![word],
            trust: 1.0,
            changed: false,
            certain,
        }
    }

    fn query_words(&self) -> impl Iterator<Item = QueryWord> + '_ {
        let by = if self.changed {
            MatchedBy::Typo
        } else {
            MatchedBy::Exact
        };
        self.words.iter().map(move |word| QueryWord {
            stem: stem(word),
            text: word.clone(),
            by,
            trust: self.trust,
            counts: if self.changed || self.certain { 1.0 } else { UNKNOWN },
        })
    }
}

fn knows(word: &str, tables: &Tables, vocabularies: &[&Vocabulary]) -> bool {
    tables.is_said(word) || vocabularies.iter().any(|vocabulary| vocabulary.knows(word))
}

/// What an unknown word was meant for.
fn guess(word: String, tables: &Tables, vocabularies: &[&Vocabulary]) -> Typed {
    let correction = vocabularies
        .iter()
        .filter_map(|known| known.correction(&word))
        .chain(tables.correction(&word));
    let correction = correction.min_by_key(|found| (found.distance, !found.certain));
    let parts = part(&word, &|word: &str| knows(word, tables, vocabularies));
    match (correction, parts) {
        (Some(found), None) => corrected(&found),
        (Some(found), Some(_)) if found.distance == 1 => corrected(&found),
        (_, Some(words)) => Typed {
            words,
            trust: 0.95,
            changed: true,
            certain: true,
        },
        (None, None) => completed(word, vocabularies),
    }
}

fn corrected(found: &Correction) -> Typed {
    Typed {
        words: vec![found.word.clone()],
        trust: if found.distance == 1 { 0.93 } else { 0.85 },
        changed: true,
        certain: found.certain,
    }
}

/// "choc" may be "chocolate", but nobody should count on it.
fn completed(word: String, vocabularies: &[&Vocabulary]) -> Typed {
    let long_enough = word.chars().count() >= 4;
    let completion = vocabularies
        .iter()
        .find_map(|known| known.completion(&word))
        .filter(|_| long_enough);
    Typed {
        trust: 0.7,
        changed: completion.is_some(),
        certain: false,
        words: vec![completion.map_or(word, str::to_owned)],
    }
}

/// "meatloaf" is "meat loaf" where only that is known.
fn part(word: &str, knows: &impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let ends = word
        .char_indices()
        .map(|(end, _)| end)
        .filter(|end| *end >= 3 && word.len() - end >= 3);
    let mut parted = ends.filter_map(|end| word.split_at_checked(end));
    let (one, other) = parted.find(|(one, other)| knows(one) && knows(other))?;
    Some(vec![one.to_owned(), other.to_owned()])
}

/// The query with the first two words that are also known as one in one: "apple sauce", "pop corn".
fn joined(said: &[QueryWord], vocabularies: &[&Vocabulary]) -> Option<Variant> {
    let pairs = said.iter().zip(said.iter().skip(1));
    let whole = |(one, other): (&QueryWord, &QueryWord)| format!("{}{}", one.text, other.text);
    let known = |whole: &String| vocabularies.iter().any(|vocabulary| vocabulary.knows(whole));
    let (at, text) = pairs.map(whole).enumerate().find(|(_, whole)| known(whole))?;
    let mut words = said.to_vec();
    words.remove(at + 1);
    if let Some(word) = words.get_mut(at) {
        word.stem = stem(&text);
        word.by = word.by.max(MatchedBy::Stem);
        word.text = text;
    }
    Some(Variant { words })
}

/// The query itself, then the ones with synonyms in place of its phrases.
fn variants(said: &[QueryWord], texts: &[String], joined: Option<Variant>, tables: &Tables) -> Vec<Variant> {
    let mut all = vec![Variant { words: said.to_vec() }];
    all.extend(joined);
    for choice in 0..MOST_VARIANTS - 1 {
        let variant = Variant {
            words: replaced(said, texts, tables, choice),
        };
        if !all.contains(&variant) {
            all.push(variant);
        }
    }
    for variant in &mut all {
        deny(&mut variant.words);
    }
    all.retain(|variant| !variant.words.is_empty());
    all
}

/// The query with every phrase replaced by one of its synonyms: the one of this number, or the last.
fn replaced(said: &[QueryWord], texts: &[String], tables: &Tables, choice: usize) -> Vec<QueryWord> {
    let mut words: Vec<QueryWord> = Vec::new();
    let mut at = 0;
    while let Some(word) = said.get(at) {
        let Some((count, meant)) = tables.synonyms(texts, at) else {
            words.push(word.clone());
            at += 1;
            continue;
        };
        let phrase = said.get(at..at + count).unwrap_or_default();
        if let Some(meant) = meant.get(choice).or(meant.last()) {
            words.extend(meant.iter().map(|text| synonym(text, phrase)));
        }
        at += count;
    }
    let mut unique: Vec<QueryWord> = Vec::new();
    for word in words {
        if unique.iter().all(|known| known.stem != word.stem) {
            unique.push(word);
        }
    }
    unique
}

/// A word in place of a phrase. It counts as typed where the phrase has it, too.
fn synonym(text: &str, phrase: &[QueryWord]) -> QueryWord {
    let stem = stem(text);
    if let Some(same) = phrase.iter().find(|word| word.stem == stem) {
        return same.clone();
    }
    let trust = phrase.iter().map(|word| word.trust).fold(1.0, f32::min);
    let typo = phrase.iter().any(|word| word.by == MatchedBy::Typo);
    QueryWord {
        text: text.to_owned(),
        stem,
        by: if typo { MatchedBy::Typo } else { MatchedBy::Synonym },
        trust: trust * 0.99,
        counts: 1.0,
    }
}

/// "without salt" and "no salt" look for names that deny salt.
fn deny(words: &mut Vec<QueryWord>) {
    let mut without = false;
    words.retain_mut(|word| {
        let denies = matches!(word.text.as_str(), "without" | "no");
        if without && !denies {
            word.stem.insert(0, WITHOUT);
            word.text = word.stem.clone();
        }
        without = denies;
        !denies
    });
}

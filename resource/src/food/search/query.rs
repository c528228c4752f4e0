//! A query as the search sees it: its words with their mistakes corrected, and other ways to say the same.
//!
//! 1. Words that say nothing are left out.
//! 2. Words that no name and no synonym has are corrected, parted or completed.
//! 3. Every phrase of the synonym table is replaced, which gives further variants of the query.

use super::MatchedBy;
use super::names::WITHOUT;
use super::tables::{Tables, telling};
use super::text::{Word, stem, words};
use super::vocabulary::{Correction, Vocabulary, knows};

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

impl QueryWord {
    fn word(&self) -> Word {
        Word {
            text: self.text.clone(),
            stem: self.stem.clone(),
        }
    }
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
        let said = [tables.said()];
        let known: Vec<&Vocabulary> = vocabularies.iter().chain(&said).copied().collect();
        let plain = telling(words(text)).into_iter().take(MOST_WORDS);
        let typed: Vec<Typed> = plain
            .map(|word| {
                if knows(&known, &word) {
                    return Typed::as_it_is(word, true);
                }
                guesses += 1;
                if guesses > MOST_GUESSES || word.chars().count() > LONGEST {
                    return Typed::as_it_is(word, false);
                }
                guess(word, &known, vocabularies)
            })
            .collect();
        let said: Vec<QueryWord> = typed.iter().flat_map(Typed::query_words).collect();
        let words: Vec<Word> = said.iter().map(QueryWord::word).collect();
        let defaults = tables.defaults(&words).to_vec();
        Self {
            vague: tables.is_vague(&words),
            bare: said.len() == 1 && defaults.is_empty(),
            corrected: typed.iter().any(|word| word.changed).then(|| joined_texts(&said)),
            certain: typed.iter().all(|word| word.certain),
            defaults,
            variants: variants(&said, &words, joined(&said, vocabularies), tables),
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

fn joined_texts(said: &[QueryWord]) -> String {
    let texts: Vec<&str> = said.iter().map(QueryWord::as_ref).collect();
    texts.join(" ")
}

/// What a word was meant for that is none of the `known` ones; only `names` have words that it may be the beginning of.
fn guess(word: String, known: &[&Vocabulary], names: &[&Vocabulary]) -> Typed {
    let correction = known.iter().filter_map(|known| known.correction(&word));
    let correction = correction.min_by_key(|found| (found.distance, !found.certain));
    let parts = part(&word, &|word: &str| knows(known, word));
    match (correction, parts) {
        (Some(found), None) => corrected(&found),
        (Some(found), Some(_)) if found.distance == 1 => corrected(&found),
        (_, Some(words)) => Typed {
            words,
            trust: 0.95,
            changed: true,
            certain: true,
        },
        (None, None) => completed(word, names),
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
    let (at, text) = pairs
        .map(whole)
        .enumerate()
        .find(|(_, whole)| knows(vocabularies, whole))?;
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
fn variants(said: &[QueryWord], words: &[Word], joined: Option<Variant>, tables: &Tables) -> Vec<Variant> {
    let mut all = vec![Variant { words: said.to_vec() }];
    all.extend(joined);
    let phrases = phrases(said, words, tables);
    let choices = phrases
        .iter()
        .map(|phrase| phrase.meant.len())
        .max()
        .unwrap_or_default();
    for choice in 0..choices.clamp(1, MOST_VARIANTS - 1) {
        let variant = Variant {
            words: replaced(&phrases, choice),
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

/// Words of a query, and what else says the same; nothing, where they say it by themselves.
struct Phrase<'a> {
    said: &'a [QueryWord],
    meant: &'a [Vec<String>],
}

/// The query phrase by phrase.
fn phrases<'a>(said: &'a [QueryWord], words: &[Word], tables: &'a Tables) -> Vec<Phrase<'a>> {
    let mut phrases = Vec::new();
    let mut at = 0;
    while at < said.len() {
        let (count, meant) = tables.synonyms(words, at).unwrap_or((1, &[]));
        let said = said.get(at..at + count).unwrap_or_default();
        phrases.push(Phrase { said, meant });
        at += count;
    }
    phrases
}

/// The query with every phrase replaced by one of its synonyms: the one of this number, or the last.
fn replaced(phrases: &[Phrase], choice: usize) -> Vec<QueryWord> {
    let mut unique: Vec<QueryWord> = Vec::new();
    let mut add = |word: QueryWord| {
        if unique.iter().all(|known| known.stem != word.stem) {
            unique.push(word);
        }
    };
    for Phrase { said, meant } in phrases {
        match meant.get(choice).or(meant.last()) {
            Some(meant) => meant.iter().for_each(|text| add(synonym(text, said))),
            None => said.iter().cloned().for_each(&mut add),
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

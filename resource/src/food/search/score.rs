//! How well a name answers a query.
//!
//! Three shares count: how much of the query the name has (*coverage*), how much of the name's head was asked for
//! (*head*), and how much of the whole name (*precision*). What was not asked for and is odd (a brand, baby food,
//! something dried) takes off, and what a bare word mostly means lifts.

use super::MatchedBy;
use super::names::{Name, Token};
use super::query::{Query, Variant};
use super::tables::Tables;
use super::vocabulary::Vocabulary;

/// Less of a query than this is no answer.
const LEAST_COVERAGE: f32 = 0.5;
/// What a brand that was not asked for takes off.
const BRAND: f32 = 0.8;
/// How much a word counts that the name has only in "with broth" or "oil-roasted".
const ASIDE: f32 = 0.75;
/// How much more a brand says than an ordinary word of a name, when it was asked for.
const ASKED_BRAND: f32 = 4.0;
/// The most that unasked words take off in all.
const LEAST_FACTOR: f32 = 0.25;
/// What each word of the usual form lifts.
const DEFAULT_LIFT: f32 = 0.03;

/// A variant of a query in the terms of one set of names.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) words: Vec<AskedWord>,
    total: f32,
    defaults: Vec<u32>,
}

/// A word that is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedWord {
    /// Its place among the stems; `None` where no name has it.
    pub(super) stem: Option<u32>,
    word: Option<u32>,
    /// How much of the query it is.
    pub(super) weight: f32,
    by: MatchedBy,
    trust: f32,
}

/// How well a name fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// All in all: from 0 upwards; what is ordinary in every way may come out above 1.
    pub(super) score: f32,
    /// How much of the query it has.
    pub(super) coverage: f32,
    /// How much of its head was asked for.
    pub(super) head: f32,
    /// The weakest way in which a word was recognized.
    pub(super) by: MatchedBy,
}

impl Asked {
    pub(super) fn new(query: &Query, variant: &Variant, tables: &Tables, vocabulary: &Vocabulary) -> Self {
        let words: Vec<AskedWord> = variant
            .words
            .iter()
            .map(|word| {
                let worth = tables.worth(&word.text, &word.stem);
                AskedWord {
                    stem: vocabulary.stem(&word.stem),
                    word: vocabulary.word(&word.text),
                    weight: 0.25 + 0.75 * worth.weight,
                    by: word.by,
                    trust: word.trust,
                }
            })
            .collect();
        Self {
            total: words.iter().map(|word| word.weight).sum(),
            defaults: query.defaults.iter().filter_map(|stem| vocabulary.stem(stem)).collect(),
            words,
        }
    }

    /// How well a name fits; `None` where it does not.
    pub(super) fn fit(&self, name: &Name) -> Option<Fit> {
        let mut found = 0.0;
        let mut by = MatchedBy::Exact;
        for word in &self.words {
            if let Some(token) = name.tokens.iter().find(|token| word.finds(token)) {
                let place = if token.aside { ASIDE } else { 1.0 };
                found += word.weight * word.trust * place;
                by = by.max(word.matched_by(token, name.alias));
            }
        }
        let coverage = found / self.total;
        if coverage < LEAST_COVERAGE {
            return None;
        }
        let shares = self.shares(name);
        let share = 0.3 + 0.4 * shares.head + 0.3 * shares.precision;
        let score = coverage * coverage * share * shares.factor * name.prior;
        Some(Fit {
            score,
            coverage,
            head: shares.head,
            by,
        })
    }

    fn shares(&self, name: &Name) -> Shares {
        let mut head = Share::default();
        let mut whole = Share::default();
        let mut factor = 1.0;
        let mut brand = 1.0;
        let mut lift = 1.0;
        for token in &name.tokens {
            let asked = self.words.iter().any(|word| word.finds(token));
            let usual = self.defaults.contains(&token.stem);
            let more = if asked && token.brand { ASKED_BRAND } else { 1.0 };
            head.add(token.head * more, asked || usual);
            whole.add(token.weight * more, asked || usual);
            if usual {
                lift += DEFAULT_LIFT;
            } else if !asked {
                factor *= token.factor;
                brand = if token.brand { BRAND } else { brand };
            }
        }
        let lift = if lift > 1.12 { 1.12 } else { lift };
        Shares {
            head: head.value(),
            precision: whole.value(),
            factor: (factor * brand).max(LEAST_FACTOR) * lift,
        }
    }
}

impl AskedWord {
    fn finds(&self, token: &Token) -> bool {
        self.stem == Some(token.stem)
    }

    fn matched_by(&self, token: &Token, alias: bool) -> MatchedBy {
        let form = if self.word == Some(token.word) {
            MatchedBy::Exact
        } else {
            MatchedBy::Stem
        };
        let name = if alias { MatchedBy::Alias } else { MatchedBy::Exact };
        self.by.max(form).max(name)
    }
}

struct Shares {
    head: f32,
    precision: f32,
    factor: f32,
}

/// A part of a whole.
#[derive(Default)]
struct Share {
    part: f32,
    whole: f32,
}

impl Share {
    fn add(&mut self, weight: f32, counts: bool) {
        self.whole += weight;
        if counts {
            self.part += weight;
        }
    }

    fn value(&self) -> f32 {
        if self.whole > 0.0 { self.part / self.whole } else { 1.0 }
    }
}

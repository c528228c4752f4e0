//! How well a name answers a query.
//!
//! Three shares count: how much of the query the name has (*coverage*), how much of the name's head was asked for
//! (*head*), and how much of the whole name (*precision*). What was not asked for and is odd (a brand, baby food,
//! something dried) takes off, and what a bare word mostly means lifts.

use super::MatchedBy;
use super::cooking;
use super::names::{Name, Token};
use super::query::{Query, QueryWord, Variant};
use super::tables::Tables;
use super::vocabulary::Vocabulary;
use crate::food::state::{self, State};

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
/// The most that they lift together.
const MOST_LIFT: f32 = 1.12;

/// What it takes off to be raw where cooked was asked for, or the other way round.
const CONTRARY: f32 = 0.7;

/// More than a name can score, as far as its own words tell.
pub(super) fn ceiling(prior: f32, tokens: &[Token]) -> f32 {
    let lifted: f32 = tokens.iter().map(|token| token.factor.max(1.0)).product();
    prior * MOST_LIFT * lifted * 1.001 // room for rounding
}

/// A variant of a query in the terms of one set of names.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) words: Vec<AskedWord>,
    total: f32,
    state: Option<State>,
    /// For each stem whether it was asked for, or is usual: a name's words are looked up here one by one.
    said: Vec<Said>,
}

/// A word that is looked for.
#[derive(Clone, Debug)]
pub(super) struct AskedWord {
    /// Its place among the stems; `None` where no name has it.
    pub(super) stem: Option<u32>,
    word: Option<u32>,
    /// Other stems that say nearly the same, and how nearly.
    kin: Vec<(u32, f32)>,
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
    /// How much of the whole name was asked for.
    pub(super) precision: f32,
    /// Whether it is raw and cooked was asked for, or the other way round.
    pub(super) contrary: bool,
    /// Whether it is not the food's own name.
    pub(super) alias: bool,
}

impl Asked {
    pub(super) fn new(query: &Query, variant: &Variant, tables: &Tables, vocabulary: &Vocabulary) -> Self {
        let mut words: Vec<AskedWord> = Vec::with_capacity(variant.words.len());
        for word in &variant.words {
            let asked = AskedWord::new(word, tables, vocabulary);
            let again = asked.stem.is_some() && words.iter().any(|known| known.stem == asked.stem);
            words.extend((!again).then_some(asked));
        }
        Self {
            total: words.iter().map(|word| word.weight).sum(),
            state: state::of_words(&variant.words),
            said: said(&words, &query.defaults, vocabulary),
            words,
        }
    }

    /// How much of the query a name has, by the sum of its words' shares; `None` where it is too little.
    pub(super) fn coverage(&self, found: f32) -> Option<f32> {
        let coverage = found / self.total;
        (coverage >= LEAST_COVERAGE).then_some(coverage)
    }

    /// How well a name fits that has so much of the query.
    pub(super) fn fit(&self, name: &Name, coverage: f32) -> Fit {
        let shares = self.shares(name);
        let share = 0.3 + 0.4 * shares.head + 0.3 * shares.precision;
        let contrary = self.state.is_some() && name.state.is_some() && self.state != name.state;
        let state = if contrary { CONTRARY } else { 1.0 };
        Fit {
            score: coverage * coverage * share * shares.factor * name.prior * state,
            contrary,
            alias: name.alias,
            coverage,
            head: shares.head,
            precision: shares.precision,
        }
    }

    /// The weakest way in which a word was recognized in a name.
    pub(super) fn matched_by(&self, name: &Name) -> MatchedBy {
        let found = |word: &AskedWord| {
            let token = name.tokens.iter().find(|token| word.means(token))?;
            Some(word.matched_by(token, name.alias))
        };
        let by = self.words.iter().filter_map(found).max();
        by.unwrap_or(MatchedBy::Exact)
    }

    fn shares(&self, name: &Name) -> Shares {
        let mut head = Share::default();
        let mut whole = Share::default();
        let mut factor = 1.0;
        let mut brand = 1.0;
        let mut lift = 1.0;
        for token in &name.tokens {
            let said = self.said.get(token.stem as usize).copied().unwrap_or_default();
            let (asked, usual) = (said == Said::Asked, said == Said::Usual);
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
        Shares {
            head: head.value(),
            precision: whole.value(),
            factor: (factor * brand).max(LEAST_FACTOR) * MOST_LIFT.min(lift),
        }
    }
}

/// What a query says of a stem.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Said {
    #[default]
    Nothing,
    Asked,
    /// It is nearly always meant, asked for or not.
    Usual,
}

fn said(words: &[AskedWord], defaults: &[String], vocabulary: &Vocabulary) -> Vec<Said> {
    let mut said = vec![Said::Nothing; vocabulary.stem_count()];
    let asked = words
        .iter()
        .flat_map(AskedWord::stems)
        .map(|(stem, _)| (stem, Said::Asked));
    let usual = defaults
        .iter()
        .filter_map(|stem| vocabulary.stem(stem))
        .map(|stem| (stem, Said::Usual));
    for (stem, what) in asked.chain(usual) {
        if let Some(known) = said.get_mut(stem as usize) {
            *known = what;
        }
    }
    said
}

impl AskedWord {
    fn new(word: &QueryWord, tables: &Tables, vocabulary: &Vocabulary) -> Self {
        let worth = tables.worth(&word.text, &word.stem);
        Self {
            stem: vocabulary.stem(&word.stem),
            word: vocabulary.word(&word.text),
            kin: cooking::kin(&word.stem)
                .iter()
                .filter_map(|(stem, share)| Some((vocabulary.stem(stem)?, *share)))
                .collect(),
            weight: (0.25 + 0.75 * worth.weight) * word.counts,
            by: word.by,
            trust: word.trust,
        }
    }

    /// The stems that name it, best first, each with how nearly.
    pub(super) fn stems(&self) -> impl Iterator<Item = (u32, f32)> {
        let own = self.stem.map(|stem| (stem, 1.0));
        own.into_iter().chain(self.kin.iter().copied())
    }

    /// What a name gets for having it.
    pub(super) fn share(&self, nearly: f32, aside: bool) -> f32 {
        self.weight * self.trust * nearly * if aside { ASIDE } else { 1.0 }
    }

    fn means(&self, token: &Token) -> bool {
        self.stem == Some(token.stem) || self.kin.iter().any(|(stem, _)| *stem == token.stem)
    }

    fn matched_by(&self, token: &Token, alias: bool) -> MatchedBy {
        let form = if self.word == Some(token.word) {
            MatchedBy::Exact
        } else if self.stem == Some(token.stem) {
            MatchedBy::Stem
        } else {
            MatchedBy::Synonym
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

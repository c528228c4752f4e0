//! A set of foods prepared for searching: their names, their words, and which names have which word.
//!
//! 1. The lists of the query's words are added up: how much of the query each name has.
//! 2. What has most of it is scored fully, by name.
//! 3. The rest is scored only where it could still come among the first.
//!
//! Easy to get wrong: skipping the rest must not change which foods come first, nor how many fit. And words that stand
//! in thousands of names (ways of cooking), many of them in one query, must not hold everybody up: beyond [`MOST_PLACES`]
//! and [`MOST_SCORED`], which no query of the tests comes near, what is left is passed over.

use std::cell::RefCell;

use super::MatchedBy;
use super::names::{self, Lexicon, Name};
use super::query::Query;
use super::score::{Asked, AskedWord, Fit};
use super::tables::Tables;
use super::text::{stem, words};
use super::vocabulary::Vocabulary;
use crate::food::model::Food;

/// Words that say less than this are not looked up where others say more.
const TELLING: f32 = 0.5;
/// What has this part of the most that any name has is scored first.
const NEAR_THE_MOST: f32 = 0.8;

/// A food is called by words that are so much of its name's head.
const CALLED: f32 = 0.7;
/// The most places of words that a query looks at.
const MOST_PLACES: usize = 30_000;
/// The most names that a query scores fully.
const MOST_SCORED: usize = 4_000;

/// Names of foods, by their words.
#[derive(Debug)]
pub(super) struct Names {
    all: Box<[Name]>,
    vocabulary: Vocabulary,
    /// For each stem where it stands.
    having: Box<[Box<[Place]>]>,
    foods: usize,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    name: u32,
    aside: bool,
}

/// Foods that fit.
#[derive(Debug, Default)]
pub(super) struct Fits {
    /// The ones that may be among the first, by their place, each with its best fit and the weakest way in which a word
    /// was recognized; in no order.
    pub(super) best: Vec<(u32, Fit, MatchedBy)>,
    /// How many fit in all.
    pub(super) total: usize,
    /// Foods that are called so themselves, as what they are, by their place. Only those that have most of the query, which
    /// are the same for every page.
    pub(super) called: Vec<u32>,
}

/// What a search did.
#[derive(Clone, Copy, Debug, Default)]
struct Work {
    /// Places of words that were looked at.
    places: usize,
    /// Names that were scored fully.
    scored: usize,
}

/// A name that has enough of a variant of the query.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    name: &'a Name,
    asked: &'a Asked,
    coverage: f32,
}

impl Names {
    /// Prepares foods, of which some are the same as better-described ones.
    pub(super) fn new<'a>(
        foods: impl Iterator<Item = &'a Food>,
        same_as: &[Option<u32>],
        mut lexicon: Lexicon,
    ) -> Self {
        let mut all = Vec::new();
        let mut count = 0;
        for (place, food) in (0..).zip(foods) {
            all.extend(names::names(food, place, &mut lexicon));
            count += 1;
        }
        let better = |name: &Name| Some(name.of_another(same_as.get(name.food as usize).copied()??));
        let more: Vec<Name> = all.iter().filter_map(better).collect();
        all.extend(more);
        let vocabulary = lexicon.into_vocabulary();
        let mut having = places(&all, vocabulary.stem_count());
        for (place, name) in (0..).zip(&all) {
            enter(&mut having, place, name);
        }
        Self {
            all: all.into(),
            vocabulary,
            having: having.into_iter().map(Vec::into_boxed_slice).collect(),
            foods: count,
        }
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The foods that fit a query and are wanted, by their place: all that may be among the first `most`.
    pub(super) fn fits(&self, query: &Query, tables: &Tables, most: usize, wanted: impl Fn(u32) -> bool) -> Fits {
        self.found(query, tables, most, wanted).0
    }

    fn found(&self, query: &Query, tables: &Tables, most: usize, wanted: impl Fn(u32) -> bool) -> (Fits, Work) {
        let asked = |variant| Asked::new(query, variant, tables, &self.vocabulary);
        let asked: Vec<Asked> = query.variants.iter().map(asked).collect();
        let mut work = Work::default();
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut sums = Sums::take(self.all.len());
        for asked in &asked {
            self.add_candidates(asked, &mut sums, &mut work, &mut candidates);
        }
        sums.give_back();
        candidates.retain(|one| wanted(one.name.food));
        let highest = candidates.iter().map(|one| one.coverage).fold(0.0, f32::max);
        let is_near = |one: &&Candidate| one.coverage >= highest * NEAR_THE_MOST;
        let mut near: Vec<Candidate> = candidates.iter().filter(is_near).copied().collect();
        best_first(&mut near, MOST_SCORED);
        let mut scores = Scores::new(self.foods, work);
        for one in near {
            scores.add(one);
        }
        let called = std::mem::take(&mut scores.called);
        let least = scores.least(most);
        for one in candidates.iter().filter(|one| !is_near(one)) {
            if one.bound() < least {
                scores.count(one.name.food);
            } else {
                scores.add(*one);
            }
        }
        scores.finish(least, called)
    }

    /// Adds the names that have any telling word, and enough of the whole. The sums are empty before and after.
    fn add_candidates<'a>(
        &'a self,
        asked: &'a Asked,
        sums: &mut Sums,
        work: &mut Work,
        candidates: &mut Vec<Candidate<'a>>,
    ) {
        let any = asked.words.iter().any(|word| word.weight >= TELLING);
        let is_first = |word: &&AskedWord| !any || word.weight >= TELLING;
        for word in asked.words.iter().filter(is_first) {
            self.add(word, sums, work, true);
        }
        for word in asked.words.iter().filter(|word| !is_first(word)) {
            self.add(word, sums, work, false);
        }
        candidates.reserve(sums.touched.len());
        candidates.extend(sums.drain().filter_map(|(name, found)| {
            let coverage = asked.coverage(found)?;
            let name = self.all.get(name as usize)?;
            Some(Candidate { name, asked, coverage })
        }));
    }

    /// For each food whether one of its names has all words of a text.
    pub(super) fn saying(&self, text: &str) -> Vec<bool> {
        let stems: Vec<Option<u32>> = words(text)
            .iter()
            .map(|word| self.vocabulary.stem(&stem(word)))
            .collect();
        let mut saying = vec![false; self.foods];
        let has = |name: &&Name, stem: &Option<u32>| name.tokens.iter().any(|token| Some(token.stem) == *stem);
        for name in self.all.iter().filter(|name| stems.iter().all(|stem| has(name, stem))) {
            if let Some(food) = saying.get_mut(name.food as usize) {
                *food = true;
            }
        }
        saying
    }

    /// Adds a word's share to the sum of each name that has it: by the first of the stems that mean the word, which
    /// say it best.
    fn add(&self, word: &AskedWord, sums: &mut Sums, done: &mut Work, new_ones: bool) {
        sums.words += 1;
        for (stem, nearly) in word.stems() {
            let places = self.having.get(stem as usize).map_or(&[][..], |places| places);
            if done.places + places.len() > MOST_PLACES {
                return;
            }
            done.places += places.len();
            for place in places {
                if new_ones || sums.has(place.name) {
                    sums.add(place.name, word.share(nearly, place.aside));
                }
            }
        }
    }
}

/// For each name the shares of the words found in it. It has room for all names, so a thread keeps it from one search to
/// the next.
#[derive(Debug, Default)]
struct Sums {
    of: Vec<Sum>,
    touched: Vec<u32>,
    /// How many words there were.
    words: u16,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    found: f32,
    /// The last word that it got a share of, counted from 1.
    last: u16,
}

thread_local! {
    static SUMS: RefCell<Sums> = RefCell::default();
    static SLOTS: RefCell<Vec<u32>> = RefCell::default();
}

impl Sums {
    fn take(names: usize) -> Self {
        let mut sums = SUMS.take();
        sums.of.resize(sums.of.len().max(names), Sum::default());
        sums
    }

    fn give_back(self) {
        SUMS.set(self);
    }

    fn has(&self, name: u32) -> bool {
        self.of.get(name as usize).is_some_and(|sum| sum.found > 0.0)
    }

    /// Adds a share of the present word, where the name has none yet.
    fn add(&mut self, name: u32, share: f32) {
        if let Some(sum) = self.of.get_mut(name as usize)
            && sum.last != self.words
        {
            sum.last = self.words;
            if sum.found == 0.0 {
                self.touched.push(name);
            }
            sum.found += share;
        }
    }

    /// The names with what was found in them, in the order in which they were; none is left.
    fn drain(&mut self) -> impl Iterator<Item = (u32, f32)> {
        let Self { of, touched, words } = self;
        *words = 0;
        touched.drain(..).map(|name| {
            let sum = of.get_mut(name as usize).map(std::mem::take);
            (name, sum.unwrap_or_default().found)
        })
    }
}

/// Room for the places of each stem.
fn places(names: &[Name], stems: usize) -> Vec<Vec<Place>> {
    let mut counts = vec![0; stems];
    for token in names.iter().flat_map(|name| &name.tokens) {
        if let Some(count) = counts.get_mut(token.stem as usize) {
            *count += 1;
        }
    }
    counts.into_iter().map(Vec::with_capacity).collect()
}

/// Enters a name's words. Where one stands twice, the first time counts.
fn enter(having: &mut [Vec<Place>], place: u32, name: &Name) {
    for token in &name.tokens {
        if let Some(places) = having.get_mut(token.stem as usize)
            && places.last().is_none_or(|last| last.name != place)
        {
            places.push(Place {
                name: place,
                aside: token.aside,
            });
        }
    }
}

impl Candidate<'_> {
    /// More than its score can be.
    fn bound(&self) -> f32 {
        self.coverage * self.coverage * self.name.ceiling
    }
}

/// Puts those in front that could score most, so many, where there are more.
fn best_first(candidates: &mut [Candidate], most: usize) {
    if candidates.len() > most {
        candidates.select_nth_unstable_by(most, |one, other| other.bound().total_cmp(&one.bound()));
    }
}

/// The best fit of each food so far.
struct Scores<'a> {
    /// For each food its place among those that were found, counted from 1. A thread keeps the room for it, too.
    slots: Vec<u32>,
    found: Vec<(u32, Option<(Fit, Candidate<'a>)>)>,
    work: Work,
    called: Vec<u32>,
}

impl<'a> Scores<'a> {
    fn new(foods: usize, work: Work) -> Self {
        let mut slots = SLOTS.take();
        slots.resize(slots.len().max(foods), 0);
        Self {
            slots,
            found: Vec::new(),
            work,
            called: Vec::new(),
        }
    }

    /// Counts a food among those that fit.
    fn count(&mut self, food: u32) -> Option<&mut Option<(Fit, Candidate<'a>)>> {
        let slot = self.slots.get_mut(food as usize)?;
        if *slot == 0 {
            self.found.push((food, None));
            *slot = u32::try_from(self.found.len()).ok()?;
        }
        self.found.get_mut(*slot as usize - 1).map(|(_, fit)| fit)
    }

    /// Scores a name, or only counts its food where enough were scored.
    fn add(&mut self, candidate: Candidate<'a>) {
        if self.work.scored >= MOST_SCORED {
            self.count(candidate.name.food);
            return;
        }
        self.work.scored += 1;
        let fit = candidate.asked.fit(candidate.name, candidate.coverage);
        if !fit.alias && fit.head >= CALLED {
            self.called.push(candidate.name.food);
        }
        if let Some(known) = self.count(candidate.name.food)
            && known.is_none_or(|(known, _)| fit.score > known.score)
        {
            *known = Some((fit, candidate));
        }
    }

    /// What a food must score to be among so many; 0 where there are fewer.
    fn least(&self, most: usize) -> f32 {
        let mut scores: Vec<f32> = self
            .found
            .iter()
            .filter_map(|(_, fit)| Some(fit.as_ref()?.0.score))
            .collect();
        match most.checked_sub(1) {
            Some(last) if last < scores.len() => {
                *scores.select_nth_unstable_by(last, |one, next| next.total_cmp(one)).1
            }
            _ => 0.0,
        }
    }

    fn finish(mut self, least: f32, called: Vec<u32>) -> (Fits, Work) {
        let total = self.found.len();
        for (food, _) in &self.found {
            if let Some(slot) = self.slots.get_mut(*food as usize) {
                *slot = 0;
            }
        }
        SLOTS.set(self.slots);
        let best = |(food, fit): (u32, Option<(Fit, Candidate)>)| {
            let (fit, of) = fit.filter(|(fit, _)| fit.score >= least)?;
            Some((food, fit, of.asked.matched_by(of.name)))
        };
        let best = self.found.into_iter().filter_map(best).collect();
        (Fits { best, total, called }, self.work)
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;

//! Finds foods by what people call them.
//!
//! 1. An amount in front is split off (`amount`).
//! 2. The words are corrected and said in other ways (`query`).
//! 3. Every name that has some of them is scored (`score`), the names of the caller's own foods too.
//!
//! All of it happens in memory, without a database.
//!
//! Easy to get wrong: a misspelled or unknown word must never end in a confident wrong food.

mod amount;
mod cooking;
mod duplicates;
mod filter;
mod index;
mod measured;
mod names;
mod own;
mod pieces;
mod query;
mod score;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod vocabulary;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use filter::{Filter, Shelves};
use index::{Fits, Names};
pub use measured::nearly_equal;
use names::Lexicon;
pub use own::OwnFoods;
use pieces::Pieces;
use query::Query;
use score::Fit;
use tables::Tables;

use super::model::{Food, Source};
use super::nutrients::{CALORIES, per_100_g};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct SearchRequest<'a> {
    /// The food in a person's words; an amount may stand in front ("2 large eggs").
    pub query: &'a str,
    /// Only foods of this source.
    pub source: Option<Source>,
    /// Only foods of this food group; case does not matter.
    pub category: Option<&'a str>,
    /// Only foods whose name or brand has all these words.
    pub brand: Option<&'a str>,
    /// How many hits at most.
    pub limit: usize,
    /// How many hits to leave out at the front.
    pub offset: usize,
    /// The caller's own foods, ranked together with the shipped ones.
    pub own: Option<&'a OwnFoods>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResults {
    /// The hits asked for, best first.
    pub hits: Vec<Hit>,
    /// How many hits there are in all.
    pub total: usize,
    /// Whether the very first hit, or what it stands in for, can be taken without asking.
    pub confident: bool,
    /// Whether the very first hit stands in for the second, which fits better and cannot be measured as asked.
    pub stands_in: bool,
    /// The query with its likely typing mistakes corrected.
    pub did_you_mean: Option<String>,
    /// The amount that stood in front of the query.
    pub interpreted: Option<Interpreted>,
}

/// A food that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The food.
    pub food: Arc<Food>,
    /// How well it fits: from 0 to 1.
    pub score: f64,
    /// The weakest way in which a word of the query was matched.
    pub matched_by: MatchedBy,
}

/// How a word of the query was recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchedBy {
    /// It stands in the name.
    Exact,
    /// Another form of it stands in the name: singular for plural.
    Stem,
    /// It is another name that the food's owner or source gives it.
    Alias,
    /// Another word for the same thing stands in the name.
    Synonym,
    /// A word much like it stands in the name.
    Typo,
}

impl MatchedBy {
    /// The word in the tools' contracts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Stem => "stem",
            Self::Alias => "alias",
            Self::Synonym => "synonym",
            Self::Typo => "typo",
        }
    }
}

/// An amount read from a query: "2 large eggs" is 2, "large", "eggs".
#[derive(Clone, Debug, PartialEq)]
pub struct Interpreted {
    /// How many.
    pub amount: f64,
    /// Of which unit; empty where none was named ("2 eggs").
    pub unit: String,
    /// The food without amount and unit.
    pub food: String,
}

/// What is prepared once for searching.
#[derive(Debug)]
pub struct Index {
    tables: Tables,
    shipped: Prepared,
}

/// A set of foods prepared for searching.
#[derive(Debug)]
struct Prepared {
    names: Names,
    shelves: Shelves,
}

/// A food that fits.
struct Found<'a> {
    food: Cow<'a, Arc<Food>>,
    fit: Fit,
    by: MatchedBy,
}

impl Index {
    /// Prepares the shipped foods.
    pub fn new(foods: &[Arc<Food>]) -> Self {
        let tables = Tables::new();
        let shipped = || foods.iter().map(Arc::as_ref);
        let mut pieces = Pieces::default();
        let same_as = duplicates::duplicates(shipped(), &tables, &mut pieces);
        Self {
            shipped: Prepared::new(shipped(), &same_as, &tables, pieces),
            tables,
        }
    }

    /// Prepares a caller's own foods, which a search would else do first.
    pub fn prepare(&self, own: &OwnFoods) {
        own.prepared(&self.tables);
    }

    /// The amount in front of a query, unless it belongs to a name.
    fn interpreted(&self, query: &str) -> Option<Interpreted> {
        let is_named = || amount::begins_with_number(query) && self.tables.is_named_so(query);
        amount::split(query).filter(|_| !is_named())
    }

    /// Searches the foods it was prepared for and the caller's own.
    pub fn search(&self, foods: &[Arc<Food>], request: &SearchRequest) -> SearchResults {
        let nobodys = OwnFoods::default();
        let own_foods = request.own.unwrap_or(&nobodys);
        let own = own_foods.prepared(&self.tables);
        let interpreted = self.interpreted(request.query);
        let text = interpreted.as_ref().map_or(request.query, |read| read.food.as_str());
        let vocabularies = [self.shipped.names.vocabulary(), own.names.vocabulary()];
        let query = Query::new(text, &self.tables, &vocabularies);
        let mut shipped_fits = self.shipped.fits(&query, &self.tables, request);
        let own_fits = own.fits(&query, &self.tables, request);
        let total = shipped_fits.total + own_fits.total;
        let called = std::mem::take(&mut shipped_fits.called);
        let others_are_called = |other: &Food| {
            let mut called = called.iter().filter_map(|place| foods.get(*place as usize));
            called.any(|food| food.id != other.id)
        };
        let mut found: Vec<Found> = shipped_fits.foods(foods, Cow::Borrowed).collect();
        found.extend(own_fits.foods(own_foods, |food| Cow::Owned(Arc::new(food.clone()))));
        found.sort_by(Found::better);
        let confident = confident(&query, &found, &others_are_called);
        let most = found.len().min(LOOKED_AT);
        let looked_at = found.get_mut(..most).unwrap_or_default();
        let stands_in = interpreted
            .as_ref()
            .is_some_and(|read| measured::first(looked_at, read));
        SearchResults {
            total,
            confident,
            stands_in,
            did_you_mean: query.corrected,
            interpreted,
            hits: found
                .into_iter()
                .skip(request.offset)
                .take(request.limit)
                .map(Found::hit)
                .collect(),
        }
    }
}

impl Prepared {
    fn new<'a>(
        foods: impl Iterator<Item = &'a Food> + Clone,
        same_as: &[Option<u32>],
        tables: &Tables,
        pieces: Pieces,
    ) -> Self {
        Self {
            names: Names::new(foods.clone(), same_as, Lexicon::new(tables, pieces)),
            shelves: Shelves::new(foods, same_as),
        }
    }

    /// The foods that are among the first ones asked for, and always the very first.
    fn fits(&self, query: &Query, tables: &Tables, request: &SearchRequest) -> Fits {
        let filter = Filter::new(request, &self.shelves, &self.names);
        let most = request.offset.saturating_add(request.limit).max(LOOKED_AT);
        self.names.fits(query, tables, most, |place| filter.wants(place))
    }
}

impl Fits {
    fn foods<'a, T>(
        self,
        foods: &'a [T],
        shared: impl Fn(&'a T) -> Cow<'a, Arc<Food>>,
    ) -> impl Iterator<Item = Found<'a>> {
        self.best.into_iter().filter_map(move |(place, fit, by)| {
            let food = shared(foods.get(place as usize)?);
            Some(Found { food, fit, by })
        })
    }
}

impl Found<'_> {
    /// By score; where scores are the same, the caller's own first, then the shorter name, then the id.
    fn better(&self, other: &Self) -> Ordering {
        let rank = |found: &Self| (found.food.id.source != Source::Custom, found.food.name.len());
        let score = other.fit.score.total_cmp(&self.fit.score);
        score
            .then_with(|| rank(self).cmp(&rank(other)))
            .then_with(|| self.food.id.cmp(&other.food.id))
    }

    fn hit(self) -> Hit {
        Hit {
            score: f64::from(self.fit.score.clamp(0.0, 1.0)),
            matched_by: self.by,
            food: self.food.into_owned(),
        }
    }
}

/// How many hits are known at least, so that what is first and whether it is sure does not depend on limit and page.
const LOOKED_AT: usize = 10;
/// A name is plainly a bare word that is so much of its head,
const HEAD: f32 = 0.7;
/// and of the whole. Else others may be meant that fit nearly as well
const WHOLE: f32 = 0.5;
/// by this,
const RIVAL: f32 = 0.65;
/// where their energy differs by more than this.
const OTHER_ENERGY: f64 = 0.3;

/// Whether a bare word ("casserole") is part of the names of several foods that are far apart, and plainly none of
/// them, or is known to be said of many ("salad"), or is but another name of the first ("lasagna" of pasta) where
/// others than it `are_called` so.
fn is_one_of_many(query: &Query, first: &Found, rest: &[Found], are_called: &impl Fn(&Food) -> bool) -> bool {
    let plainly = first.fit.head >= HEAD && first.fit.precision >= WHOLE;
    let energy = |found: &Found| per_100_g(&found.food, CALORIES).unwrap_or_default();
    let far = |other: &Found| (energy(first) - energy(other)).abs() > OTHER_ENERGY * energy(first).max(energy(other));
    let mut rivals = rest
        .iter()
        .take(LOOKED_AT - 1)
        .filter(|other| other.fit.score >= first.fit.score * RIVAL);
    let own = first.food.id.source == Source::Custom;
    let is_of_others = || first.fit.alias && are_called(&first.food);
    !own && (query.vague || (query.bare && (is_of_others() || (!plainly && rivals.any(far)))))
}

/// Whether the first hit can be taken without asking: every word was recognized, nearly all of them are in its name,
/// they say what it is and not only what it is made with, and it is raw or cooked as asked. Of the caller's own few foods less need be said.
fn confident(query: &Query, found: &[Found], are_called: &impl Fn(&Food) -> bool) -> bool {
    let head = |first: &Found| match first.food.id.source {
        Source::Custom => 0.4,
        _ => 0.55,
    };
    let fits = |first: &Found| first.fit.coverage >= 0.8 && first.fit.head >= head(first) && !first.fit.contrary;
    let Some((first, rest)) = found.split_first() else {
        return false;
    };
    query.certain && fits(first) && !is_one_of_many(query, first, rest, are_called)
}

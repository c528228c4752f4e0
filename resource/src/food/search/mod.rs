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
mod index;
mod names;
mod query;
mod score;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod vocabulary;

use std::cmp::Ordering;
use std::sync::Arc;

use index::Names;
use query::Query;
use score::Fit;
use tables::Tables;

use super::model::{Food, Source};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct SearchRequest<'a> {
    /// The food in a person's words; an amount may stand in front ("2 large eggs").
    pub query: &'a str,
    /// Only foods of this source.
    pub source: Option<Source>,
    /// Only foods of this food group; case does not matter.
    pub category: Option<&'a str>,
    /// How many hits at most.
    pub limit: usize,
    /// How many hits to leave out at the front.
    pub offset: usize,
    /// The caller's own foods, ranked together with the shipped ones.
    pub own: &'a [Food],
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchResults {
    /// The hits asked for, best first.
    pub hits: Vec<Hit>,
    /// How many hits there are in all.
    pub total: usize,
    /// Whether the very first hit can be taken without asking.
    pub confident: bool,
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
    names: Names,
}

/// A food that fits, before its record is looked up.
struct Found {
    food: Arc<Food>,
    fit: Fit,
}

impl Index {
    /// Prepares the shipped foods.
    pub fn new(foods: &[Arc<Food>]) -> Self {
        let tables = Tables::new();
        Self {
            names: Names::new(foods.iter().map(Arc::as_ref), &tables),
            tables,
        }
    }

    /// Searches the foods it was prepared for and the caller's own.
    pub fn search(&self, foods: &[Arc<Food>], request: &SearchRequest) -> SearchResults {
        let own = Names::new(request.own.iter(), &self.tables);
        let interpreted = amount::split(request.query);
        let text = interpreted.as_ref().map_or(request.query, |read| read.food.as_str());
        let query = Query::new(text, &self.tables, &[self.names.vocabulary(), own.vocabulary()]);
        let mut found: Vec<Found> = self.shipped(foods, &query, request).collect();
        found.extend(self.own(&own, &query, request));
        found.sort_by(Found::better);
        SearchResults {
            total: found.len(),
            confident: confident(&query, &found),
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

    fn shipped(&self, foods: &[Arc<Food>], query: &Query, request: &SearchRequest) -> impl Iterator<Item = Found> {
        let fits = self.names.fits(query, &self.tables).into_iter();
        let found = fits.filter_map(|(place, fit)| Some((foods.get(place as usize)?, fit)));
        let wanted = found.filter(|(food, _)| request.wants(food));
        wanted.map(|(food, fit)| Found {
            food: Arc::clone(food),
            fit,
        })
    }

    fn own(&self, own: &Names, query: &Query, request: &SearchRequest) -> impl Iterator<Item = Found> {
        let fits = own.fits(query, &self.tables).into_iter();
        let found = fits.filter_map(|(place, fit)| Some((request.own.get(place as usize)?, fit)));
        let wanted = found.filter(|(food, _)| request.wants(food));
        wanted.map(|(food, fit)| Found {
            food: Arc::new(food.clone()),
            fit,
        })
    }
}

impl SearchRequest<'_> {
    fn wants(&self, food: &Food) -> bool {
        let category = self.category.map(text::fold);
        let fits = |wanted: String| text::fold(&food.category).contains(wanted.trim());
        self.source.is_none_or(|source| food.id.source == source) && category.is_none_or(fits)
    }
}

impl Found {
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
            matched_by: self.fit.by,
            food: self.food,
        }
    }
}

/// Whether the first hit can be taken without asking: every word was recognized, nearly all of them are in its name,
/// and they say what it is and not only what it is made with. Of the caller's own few foods less need be said.
fn confident(query: &Query, found: &[Found]) -> bool {
    let head = |first: &Found| match first.food.id.source {
        Source::Custom => 0.4,
        Source::Usda | Source::Survey => 0.55,
    };
    let fits = |first: &Found| first.fit.coverage >= 0.8 && first.fit.head >= head(first);
    query.certain && found.first().is_some_and(fits)
}

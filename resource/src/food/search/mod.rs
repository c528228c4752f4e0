//! Finds foods by what people call them.

use std::sync::Arc;

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
pub struct Index;

impl Index {
    /// Prepares the shipped foods.
    pub fn new(_foods: &[Arc<Food>]) -> Self {
        Self
    }

    /// Searches the foods it was prepared for and the caller's own.
    pub fn search(&self, foods: &[Arc<Food>], request: &SearchRequest) -> SearchResults {
        let words: Vec<String> = request
            .query
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let own = request.own.iter().cloned().map(Arc::new);
        let fits = |food: &Arc<Food>| {
            let name = food.name.to_lowercase();
            request.source.is_none_or(|source| food.id.source == source)
                && words.iter().all(|word| name.contains(word.as_str()))
        };
        let mut found: Vec<Arc<Food>> = own.chain(foods.iter().cloned()).filter(fits).collect();
        found.sort_by_key(|food| food.name.len());
        SearchResults {
            total: found.len(),
            confident: !found.is_empty(),
            did_you_mean: None,
            interpreted: None,
            hits: found
                .into_iter()
                .skip(request.offset)
                .take(request.limit)
                .map(|food| Hit {
                    food,
                    score: 0.5,
                    matched_by: MatchedBy::Exact,
                })
                .collect(),
        }
    }
}

//! A set of foods prepared for searching: their names, their words, and which names have which word.

use std::collections::HashMap;

use super::names::{self, Name};
use super::query::Query;
use super::score::{Asked, Fit};
use super::tables::Tables;
use super::vocabulary::Vocabulary;
use crate::food::model::Food;

/// Words that say less than this are not looked up where others say more.
const TELLING: f32 = 0.5;

/// Names of foods, by their words.
#[derive(Debug)]
pub(super) struct Names {
    all: Vec<Name>,
    vocabulary: Vocabulary,
    /// For each stem the names that have it.
    having: Vec<Vec<u32>>,
}

impl Names {
    pub(super) fn new<'a>(foods: impl Iterator<Item = &'a Food>, tables: &Tables) -> Self {
        let mut vocabulary = Vocabulary::default();
        let names: Vec<Name> = (0..)
            .zip(foods)
            .flat_map(|(place, food)| names::names(food, place, tables, &mut vocabulary))
            .collect();
        let mut having = vec![Vec::new(); vocabulary.stem_count()];
        for (place, name) in (0..).zip(&names) {
            for token in &name.tokens {
                if let Some(places) = having.get_mut(token.stem as usize)
                    && places.last() != Some(&place)
                {
                    places.push(place);
                }
            }
        }
        Self {
            all: names,
            vocabulary,
            having,
        }
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The foods that fit a query, each with its best fit, by their place.
    pub(super) fn fits(&self, query: &Query, tables: &Tables) -> HashMap<u32, Fit> {
        let mut best: HashMap<u32, Fit> = HashMap::new();
        for variant in &query.variants {
            let asked = Asked::new(query, variant, tables, &self.vocabulary);
            for place in self.candidates(&asked) {
                let Some(name) = self.all.get(place as usize) else {
                    continue;
                };
                let Some(fit) = asked.fit(name) else { continue };
                let known = best.entry(name.food).or_insert(fit);
                if fit.score > known.score {
                    *known = fit;
                }
            }
        }
        best
    }

    /// The names that have any telling word.
    fn candidates(&self, asked: &Asked) -> Vec<u32> {
        let telling = asked.words.iter().any(|word| word.weight >= TELLING);
        let looked_up = asked.words.iter().filter(|word| !telling || word.weight >= TELLING);
        let having = looked_up.filter_map(|word| self.having.get(word.stem? as usize));
        let mut places: Vec<u32> = having.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

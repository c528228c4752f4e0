//! Which foods a search may find at all: those of a source, of a food group, of a brand.

use std::collections::HashMap;

use super::SearchRequest;
use super::index::Names;
use super::text::fold;
use crate::food::model::{Food, Source};

/// The food groups and sources of a set of foods, by the foods' places.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    /// Folded, each once.
    groups: Vec<String>,
    of: Vec<Shelf>,
}

#[derive(Debug)]
struct Shelf {
    source: Source,
    group: u32,
    /// Whether a better-described food is the same.
    duplicate: bool,
}

/// What is wanted of a set of foods.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    shelves: &'a Shelves,
    source: Option<Source>,
    /// For each group whether it is wanted.
    groups: Option<Vec<bool>>,
    /// For each food whether it is of the brand.
    brand: Option<Vec<bool>>,
}

impl Shelves {
    pub(super) fn new<'a>(foods: impl Iterator<Item = &'a Food>, same_as: &[Option<u32>]) -> Self {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut shelves = Self::default();
        for (place, food) in foods.enumerate() {
            let next = u32::try_from(shelves.groups.len()).unwrap_or(u32::MAX);
            let group = *known.entry(&food.category).or_insert(next);
            if group == next {
                shelves.groups.push(fold(&food.category));
            }
            shelves.of.push(Shelf {
                source: food.id.source,
                group,
                duplicate: same_as.get(place).is_some_and(Option::is_some),
            });
        }
        shelves
    }
}

impl<'a> Filter<'a> {
    pub(super) fn new(request: &SearchRequest, shelves: &'a Shelves, names: &Names) -> Self {
        let groups = request.category.map(fold).map(|wanted| {
            let fits = |group: &String| group.contains(wanted.trim());
            shelves.groups.iter().map(fits).collect()
        });
        Self {
            shelves,
            source: request.source,
            groups,
            brand: request.brand.map(|brand| names.saying(brand)),
        }
    }

    /// Whether the food at this place may be found.
    pub(super) fn wants(&self, place: u32) -> bool {
        let place = place as usize;
        let Some(stands) = self.shelves.of.get(place) else {
            return false;
        };
        let has = |flags: &Vec<bool>, at: usize| flags.get(at).copied().unwrap_or(false);
        self.source.map_or(!stands.duplicate, |wanted| wanted == stands.source)
            && self
                .groups
                .as_ref()
                .is_none_or(|groups| has(groups, stands.group as usize))
            && self.brand.as_ref().is_none_or(|brand| has(brand, place))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SearchRequest, SearchResults};
    use crate::food::catalogue::tests::CATALOGUE;

    fn of_brand(query: &str, brand: &str) -> SearchResults {
        CATALOGUE.search(&SearchRequest {
            query,
            brand: Some(brand),
            limit: 20,
            ..SearchRequest::default()
        })
    }

    #[test]
    fn a_brand_limits_the_hits() {
        let burgers = of_brand("cheeseburger", "McDonald's");
        assert!(burgers.hits.len() > 1);
        assert!(burgers.hits.iter().all(|hit| hit.food.name.contains("McDONALD'S")));
        let soups = of_brand("tomato soup", "campbell's");
        assert!(!soups.hits.is_empty());
        for hit in soups.hits {
            let brand = hit.food.brand.clone().unwrap_or_default();
            let text = format!("{} {brand}", hit.food.name).to_uppercase();
            assert!(text.contains("CAMPBELL"), "{text}");
        }
    }

    #[test]
    fn an_unknown_brand_has_no_foods() {
        assert_eq!(of_brand("cheeseburger", "Zorblax").total, 0);
    }

    #[test]
    fn an_empty_brand_limits_nothing() {
        let any = CATALOGUE.search(&SearchRequest {
            query: "cheeseburger",
            limit: 20,
            ..SearchRequest::default()
        });
        assert_eq!(of_brand("cheeseburger", "").total, any.total);
    }
}

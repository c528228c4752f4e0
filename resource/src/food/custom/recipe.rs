//! Recipes: foods whose nutrients are the sum of their ingredients.
//!
//! 1. What the ingredients of everybody's collections hold is summed up when the recipe is made, and stays.
//! 2. Ingredients that are the user's own foods are looked up and weighed again whenever one of them changes.
//!    Where its measure is gone, what went in stays, and is told as a weight.
//! 3. A serving weighs what was said, or what goes into it.
//! 4. The live providers whose figures went in are remembered, also through recipes in recipes: they want to be cited.
//!
//! Easy to get wrong: a nutrient that one ingredient does not tell is not known for the recipe either; a sum
//! without it would be too low.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Content, SavedFood, significant};
use crate::food::model::{Food, NutrientNumber, Source};
use crate::food::nutrients::{UNSATURATED_FAT, per_100_g};
use crate::food::portions::{self, WeightBasis};

/// What begins the id of an ingredient that is a food of the user's own.
const OWN: &str = "custom:";
/// Characters of an amount that is kept as it was said.
const MOST_WORDS: usize = 100;

/// How a food is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How many servings the ingredients make.
    pub servings: f64,
    /// Whether the weight of a serving was said; otherwise it is that of the ingredients.
    pub weighed: bool,
    /// What goes into it.
    pub ingredients: Vec<Ingredient>,
    /// What the ingredients that are not the user's own hold in all, by USDA's number, ascending; `None` where all
    /// are the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Vec<(u16, f64)>>,
    /// The live providers of what the ingredients are made of that are recipes themselves, by their words.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub within: BTreeSet<String>,
}

/// So much of a food.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ingredient {
    /// Its id with the source: "usda:09040".
    pub food: String,
    /// Its name when the recipe was made.
    pub name: String,
    /// How much, as it was said: "2 large".
    pub amount: String,
    /// Its weight in grams.
    pub grams: f64,
}

impl Ingredient {
    /// So much of a food. What cannot be weighed again from its words is kept as a weight.
    pub fn new(food: &Food, amount: &str, grams: f64) -> Self {
        let grams = significant(grams);
        let is_short = amount.chars().count() <= MOST_WORDS;
        let again = weigh(food, amount)
            .filter(|_| is_short)
            .is_some_and(|again| (again - grams).abs() <= grams * 1e-9);
        Self {
            food: food.id.to_string(),
            name: food.name.clone(),
            amount: if again { amount.to_owned() } else { format!("{grams} g") },
            grams,
        }
    }

    /// The id within the user's own foods, where it is one of them.
    pub fn own_id(&self) -> Option<&str> {
        self.food.strip_prefix(OWN)
    }

    /// Makes it another of the user's own foods.
    pub(super) fn point_at(&mut self, id: &str) {
        self.food = format!("{OWN}{id}");
    }
}

fn weigh(food: &Food, amount: &str) -> Option<f64> {
    let weighed = portions::resolve(food, 1.0, amount, WeightBasis::Edible).ok()?;
    Some(significant(weighed.grams))
}

impl Recipe {
    /// The ids of the user's own foods that go into it.
    pub fn own_ids(&self) -> impl Iterator<Item = &str> {
        self.ingredients.iter().filter_map(Ingredient::own_id)
    }

    /// The live providers of what it is made of.
    pub(super) fn providers(&self) -> BTreeSet<Source> {
        let words = self
            .ingredients
            .iter()
            .filter_map(|ingredient| ingredient.food.split_once(':'));
        let words = words
            .map(|(source, _)| source)
            .chain(self.within.iter().map(String::as_str));
        words.filter_map(Source::live).collect()
    }
}

impl Content {
    /// The recipe with the user's own foods as they are now; `None` where one of them is not there.
    pub(super) fn made_of<'a>(&self, find: impl Fn(&str) -> Option<&'a SavedFood>) -> Option<Self> {
        let mut content = self.clone();
        let Some(recipe) = &mut content.recipe else {
            return Some(content);
        };
        let mut own: Vec<(Food, f64)> = Vec::new();
        recipe.within.clear();
        for ingredient in &mut recipe.ingredients {
            if let Some(id) = ingredient.own_id() {
                let food = find(id)?.food();
                match weigh(&food, &ingredient.amount) {
                    Some(grams) => ingredient.grams = grams,
                    None => ingredient.amount = format!("{} g", ingredient.grams),
                }
                ingredient.name.clone_from(&food.name);
                let within = food.contains.iter().map(|source| source.as_str().to_owned());
                recipe.within.extend(within);
                own.push((food, ingredient.grams));
            }
        }
        let grams: f64 = recipe.ingredients.iter().map(|ingredient| ingredient.grams).sum();
        let (servings, weighed) = (recipe.servings, recipe.weighed);
        let sums = sums(recipe, &own);
        if !weighed {
            content.weigh_serving(significant(grams / servings));
        }
        let made = content
            .portions
            .first()
            .map_or(grams, |serving| serving.grams * servings);
        content.nutrients = sums
            .into_iter()
            .map(|(number, sum)| (number, significant(sum / made * 100.0)))
            .collect();
        Some(content)
    }

    /// Gives the serving another weight, and the measures that weighed as much ("serving" beside "bowl").
    fn weigh_serving(&mut self, grams: f64) {
        let Some(before) = self.portions.first().map(|serving| serving.grams) else {
            return;
        };
        for measure in self.portions.iter_mut().filter(|measure| same(measure.grams, before)) {
            measure.grams = grams;
        }
    }
}

fn same(one: f64, other: f64) -> bool {
    (one - other).abs() <= f64::EPSILON * one.abs()
}

/// The sums of the nutrients that every ingredient tells.
fn sums(recipe: &Recipe, own: &[(Food, f64)]) -> Vec<(u16, f64)> {
    let others = |number: u16| match &recipe.others {
        None => Some(0.0),
        Some(told) => told.iter().find(|(of, _)| *of == number).map(|(_, sum)| *sum),
    };
    let sum = |number: u16| {
        let mut parts = vec![others(number)?];
        for (food, grams) in own {
            parts.push(per_100_g(food, NutrientNumber(number))? * grams / 100.0);
        }
        parts.sort_by(f64::total_cmp);
        Some((number, parts.iter().sum()))
    };
    let mut numbers: BTreeSet<u16> = recipe.others.iter().flatten().map(|(number, _)| *number).collect();
    let told = own
        .iter()
        .flat_map(|(food, _)| food.nutrients.iter().map(|value| value.number.0));
    numbers.extend(told.chain([UNSATURATED_FAT.0]));
    numbers.into_iter().filter_map(sum).collect()
}

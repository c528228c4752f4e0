//! What is in so many grams of foods: sums, coverage and shares.
//!
//! A nutrient that a source does not tell is missing, never 0: a sum says for each nutrient how many of its
//! foods told it, and which did not. Sums are made from unrounded values and rounded once, at the end; values
//! are added in order of size, so that the order of the foods cannot change the last digit.

use super::model::{Food, NutrientNumber, Source};
use super::nutrients::{ALCOHOL, CARBOHYDRATE, FAT, Nutrient, Nutrients, PROTEIN, UNSATURATED_FAT, per_100_g};
use super::round;

/// Which nutrients a result lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The core keys.
    #[default]
    Core,
    /// The core keys and every other nutrient that one of the foods has.
    All,
    /// These keys.
    Keys(Vec<String>),
}

/// A key that does not exist, and the keys most like it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no nutrient \"{key}\"")]
pub struct UnknownNutrient {
    /// What was asked for.
    pub key: String,
    /// What may have been meant.
    pub nearest: Vec<String>,
}

/// So much of a food.
#[derive(Clone, Copy, Debug)]
pub struct Eaten<'a> {
    /// The food.
    pub food: &'a Food,
    /// Its edible weight in grams.
    pub grams: f64,
}

/// How many of the foods told a nutrient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of them.
    Full,
    /// Some of them: the sum is too low by what the others hold.
    Partial,
    /// None of them.
    None,
}

/// The sum of one nutrient.
#[derive(Clone, Debug, PartialEq)]
pub struct Total<'a> {
    /// Which nutrient.
    pub nutrient: &'a Nutrient,
    /// The unrounded sum of what is known; `None` where nothing is.
    pub sum: Option<f64>,
    /// The indices of the foods that do not tell it.
    pub missing: Vec<usize>,
    /// How many told it.
    pub coverage: Coverage,
}

/// Shares of the energy from protein, carbohydrate, fat and alcohol, in percent with one decimal place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacroRatio {
    /// Protein, at 4 kcal/g.
    pub protein: f64,
    /// Carbohydrate, at 4 kcal/g.
    pub carbs: f64,
    /// Fat, at 9 kcal/g.
    pub fat: f64,
    /// Alcohol, at 7 kcal/g; `None` where no food's source tells of it, which is not 0.
    pub alcohol: Option<f64>,
}

impl Selection {
    /// The nutrients to list for these foods.
    pub fn nutrients<'n>(&self, all: &'n Nutrients, eaten: &[Eaten<'_>]) -> Result<Vec<&'n Nutrient>, UnknownNutrient> {
        let told = |nutrient: &&Nutrient| {
            nutrient.core || eaten.iter().any(|part| part.food.amount(nutrient.number).is_some())
        };
        match self {
            Self::Core => Ok(all.core().collect()),
            Self::All => Ok(all.all().iter().filter(told).collect()),
            Self::Keys(keys) => keys.iter().map(|key| named(all, key)).collect(),
        }
    }
}

fn named<'n>(all: &'n Nutrients, key: &str) -> Result<&'n Nutrient, UnknownNutrient> {
    all.by_key(key).ok_or_else(|| UnknownNutrient {
        key: key.to_owned(),
        nearest: all.nearest(key).into_iter().map(str::to_owned).collect(),
    })
}

/// The unrounded amount of a nutrient, or `None` where it is not known.
pub fn amount(part: &Eaten<'_>, number: NutrientNumber) -> Option<f64> {
    per_100_g(part.food, number).map(|per_100_g| per_100_g * part.grams / 100.0)
}

/// The sum of one nutrient over all foods.
pub fn total<'n>(nutrient: &'n Nutrient, eaten: &[Eaten<'_>]) -> Total<'n> {
    let amounts: Vec<Option<f64>> = eaten.iter().map(|part| amount(part, nutrient.number)).collect();
    let missing: Vec<usize> = amounts
        .iter()
        .enumerate()
        .filter(|(_, amount)| amount.is_none())
        .map(|(index, _)| index)
        .collect();
    let coverage = match missing.len() {
        0 if !amounts.is_empty() => Coverage::Full,
        count if count == amounts.len() => Coverage::None,
        _ => Coverage::Partial,
    };
    let known: Vec<f64> = amounts.into_iter().flatten().collect();
    Total {
        nutrient,
        sum: (coverage != Coverage::None).then(|| sum(known)),
        missing,
        coverage,
    }
}

/// A sum that does not depend on the order.
fn sum(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.iter().sum()
}

impl Total<'_> {
    /// The sum divided among servings and rounded: the only rounding there is.
    pub fn rounded(&self, servings: f64) -> Option<f64> {
        self.sum.map(|sum| round(sum / servings, self.nutrient.decimals))
    }
}

/// Where the energy comes from; `None` where protein, carbohydrate or fat is not fully known, or all are 0.
pub fn macro_ratio(eaten: &[Eaten<'_>]) -> Option<MacroRatio> {
    let known = |number: NutrientNumber| -> Option<f64> {
        eaten
            .iter()
            .map(|part| amount(part, number))
            .collect::<Option<Vec<f64>>>()
            .map(sum)
    };
    let alcohol: Vec<f64> = eaten.iter().filter_map(|part| amount(part, ALCOHOL)).collect();
    let is_told = !alcohol.is_empty();
    let energy = [
        known(PROTEIN)? * 4.0,
        known(CARBOHYDRATE)? * 4.0,
        known(FAT)? * 9.0,
        sum(alcohol) * 7.0,
    ];
    let all = sum(energy.to_vec());
    if all <= 0.0 {
        return None;
    }
    let [protein, carbs, fat, alcohol] = energy.map(|part| round(part / all * 100.0, 1));
    Some(MacroRatio {
        protein,
        carbs,
        fat,
        alcohol: is_told.then_some(alcohol),
    })
}

/// How a value came about, from USDA's source code; `None` where the source does not say.
pub fn source_kind(food: &Food, number: NutrientNumber) -> Option<&'static str> {
    if food.id.source == Source::Custom {
        return food.amount(number).map(|_| "user");
    }
    if number == UNSATURATED_FAT {
        return per_100_g(food, number).map(|_| "calculated");
    }
    match food.value(number)?.source_code? {
        1 | 6 | 12 | 13 => Some("analytical"),
        4 | 11 => Some("calculated"),
        5 | 8 | 9 => Some("label"),
        7 => Some("assumed_zero"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "nutrition_tests.rs"]
mod tests;

//! What can be saved: the rules for a food that somebody describes.
//!
//! Refused is what cannot be: negative or endless amounts, more sugar than carbohydrate, more saturated than
//! total fat, macronutrients heavier than the serving. Told as a warning is what is only unlikely: energy far
//! from 4-9-4-7. All problems are told at once. A nutrient that was not given stays missing.

use std::collections::BTreeMap;

use super::{Content, Gtin, Measure, Recipe, significant};
use crate::food::model::NutrientNumber;
use crate::food::nutrients::{
    ADDED_SUGAR, ALCOHOL, CALORIES, CARBOHYDRATE, FAT, PROTEIN, SATURATED_FAT, SUGAR, TRANS_FAT, UNSATURATED_FAT,
};
use crate::food::portions::MAX_GRAMS;
use crate::food::round;

const NAME_CHARACTERS: usize = 200;
const UNIT_CHARACTERS: usize = 60;
const ALIASES: usize = 20;
const PORTIONS: usize = 20;
const INGREDIENTS: usize = 100;
/// The most of one nutrient in a serving, in its own unit.
const MOST: f64 = 100_000_000.0;
/// The least weight and amount: below it, amounts of 100 g would be beyond every measure, and beyond numbers.
const LEAST: f64 = 0.001;
/// How far energy may be from the 4-9-4-7 rule without a warning.
const ENERGY_TOLERANCE: f64 = 0.25;
/// Below this many kilocalories a difference says nothing.
const ENERGY_NOISE: f64 = 5.0;
/// Rounding, as a part of the amount: of the sums of a recipe, and on the way to 100 g.
const EPSILON: f64 = 1e-9;

/// A food as somebody describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its brand.
    pub brand: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Its barcode.
    pub barcode: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// The weight of a serving in grams.
    pub serving_grams: f64,
    /// Measures; the serving comes first.
    pub portions: Vec<Measure>,
    /// Amounts in one serving; each nutrient at most once.
    pub nutrients: BTreeMap<NutrientNumber, f64>,
    /// How it is made, where the amounts come from ingredients.
    pub recipe: Option<Recipe>,
}

/// A food that may be kept, and what the caller should know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What to keep.
    pub content: Content,
    /// Unlikely, but possible.
    pub warnings: Vec<String>,
}

/// Everything that is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct Invalid(pub Vec<String>);

impl Draft {
    /// Checks all rules and brings the amounts to 100 g.
    pub fn check(self) -> Result<Checked, Invalid> {
        let mut problems = Vec::new();
        self.check_texts(&mut problems);
        self.check_measures(&mut problems);
        self.recipe
            .iter()
            .for_each(|recipe| check_recipe(recipe, &mut problems));
        self.check_amounts(&mut problems);
        if problems.is_empty() {
            self.check_sums(&mut problems);
        }
        if !problems.is_empty() {
            return Err(Invalid(problems));
        }
        let warnings = self.energy_warning().into_iter().collect();
        Ok(Checked {
            content: self.content(),
            warnings,
        })
    }

    fn check_texts(&self, problems: &mut Vec<String>) {
        check_text("name", &self.name, NAME_CHARACTERS, problems);
        for (field, text) in [("brand", &self.brand), ("category", &self.category)] {
            if let Some(text) = text {
                check_text(field, text, NAME_CHARACTERS, problems);
            }
        }
        if self.aliases.len() > ALIASES {
            problems.push(format!("at most {ALIASES} aliases can be kept"));
        }
        self.aliases
            .iter()
            .for_each(|alias| check_text("alias", alias, NAME_CHARACTERS, problems));
        let barcode = self.barcode.as_deref().map(Gtin::parse);
        problems.extend(barcode.and_then(Result::err).map(|error| error.to_string()));
    }

    fn check_measures(&self, problems: &mut Vec<String>) {
        if self.portions.len() > PORTIONS {
            problems.push(format!("at most {PORTIONS} portions can be kept"));
        }
        if !is_weight(self.serving_grams) {
            problems.push(format!("the serving must weigh {LEAST} g or more"));
        }
        for measure in &self.portions {
            check_text("unit", &measure.unit, UNIT_CHARACTERS, problems);
            if !is_weight(measure.grams) || !is_weight(measure.amount) {
                problems.push(format!(
                    "the amount and grams of \"{}\" must be {LEAST} or more",
                    measure.unit
                ));
            }
        }
    }

    fn check_amounts(&self, problems: &mut Vec<String>) {
        if self.nutrients.values().any(|amount| !(0.0..=MOST).contains(amount)) {
            problems.push("amounts of nutrients must be numbers of 0 or more".to_owned());
        }
        if !self.nutrients.contains_key(&CALORIES) {
            problems.push("calories must be given".to_owned());
        }
    }

    /// What must be part of what.
    fn check_sums(&self, problems: &mut Vec<String>) {
        let parts = [
            (SUGAR, "sugar", CARBOHYDRATE, "carbohydrate"),
            (ADDED_SUGAR, "added sugar", SUGAR, "sugar"),
            (ADDED_SUGAR, "added sugar", CARBOHYDRATE, "carbohydrate"),
            (SATURATED_FAT, "saturated fat", FAT, "total fat"),
            (UNSATURATED_FAT, "unsaturated fat", FAT, "total fat"),
            (TRANS_FAT, "trans fat", FAT, "total fat"),
        ];
        for (part, part_name, whole, whole_name) in parts {
            if let (Some(part), Some(whole)) = (self.given(part), self.given(whole))
                && exceeds(part, whole)
            {
                problems.push(format!(
                    "there cannot be more {part_name} ({part} g) than {whole_name} ({whole} g)"
                ));
            }
        }
        let macros: f64 = [PROTEIN, CARBOHYDRATE, FAT, ALCOHOL]
            .iter()
            .filter_map(|number| self.given(*number))
            .sum();
        if exceeds(macros, self.serving_grams) {
            problems.push(format!(
                "protein, carbohydrate, fat and alcohol weigh {} g, more than the serving ({} g)",
                round(macros, 2),
                round(self.serving_grams, 2)
            ));
        }
    }

    /// Energy by the 4-9-4-7 rule, where protein, carbohydrate and fat are given.
    fn energy_warning(&self) -> Option<String> {
        let energy = self.given(CALORIES)?;
        let rule = self.given(PROTEIN)? * 4.0 + self.given(CARBOHYDRATE)? * 4.0 + self.given(FAT)? * 9.0;
        let rule = rule + self.given(ALCOHOL).unwrap_or(0.0) * 7.0;
        let off = (energy - rule).abs();
        (off > rule * ENERGY_TOLERANCE && off > ENERGY_NOISE).then(|| {
            format!(
                "{energy} kcal is far from the {} kcal that protein, carbohydrate and fat give by 4-4-9; saved as given, check the label",
                round(rule, 0)
            )
        })
    }

    fn given(&self, number: NutrientNumber) -> Option<f64> {
        self.nutrients.get(&number).copied()
    }

    fn content(self) -> Content {
        let to_100_g = 100.0 / self.serving_grams;
        Content {
            name: tidy(&self.name),
            brand: self.brand.as_deref().map(tidy),
            category: self
                .category
                .as_deref()
                .map_or_else(|| super::CATEGORY.to_owned(), tidy),
            barcode: self
                .barcode
                .map(|code| Gtin::parse(&code).map_or(code, |gtin| gtin.as_str().to_owned())),
            aliases: self.aliases.iter().map(|alias| tidy(alias)).collect(),
            portions: self.portions.into_iter().map(Measure::rounded).collect(),
            nutrients: self
                .nutrients
                .into_iter()
                .map(|(number, amount)| (number.0, significant(amount * to_100_g)))
                .collect(),
            recipe: self.recipe,
        }
    }
}

impl Content {
    /// Checks the same rules, for a food that is kept already or comes from elsewhere; 100 g are its serving.
    pub(super) fn check(&self) -> Result<Self, Invalid> {
        let nutrients = self
            .nutrients
            .iter()
            .map(|(number, amount)| (NutrientNumber(*number), *amount));
        let draft = Draft {
            name: self.name.clone(),
            brand: self.brand.clone(),
            category: Some(self.category.clone()),
            barcode: self.barcode.clone(),
            aliases: self.aliases.clone(),
            serving_grams: 100.0,
            portions: self.portions.clone(),
            nutrients: nutrients.collect(),
            recipe: self.recipe.clone(),
        };
        Ok(draft.check()?.content)
    }
}

impl Measure {
    fn rounded(self) -> Self {
        Self {
            amount: significant(self.amount),
            grams: significant(self.grams),
            ..self
        }
    }
}

fn exceeds(part: f64, whole: f64) -> bool {
    part > whole + (whole * EPSILON).max(EPSILON)
}

/// One space between words, none around.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_weight(grams: f64) -> bool {
    (LEAST..=MAX_GRAMS).contains(&grams)
}

fn check_text(field: &str, text: &str, most: usize, problems: &mut Vec<String>) {
    let length = text.trim().chars().count();
    if length == 0 {
        problems.push(format!("the {field} must not be empty"));
    }
    if length > most {
        problems.push(format!("the {field} must have at most {most} characters"));
    }
    if text.chars().any(disturbs) {
        problems.push(format!("the {field} must not have control or invisible characters"));
    }
}

fn check_recipe(recipe: &Recipe, problems: &mut Vec<String>) {
    if !(1..=INGREDIENTS).contains(&recipe.ingredients.len()) {
        problems.push(format!("a recipe has 1 to {INGREDIENTS} ingredients"));
    }
    if !is_weight(recipe.servings) {
        problems.push(format!("the servings must be {LEAST} or more"));
    }
    for ingredient in &recipe.ingredients {
        for (field, text) in [
            ("id", &ingredient.food),
            ("name", &ingredient.name),
            ("amount", &ingredient.amount),
        ] {
            check_text(&format!("{field} of an ingredient"), text, NAME_CHARACTERS, problems);
        }
        if !(ingredient.grams > 0.0 && ingredient.grams <= MAX_GRAMS) {
            problems.push(format!("\"{}\" must weigh more than 0 g", ingredient.name));
        }
    }
}

/// Control characters, and those that turn or hide the text around them.
fn disturbs(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

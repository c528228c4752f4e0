//! What can be saved: the rules for a food that somebody describes.
//!
//! Refused is what cannot be: negative or endless amounts, more sugar than carbohydrate, more saturated than
//! total fat, macronutrients heavier than the serving. Told as a warning is what is only unlikely: energy far
//! from 4-9-4-7. All problems are told at once. A nutrient that was not given stays missing.

use std::collections::BTreeMap;

use super::{Content, Measure};
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
/// The most of one nutrient in a serving, in its own unit.
const MOST: f64 = 100_000_000.0;
/// The least weight and amount: below it, amounts of 100 g would be beyond every measure, and beyond numbers.
const LEAST: f64 = 0.001;
/// How far energy may be from the 4-9-4-7 rule without a warning.
const ENERGY_TOLERANCE: f64 = 0.25;
/// Below this many kilocalories a difference says nothing.
const ENERGY_NOISE: f64 = 5.0;
/// Rounding on the way through JSON.
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
        let is_barcode = |code: &String| (6..=14).contains(&code.len()) && code.bytes().all(|c| c.is_ascii_digit());
        if self.barcode.as_ref().is_some_and(|code| !is_barcode(code)) {
            problems.push("a barcode has 6 to 14 digits and nothing else".to_owned());
        }
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
                && part > whole + EPSILON
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
        if macros > self.serving_grams + EPSILON {
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
            category: self.category.as_deref().map_or_else(|| "Saved foods".to_owned(), tidy),
            barcode: self.barcode,
            aliases: self.aliases.iter().map(|alias| tidy(alias)).collect(),
            portions: self.portions,
            nutrients: self
                .nutrients
                .into_iter()
                .map(|(number, amount)| (number.0, amount * to_100_g))
                .collect(),
        }
    }
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

/// Control characters, and those that turn or hide the text around them.
fn disturbs(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(nutrients: &[(NutrientNumber, f64)]) -> Draft {
        Draft {
            name: " Grandma's  cake ".to_owned(),
            serving_grams: 50.0,
            portions: vec![Measure {
                amount: 1.0,
                unit: "slice".to_owned(),
                grams: 50.0,
            }],
            nutrients: nutrients.iter().copied().collect(),
            ..Draft::default()
        }
    }

    const GOOD: [(NutrientNumber, f64); 6] = [
        (CALORIES, 200.0),
        (PROTEIN, 3.0),
        (CARBOHYDRATE, 25.0),
        (FAT, 10.0),
        (SUGAR, 12.0),
        (SATURATED_FAT, 4.0),
    ];

    #[test]
    fn amounts_are_kept_per_100_g() {
        let checked = draft(&GOOD).check().unwrap();
        assert_eq!(checked.content.name, "Grandma's cake");
        assert_eq!(
            checked.content.nutrients.iter().find(|(number, _)| *number == 208),
            Some(&(208, 400.0))
        );
        assert_eq!(checked.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (number, amount) in [
            (CALORIES, -1.0),
            (PROTEIN, f64::NAN),
            (FAT, f64::INFINITY),
            (SUGAR, 25.1),
            (SATURATED_FAT, 10.1),
            (TRANS_FAT, 11.0),
            (ADDED_SUGAR, 13.0),
            (PROTEIN, 15.1),
        ] {
            let mut bad = draft(&GOOD);
            bad.nutrients.insert(number, amount);
            assert!(bad.check().is_err(), "{number:?} {amount}");
        }
        let mut silent = draft(&GOOD);
        silent.nutrients.remove(&CALORIES);
        assert!(silent.check().is_err());
    }

    #[test]
    fn a_weight_too_small_to_divide_by_is_refused() {
        for grams in [0.0, 5e-324, 1e-300, f64::NAN, MAX_GRAMS * 2.0] {
            let mut tiny = draft(&[(CALORIES, 0.0), (NutrientNumber(307), MOST)]);
            tiny.serving_grams = grams;
            assert!(tiny.clone().check().is_err(), "{grams}");
            tiny.serving_grams = LEAST;
            assert!(
                tiny.clone()
                    .check()
                    .unwrap()
                    .content
                    .nutrients
                    .iter()
                    .all(|(_, amount)| amount.is_finite())
            );
            for (amount, weight) in [(grams, 1.0), (1.0, grams)] {
                tiny.portions = vec![Measure {
                    amount,
                    unit: "cup".to_owned(),
                    grams: weight,
                }];
                assert!(tiny.clone().check().is_err(), "{amount} cup = {weight} g");
            }
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let bad = Draft {
            name: "a\u{202E}b".to_owned(),
            barcode: Some("12x".to_owned()),
            ..Draft::default()
        };
        let Invalid(problems) = bad.check().unwrap_err();
        assert_eq!(problems.len(), 4, "{problems:?}");
    }

    #[test]
    fn energy_far_from_the_rule_is_a_warning() {
        let energy = |kcal: f64| {
            let mut food = draft(&GOOD);
            food.nutrients.insert(CALORIES, kcal);
            food.check().unwrap().warnings.len()
        };
        assert_eq!(
            (energy(202.0), energy(160.0), energy(150.0), energy(260.0)),
            (0, 0, 1, 1)
        );
    }

    #[test]
    fn texts_are_bounded() {
        for name in ["", "  ", "two\nlines", "\u{200B}"] {
            assert!(
                Draft {
                    name: name.to_owned(),
                    ..draft(&GOOD)
                }
                .check()
                .is_err(),
                "{name:?}"
            );
        }
        assert!(
            Draft {
                name: "x".repeat(201),
                ..draft(&GOOD)
            }
            .check()
            .is_err()
        );
        assert!(
            Draft {
                name: "Käsespätzle 🍝".to_owned(),
                ..draft(&GOOD)
            }
            .check()
            .is_ok()
        );
    }
}

//! Changes of a food: what is given replaces, what is left out stays.
//!
//! So two clients that change different things of one food at once lose nothing, whoever comes first.

use std::collections::BTreeMap;

use super::{Checked, Content, Draft, Invalid, Measure, Recipe};
use crate::food::model::NutrientNumber;

/// What is to be different.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Another name.
    pub name: Option<String>,
    /// Another brand; "" for none.
    pub brand: Option<String>,
    /// Another category; "" for none.
    pub category: Option<String>,
    /// Another barcode; "" for none.
    pub barcode: Option<String>,
    /// All other names.
    pub aliases: Option<Vec<String>>,
    /// All measures beside the serving.
    pub portions: Option<Vec<Measure>>,
    /// What is in it.
    pub amounts: Option<Amounts>,
}

/// What is in a serving.
#[derive(Clone, Debug, PartialEq)]
pub struct Amounts {
    /// The serving.
    pub serving: Measure,
    /// Amounts in one serving; each nutrient at most once.
    pub nutrients: BTreeMap<NutrientNumber, f64>,
    /// How it is made, where the amounts come from ingredients.
    pub recipe: Option<Recipe>,
}

impl Edit {
    /// A new food.
    pub fn into_new(self) -> Result<Checked, Invalid> {
        self.over(None).check()
    }

    /// A food after the change.
    pub fn apply(self, food: &Content) -> Result<Checked, Invalid> {
        if self.amounts.is_some() {
            return self.over(Some(food)).check();
        }
        let mut draft = self.over(Some(food));
        let mut content = food.clone();
        content.portions.truncate(food.serving_measures());
        content.portions.append(&mut draft.portions);
        let content = Content {
            name: draft.name,
            brand: draft.brand,
            category: draft.category.unwrap_or_default(),
            barcode: draft.barcode,
            aliases: draft.aliases,
            ..content
        };
        let content = content.check()?;
        Ok(Checked {
            content,
            warnings: Vec::new(),
        })
    }

    fn over(self, food: Option<&Content>) -> Draft {
        let text =
            |given: Option<String>, kept: Option<&String>| given.or(kept.cloned()).filter(|text| !text.is_empty());
        let kept_portions = || food.map(|food| food.portions.iter().skip(food.serving_measures()).cloned().collect());
        let mut portions = self
            .amounts
            .as_ref()
            .map_or_else(Vec::new, |amounts| servings(&amounts.serving));
        portions.extend(self.portions.or_else(kept_portions).unwrap_or_default());
        let category = text(self.category, food.map(|food| &food.category));
        let amounts = self.amounts;
        Draft {
            name: self.name.or(food.map(|food| food.name.clone())).unwrap_or_default(),
            brand: text(self.brand, food.and_then(|food| food.brand.as_ref())),
            category: category.or_else(|| food.map(|_| super::CATEGORY.to_owned())),
            barcode: text(self.barcode, food.and_then(|food| food.barcode.as_ref())),
            aliases: self
                .aliases
                .or(food.map(|food| food.aliases.clone()))
                .unwrap_or_default(),
            portions,
            serving_grams: amounts.as_ref().map_or(0.0, |amounts| amounts.serving.grams),
            recipe: amounts.as_ref().and_then(|amounts| amounts.recipe.clone()),
            nutrients: amounts.map(|amounts| amounts.nutrients).unwrap_or_default(),
        }
    }
}

/// The serving, and beside one that is called otherwise ("bar") also the word "serving".
fn servings(serving: &Measure) -> Vec<Measure> {
    let also = Measure {
        amount: 1.0,
        unit: SERVING.to_owned(),
        grams: serving.grams,
    };
    let is_named = serving.unit.to_lowercase().contains(SERVING);
    std::iter::once(serving.clone())
        .chain((!is_named).then_some(also))
        .collect()
}

impl Content {
    /// How many of its measures are the serving: the first, and the word "serving" beside it.
    pub fn serving_measures(&self) -> usize {
        match self.portions.as_slice() {
            [] => 0,
            [first, second, ..] if second.unit == SERVING && first.grams.total_cmp(&second.grams).is_eq() => 2,
            [_, ..] => 1,
        }
    }
}

const SERVING: &str = "serving";

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;

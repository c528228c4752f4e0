//! A food as a provider told it, in one form for all of them: what is kept in the cache, and what becomes a [`Food`].
//!
//! Easy to get wrong: (1) names are a stranger's text, so they are bounded and lose what would disturb how they are
//! shown. (2) Where a label tells amounts per 100 ml, no weight is known: portions are in milliliters then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::clock::NumericDate;

use super::quantity::{Unit, possible};
use crate::food::model::{Fetched, Food, FoodId, Freshness, NutrientNumber, NutrientValue, Portion, Source};
use crate::food::nutrients::Nutrients;

/// Characters of a name, a brand or a category.
const MOST_NAME: usize = 200;
/// Characters of a measure's description.
const MOST_MEASURE: usize = 80;
/// Measures that are kept of a food.
const MOST_PORTIONS: usize = 20;
/// The most that a measure weighs.
const MOST_GRAMS: f64 = 100_000.0;
/// USDA's code for values from a label.
const FROM_LABEL: u8 = 8;
/// What a measure of a food by volume is called.
const MILLILITERS: &str = "ml";

/// A food as a provider told it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Its id at the provider.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// Its brand.
    pub(super) brand: Option<String>,
    /// What the provider sorts it under.
    pub(super) category: String,
    /// Whether amounts are per 100 ml.
    pub(super) by_volume: bool,
    /// Whether they were read from a label.
    pub(super) from_label: bool,
    /// Amounts in 100 g or 100 ml by USDA's number, in USDA's unit.
    pub(super) nutrients: BTreeMap<u16, f64>,
    /// Measures: how many, of what, and their weight in grams, or volume in milliliters.
    pub(super) portions: Vec<(f64, String, f64)>,
}

impl Record {
    /// A food without amounts and measures.
    pub(super) fn new(id: String, name: &str, brand: Option<&str>, category: Option<&str>) -> Self {
        let text = |text: &str| plain(text, MOST_NAME);
        Self {
            name: Some(text(name))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| id.clone()),
            id,
            brand: brand.map(text).filter(|brand| !brand.is_empty()),
            category: category
                .map(text)
                .filter(|category| !category.is_empty())
                .unwrap_or_else(|| "Products".to_owned()),
            by_volume: false,
            from_label: true,
            nutrients: BTreeMap::new(),
            portions: Vec::new(),
        }
    }

    /// Adds a measure, unless it cannot be.
    pub(super) fn portion(&mut self, amount: f64, of: &str, weight: f64) {
        let of = plain(of, MOST_MEASURE);
        let can_be = |value: f64| value.is_finite() && value > 0.0 && value <= MOST_GRAMS;
        let is_known = self.portions.iter().any(|(_, known, _)| *known == of);
        if !of.is_empty() && !is_known && can_be(amount) && can_be(weight) && self.portions.len() < MOST_PORTIONS {
            self.portions.push((amount, of, weight));
        }
    }

    /// The food, as told at a time.
    pub(super) fn food(&self, source: Source, freshness: Freshness, at: NumericDate) -> Food {
        let value = |(number, amount): (&u16, &f64)| NutrientValue {
            number: NutrientNumber(*number),
            amount: *amount,
            source_code: self.from_label.then_some(FROM_LABEL),
            derivation: None,
        };
        let measure = |amount: f64, description: &str, grams: f64| Portion {
            amount,
            description: description.to_owned(),
            grams,
        };
        let hundred = self.by_volume.then(|| measure(100.0, MILLILITERS, 100.0));
        let told = self
            .portions
            .iter()
            .map(|(amount, of, grams)| measure(*amount, of, *grams));
        Food {
            id: FoodId {
                source,
                id: self.id.clone(),
            },
            name: self.name.clone(),
            brand: self.brand.clone(),
            category: self.category.clone(),
            common_names: Vec::new(),
            scientific_name: None,
            refuse: None,
            nutrients: self.nutrients.iter().map(value).collect(),
            portions: told.chain(hundred).collect(),
            contains: Vec::new(),
            fetched: Some(Box::new(Fetched {
                freshness,
                at,
                by_volume: self.by_volume,
            })),
        }
    }
}

/// The units in which this program keeps nutrients, by USDA's number.
#[derive(Clone, Debug)]
pub(super) struct Units(BTreeMap<u16, Unit>);

impl Units {
    /// Those of all known nutrients.
    pub(super) fn new(nutrients: &Nutrients) -> Self {
        let known = nutrients.all().iter();
        Self(
            known
                .filter_map(|nutrient| Some((nutrient.number.0, Unit::parse(&nutrient.unit)?)))
                .collect(),
        )
    }

    /// An amount in 100 g in this program's unit; `None` where it is not known here, or cannot be.
    pub(super) fn amount(&self, number: u16, amount: f64, unit: Unit) -> Option<f64> {
        let own = *self.0.get(&number)?;
        possible(super::quantity::convert(amount, unit, own)?, own)
    }
}

/// One line of a stranger's text: single spaces, nothing invisible, so many characters.
pub(super) fn plain(text: &str, most: usize) -> String {
    let shown = |c: char| if c.is_whitespace() { ' ' } else { c };
    let cleaned: String = text.chars().map(shown).filter(|c| !is_hidden(*c)).collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .take(most)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Characters that show nothing, and could hold words for a model that no person sees: Unicode's
/// `Default_Ignorable_Code_Point`, the marks of interlinear notes, and controls.
fn is_hidden(c: char) -> bool {
    const IGNORABLE: &[(char, char)] = &[
        ('\u{AD}', '\u{AD}'),
        ('\u{34F}', '\u{34F}'),
        ('\u{61C}', '\u{61C}'),
        ('\u{115F}', '\u{1160}'),
        ('\u{17B4}', '\u{17B5}'),
        ('\u{180B}', '\u{180F}'),
        ('\u{200B}', '\u{200F}'),
        ('\u{202A}', '\u{202E}'),
        ('\u{2060}', '\u{206F}'),
        ('\u{3164}', '\u{3164}'),
        ('\u{FE00}', '\u{FE0F}'),
        ('\u{FEFF}', '\u{FEFF}'),
        ('\u{FFA0}', '\u{FFA0}'),
        ('\u{FFF0}', '\u{FFFB}'),
        ('\u{1BCA0}', '\u{1BCA3}'),
        ('\u{1D173}', '\u{1D17A}'),
        ('\u{E0000}', '\u{E0FFF}'),
    ];
    c.is_control() || IGNORABLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_one_bounded_line() {
        assert_eq!(
            plain("  Crème\n\tbrûlée \u{202E}evil\u{200B} ", 200),
            "Crème brûlée evil"
        );
        assert_eq!(plain(&"é".repeat(500), 200).chars().count(), 200);
        assert_eq!(plain("\u{FEFF}\u{7}", 200), "");
    }

    #[test]
    fn nothing_is_hidden_in_a_strangers_text() {
        let selectors = (0xE0100..=0xE01EF).chain(0xFE00..=0xFE0F);
        let alone = [
            0x61C, 0x180E, 0x115F, 0x1160, 0x3164, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFB, 0xE0041,
        ];
        let hidden: String = selectors.chain(alone).filter_map(char::from_u32).collect();
        assert_eq!(hidden.chars().count(), 240 + 16 + 10);
        assert_eq!(plain(&format!("Jam{hidden}\u{200D}my"), 200), "Jammy");
        assert_eq!(plain("豆乳 ชา 'soja' ñ ﬁ", 200), "豆乳 ชา 'soja' ñ ﬁ");
    }

    #[test]
    fn measures_that_cannot_be_are_left_out() {
        let mut record = Record::new("1".to_owned(), " ", Some(""), None);
        assert_eq!((record.name.as_str(), record.brand.as_deref()), ("1", None));
        for (amount, of, weight) in [
            (1.0, "serving", 0.0),
            (0.0, "serving", 30.0),
            (f64::NAN, "serving", 30.0),
            (1.0, " ", 30.0),
            (1.0, "serving", f64::INFINITY),
            (1.0, "serving", 30.0),
            (1.0, "serving", 40.0),
        ] {
            record.portion(amount, of, weight);
        }
        assert_eq!(record.portions, [(1.0, "serving".to_owned(), 30.0)]);
    }
}

//! Nutrient keys: the names that the tools' contracts use, over USDA's nutrient numbers.
//!
//! The core keys always appear, in the contract's order. Every other nutrient has a key under one rule,
//! name_unit ("vitamin_e_mg"), so that the same thing in two units stays apart ("vitamin_d_mcg",
//! "vitamin_d_iu"). Easy to get wrong: unsaturated fat is no row of its own but two, and it is known only when
//! both are.

use std::collections::HashMap;

use super::model::{Food, NutrientDefinition, NutrientNumber};

/// Energy in kcal.
pub const CALORIES: NutrientNumber = NutrientNumber(208);
/// Protein.
pub const PROTEIN: NutrientNumber = NutrientNumber(203);
/// Carbohydrate by difference.
pub const CARBOHYDRATE: NutrientNumber = NutrientNumber(205);
/// Total fat.
pub const FAT: NutrientNumber = NutrientNumber(204);
/// Fiber.
pub const FIBER: NutrientNumber = NutrientNumber(291);
/// Total sugars.
pub const SUGAR: NutrientNumber = NutrientNumber(269);
/// Added sugars; the number FoodData Central uses, absent from SR28.
pub const ADDED_SUGAR: NutrientNumber = NutrientNumber(539);
/// Saturated fat.
pub const SATURATED_FAT: NutrientNumber = NutrientNumber(606);
/// Trans fat.
pub const TRANS_FAT: NutrientNumber = NutrientNumber(605);
/// Monounsaturated fat.
pub const MONOUNSATURATED_FAT: NutrientNumber = NutrientNumber(645);
/// Polyunsaturated fat.
pub const POLYUNSATURATED_FAT: NutrientNumber = NutrientNumber(646);
/// Unsaturated fat given as one number, as on labels. Ours: USDA has no such nutrient.
pub const UNSATURATED_FAT: NutrientNumber = NutrientNumber(9_001);
/// Alcohol.
pub const ALCOHOL: NutrientNumber = NutrientNumber(221);

/// Bytes of a key that may be a mistyped one.
const MOST_MISTYPED: usize = 64;

/// One key of the contracts.
#[derive(Clone, Debug, PartialEq)]
pub struct Nutrient {
    /// The key: "protein_g".
    pub key: String,
    /// The unit in ASCII: "g", "mg", "mcg", "kcal", "kj", "iu".
    pub unit: String,
    /// Decimal places of a result.
    pub decimals: u8,
    /// The number under which a value is kept.
    pub number: NutrientNumber,
    /// Whether it is a core key.
    pub core: bool,
}

/// Every key, core keys first.
#[derive(Debug)]
pub struct Nutrients {
    all: Vec<Nutrient>,
    by_key: HashMap<String, usize>,
}

impl Nutrients {
    /// The keys for a source's nutrients and the core.
    pub fn new(definitions: &[NutrientDefinition]) -> Self {
        let mut all: Vec<Nutrient> = CORE.iter().map(core).collect();
        for definition in definitions {
            if !all.iter().any(|nutrient| nutrient.number == definition.number) {
                all.push(other(definition));
            }
        }
        let by_key = all
            .iter()
            .enumerate()
            .map(|(at, nutrient)| (nutrient.key.clone(), at))
            .collect();
        Self { all, by_key }
    }

    /// Every nutrient there is a key for.
    pub fn all(&self) -> &[Nutrient] {
        &self.all
    }

    /// The core, in the contract's order.
    pub fn core(&self) -> impl Iterator<Item = &Nutrient> {
        self.all.iter().filter(|nutrient| nutrient.core)
    }

    /// The nutrient of a key.
    pub fn by_key(&self, key: &str) -> Option<&Nutrient> {
        self.by_key.get(key).and_then(|at| self.all.get(*at))
    }

    /// The keys most like a mistyped one; none where it is no mistyped key at all.
    pub fn nearest(&self, key: &str) -> Vec<&str> {
        if key.len() > MOST_MISTYPED {
            return Vec::new();
        }
        let mut scored: Vec<(f64, &str)> = self
            .all
            .iter()
            .map(|nutrient| (strsim::jaro_winkler(key, &nutrient.key), nutrient.key.as_str()))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored
            .into_iter()
            .take(3)
            .filter(|(score, _)| *score > 0.7)
            .map(|(_, key)| key)
            .collect()
    }
}

/// The amount in 100 g, or `None` where it is not known.
pub fn per_100_g(food: &Food, number: NutrientNumber) -> Option<f64> {
    let known = food.amount(number);
    if number != UNSATURATED_FAT || known.is_some() {
        return known;
    }
    Some(food.amount(MONOUNSATURATED_FAT)? + food.amount(POLYUNSATURATED_FAT)?)
}

fn core(row: &(&str, u16, &str, u8)) -> Nutrient {
    let (key, number, unit, decimals) = row;
    Nutrient {
        key: (*key).to_owned(),
        unit: (*unit).to_owned(),
        decimals: *decimals,
        number: NutrientNumber(*number),
        core: true,
    }
}

fn other(definition: &NutrientDefinition) -> Nutrient {
    let unit = definition.unit.replace(['µ', 'μ'], "mc").to_lowercase();
    let named = NAMES.iter().find(|(number, _)| *number == definition.number.0);
    let name = named.map_or_else(|| slug(&definition.description), |(_, name)| (*name).to_owned());
    Nutrient {
        key: format!("{name}_{unit}"),
        unit,
        decimals: (definition.decimals + 1).min(3),
        number: definition.number,
        core: false,
    }
}

/// "18:1 t" is "fatty_acid_18_1_t".
fn slug(description: &str) -> String {
    let cleaned: String = description
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let joined = cleaned.split_whitespace().collect::<Vec<_>>().join("_");
    if joined.starts_with(|c: char| c.is_ascii_digit()) {
        format!("fatty_acid_{joined}")
    } else {
        joined
    }
}

/// The core keys: key, number, unit, decimal places of a result.
const CORE: &[(&str, u16, &str, u8)] = &[
    ("calories", 208, "kcal", 1),
    ("protein_g", 203, "g", 2),
    ("total_carbs_g", 205, "g", 2),
    ("total_fat_g", 204, "g", 2),
    ("fiber_g", 291, "g", 2),
    ("sugar_g", 269, "g", 2),
    ("added_sugar_g", 539, "g", 2),
    ("saturated_fat_g", 606, "g", 2),
    ("unsaturated_fat_g", 9_001, "g", 2),
    ("trans_fat_g", 605, "g", 2),
    ("sodium_mg", 307, "mg", 1),
    ("cholesterol_mg", 601, "mg", 1),
    ("potassium_mg", 306, "mg", 1),
    ("calcium_mg", 301, "mg", 1),
    ("iron_mg", 303, "mg", 2),
    ("vitamin_a_mcg", 320, "mcg", 1),
    ("vitamin_c_mg", 401, "mg", 1),
    ("vitamin_d_mcg", 328, "mcg", 2),
];

/// Names where USDA's description is no good key: it has a symbol, a scope, or another word than people use.
const NAMES: &[(u16, &str)] = &[
    (221, "alcohol"),
    (255, "water"),
    (268, "energy"),
    (304, "magnesium"),
    (305, "phosphorus"),
    (309, "zinc"),
    (312, "copper"),
    (313, "fluoride"),
    (315, "manganese"),
    (317, "selenium"),
    (318, "vitamin_a"),
    (321, "beta_carotene"),
    (322, "alpha_carotene"),
    (323, "vitamin_e"),
    (324, "vitamin_d"),
    (325, "vitamin_d2"),
    (326, "vitamin_d3"),
    (334, "beta_cryptoxanthin"),
    (338, "lutein_zeaxanthin"),
    (341, "beta_tocopherol"),
    (342, "gamma_tocopherol"),
    (343, "delta_tocopherol"),
    (415, "vitamin_b6"),
    (417, "folate_total"),
    (418, "vitamin_b12"),
    (421, "choline"),
    (430, "vitamin_k"),
    (432, "folate_food"),
    (435, "folate_dfe"),
    (573, "vitamin_e_added"),
    (578, "vitamin_b12_added"),
    (621, "dha"),
    (629, "epa"),
    (631, "dpa"),
    (645, "monounsaturated_fat"),
    (646, "polyunsaturated_fat"),
    (693, "trans_monoenoic_fat"),
    (695, "trans_polyenoic_fat"),
    (851, "ala"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(number: u16, unit: &str, description: &str, decimals: u8) -> NutrientDefinition {
        let tag = None;
        NutrientDefinition {
            number: NutrientNumber(number),
            unit: unit.to_owned(),
            tag,
            description: description.to_owned(),
            decimals,
        }
    }

    #[test]
    fn keys_are_name_and_unit() {
        let nutrients = Nutrients::new(&[
            definition(208, "kcal", "Energy", 0),
            definition(268, "kJ", "Energy", 0),
            definition(430, "µg", "Vitamin K (phylloquinone)", 1),
            definition(435, "µg", "Folate, DFE", 0),
            definition(262, "mg", "Caffeine", 0),
            definition(324, "IU", "Vitamin D", 0),
            definition(663, "g", "18:1 t", 3),
        ]);
        let others: Vec<&str> = nutrients
            .all()
            .iter()
            .filter(|nutrient| !nutrient.core)
            .map(|nutrient| nutrient.key.as_str())
            .collect();
        assert_eq!(
            others,
            [
                "energy_kj",
                "vitamin_k_mcg",
                "folate_dfe_mcg",
                "caffeine_mg",
                "vitamin_d_iu",
                "fatty_acid_18_1_t_g"
            ]
        );
        assert_eq!(nutrients.core().count(), 18);
        assert_eq!(nutrients.by_key("calories").unwrap().number, CALORIES);
        assert_eq!(nutrients.nearest("protien_g").first(), Some(&"protein_g"));
    }
}

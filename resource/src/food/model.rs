//! A food as the rest of the program sees it, whatever its source.
//!
//! Amounts are per 100 g of the edible part. A nutrient that is not listed is *not known*, never zero. Where a label
//! tells amounts per 100 ml and no weight ([`Fetched::by_volume`]), a gram stands for a milliliter.

use std::fmt;

use shared::clock::NumericDate;

/// Where a food comes from; the `source` of an id in the tools' contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// USDA National Nutrient Database SR28; the id is the five-character NDB number.
    Usda,
    /// USDA survey dishes (FNDDS) and Foundation foods; the id is ours, made from the name.
    Survey,
    /// Saved by a user with `save_food`; nobody else sees it.
    Custom,
    /// Fetched from FoodData Central; the id is its FDC id.
    Fdc,
    /// Fetched from Open Food Facts; the id is the barcode as it stands there.
    OpenFoodFacts,
}

/// A food's identity: `{id, source}` in the tools' contracts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoodId {
    /// Which collection the id belongs to.
    pub source: Source,
    /// The id within its source. USDA ids keep their leading zeros.
    pub id: String,
}

impl fmt::Display for FoodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.as_str(), self.id)
    }
}

impl Source {
    /// Whether its foods are fetched.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Fdc | Self::OpenFoodFacts)
    }

    /// The live provider with this word.
    pub fn live(word: &str) -> Option<Self> {
        [Self::Fdc, Self::OpenFoodFacts]
            .into_iter()
            .find(|source| source.as_str() == word)
    }

    /// The word used in the tools' contracts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usda => "usda",
            Self::Survey => "survey",
            Self::Custom => "custom",
            Self::Fdc => "fdc",
            Self::OpenFoodFacts => "openfoodfacts",
        }
    }
}

/// A nutrient by its USDA number (`Nutr_No` of NUTR_DEF): 208 is energy in kcal, 203 protein.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NutrientNumber(pub u16);

const _: () = assert!(size_of::<NutrientValue>() == 14, "packed");

/// The amount of one nutrient in 100 g. Packed, since there are 800,000 of them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(Rust, packed(2))]
pub struct NutrientValue {
    /// Which nutrient.
    pub number: NutrientNumber,
    /// The amount in the nutrient's own unit, per 100 g of the edible part.
    pub amount: f64,
    /// USDA source code (`Src_Cd`): how the value came about; `None` where the source does not say.
    pub source_code: Option<u8>,
    /// USDA derivation code (`Deriv_Cd`), the finer reason; `None` where the source does not say.
    pub derivation: Option<Derivation>,
}

/// A derivation code, as its place in [`Catalogue::derivations`](super::catalogue::Catalogue::derivations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Derivation(pub u8);

/// A code and what it means: a row of SRC_CD or DERIV_CD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMeaning {
    /// The code: "1", "BFZN".
    pub code: String,
    /// Its meaning in the source's words: "Analytical or derived from analytical".
    pub meaning: String,
}

/// A household measure and what it weighs.
#[derive(Clone, Debug, PartialEq)]
pub struct Portion {
    /// How many of the measure the weight is for. It may not be 1: `0.5 cup, chopped = 44 g`.
    pub amount: f64,
    /// The measure in the source's words: "cup, chopped or diced".
    pub description: String,
    /// The weight of `amount` measures, in grams.
    pub grams: f64,
}

/// What is thrown away of the food as purchased: peel, bones, shells.
#[derive(Clone, Debug, PartialEq)]
pub struct Refuse {
    /// Percent of the weight as purchased, 0 to 100.
    pub percent: u8,
    /// What it is: "Skin".
    pub description: String,
}

/// One food.
#[derive(Clone, Debug, PartialEq)]
pub struct Food {
    /// Its identity.
    pub id: FoodId,
    /// Its full name in the source's words.
    pub name: String,
    /// The brand or manufacturer, where there is one.
    pub brand: Option<String>,
    /// The food group ("Fruits and Fruit Juices").
    pub category: String,
    /// Other names people use, and the aliases of saved foods.
    pub common_names: Vec<String>,
    /// The biological name, where there is one.
    pub scientific_name: Option<String>,
    /// What is thrown away of it.
    pub refuse: Option<Refuse>,
    /// Nutrients in ascending order of their number, each at most once.
    pub nutrients: Vec<NutrientValue>,
    /// Household measures, in the source's order.
    pub portions: Vec<Portion>,
    /// How it was fetched; `None` for what is shipped or saved.
    pub fetched: Option<Box<Fetched>>,
    /// The live providers of what a recipe is made of, in order and each once.
    pub contains: Vec<Source>,
}

/// How a food came here from a live provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// How new it is.
    pub freshness: Freshness,
    /// When the provider told it.
    pub at: NumericDate,
    /// Whether amounts are per 100 ml, and no weight is known.
    pub by_volume: bool,
}

/// How new fetched data is; `dataFreshness` in the tools' contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Told by the provider just now.
    Live,
    /// Told before, and still as good as new.
    Cache,
    /// Older than it should be, since the provider cannot be asked.
    Stale,
}

impl Freshness {
    /// The word in the tools' contracts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Cache => "cache",
            Self::Stale => "stale",
        }
    }
}

impl Food {
    /// Whether a gram stands for a milliliter, because no weight is known.
    pub fn is_by_volume(&self) -> bool {
        self.fetched.as_ref().is_some_and(|fetched| fetched.by_volume)
    }

    /// The amount of one nutrient per 100 g, or `None` where it is not known.
    pub fn amount(&self, number: NutrientNumber) -> Option<f64> {
        self.value(number).map(|value| value.amount)
    }

    /// One nutrient with its origin, or `None` where it is not known.
    pub fn value(&self, number: NutrientNumber) -> Option<&NutrientValue> {
        let at = self
            .nutrients
            .binary_search_by_key(&number, |value| value.number)
            .ok()?;
        self.nutrients.get(at)
    }
}

/// What a nutrient is: a row of NUTR_DEF.
#[derive(Clone, Debug, PartialEq)]
pub struct NutrientDefinition {
    /// Its USDA number.
    pub number: NutrientNumber,
    /// The unit of its amounts: "g", "mg", "µg", "kcal", "kJ", "IU".
    pub unit: String,
    /// INFOODS tag name ("ENERC_KCAL"), where there is one.
    pub tag: Option<String>,
    /// Its name in the source's words.
    pub description: String,
    /// Decimal places USDA rounds to.
    pub decimals: u8,
}

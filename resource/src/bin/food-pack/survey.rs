//! The supplement: survey dishes (FNDDS) and Foundation foods of USDA FoodData Central, release 2024-10-31, as rows
//! of one CSV file. Values per 100 g; no ids and no household portions.
//!
//! Easy to get wrong: the columns bear names, not numbers, and one nutrient may stand in either of two columns; an
//! empty field is not available. Some names occur as a survey dish and as a Foundation food: the survey row is
//! taken, because its nutrients are complete.

use std::collections::BTreeMap;
use std::path::Path;

use resource::food::model::{Food, FoodId, NutrientDefinition, NutrientNumber, NutrientValue, Source};

use crate::ids::Ids;
use crate::{Failure, csv, inputs};

/// Column and SR28 nutrient number. A later column of the same number is used when the earlier ones are empty.
/// Iodine and molybdenum have no number in SR28 and are left out.
const COLUMNS: &[(&str, u16)] = &[
    ("Protein", 203),
    ("Total fat", 204),
    ("Carbohydrate", 205),
    ("Energy", 208),
    ("Total Sugars", 269),
    ("Sugars, Total", 269),
    ("Fiber", 291),
    ("Fiber (AOAC 2011.25)", 291),
    ("Calcium", 301),
    ("Iron", 303),
    ("Magnesium", 304),
    ("Phosphorus", 305),
    ("Potassium", 306),
    ("Sodium", 307),
    ("Zinc", 309),
    ("Copper", 312),
    ("Manganese", 315),
    ("Selenium", 317),
    ("Vitamin A, RAE", 320),
    ("Vitamin E", 323),
    ("Vitamin D (D2 + D3)", 328),
    ("Vitamin C", 401),
    ("Thiamin", 404),
    ("Riboflavin", 405),
    ("Niacin", 406),
    ("Pantothenic acid", 410),
    ("Vitamin B-6", 415),
    ("Folate, total", 417),
    ("Vitamin B-12", 418),
    ("Choline", 421),
    ("Vitamin K2 MK-4", 428),
    ("Vitamin K1", 430),
    ("Cholesterol", 601),
    ("Fatty acids, total saturated", 606),
    ("DHA", 621),
    ("EPA", 629),
    ("ALA", 851),
];

/// Foundation values are means with up to 15 digits; more than these decimals no laboratory measures.
const DECIMALS: usize = 4;

/// The foods, in the order of their names.
pub(crate) fn read(folder: &Path, definitions: &[NutrientDefinition], ids: &mut Ids) -> Result<Vec<Food>, Failure> {
    let text = String::from_utf8(inputs::read(folder, "fooddata.csv")?)?;
    let mut rows = csv::rows(&text);
    let header = rows.next().ok_or("fooddata.csv is empty")?;
    let known = |number: u16| definitions.iter().any(|definition| definition.number.0 == number);
    if let Some((name, _)) = COLUMNS
        .iter()
        .find(|(name, number)| !known(*number) || !header.iter().any(|column| column == name))
    {
        return Err(format!("fooddata.csv has no column {name}, or its nutrient is not known").into());
    }
    let mut foods = BTreeMap::new();
    for row in rows {
        let row: BTreeMap<&str, &str> = header
            .iter()
            .map(String::as_str)
            .zip(row.iter().map(String::as_str))
            .collect();
        let field = |name: &str| row.get(name).copied().unwrap_or_default();
        let is_dish = field("data_type") == "survey_fndds_food";
        let name = field("foodName");
        if is_dish || (field("data_type") == "foundation_food" && !foods.contains_key(name)) {
            foods.insert(name.to_owned(), food(name, ids.of(name)?, field)?);
        }
    }
    Ok(foods.into_values().collect())
}

fn food<'a>(name: &str, id: String, field: impl Fn(&str) -> &'a str) -> Result<Food, Failure> {
    let mut values: BTreeMap<u16, f64> = BTreeMap::new();
    for (column, number) in COLUMNS {
        let text = field(column);
        if !text.is_empty() && !values.contains_key(number) {
            let amount: f64 = text.parse()?;
            let amount = amount.max(0.0); // carbohydrate is what the other parts leave of 100 g: it may come out below
            values.insert(*number, format!("{amount:.DECIMALS$}").parse()?);
        }
    }
    let value = |(number, amount)| NutrientValue {
        number: NutrientNumber(number),
        amount,
        source_code: None,
        derivation: None,
    };
    Ok(Food {
        id: FoodId {
            source: Source::Survey,
            id,
        },
        name: name.to_owned(),
        brand: None,
        category: field("food_category").to_owned(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: values.into_iter().map(value).collect(),
        portions: Vec::new(),
        fetched: None,
        contains: Vec::new(),
    })
}

//! A user's foods as JSON: `{"format": 1, "foods": [{"id", "version", "name", ...}]}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BadRow, Read, RecipeView, Row, all_or_bad, by_key, by_number};
use crate::food::custom::{CATEGORY, Content, Measure, SavedFood};
use crate::food::nutrients::Nutrients;

/// A later program may read this one, not the other way around.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    format: u32,
    foods: Vec<T>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct View {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    barcode: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    portions: Vec<Measure>,
    #[serde(rename = "nutrientsPer100g")]
    nutrients: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeView>,
}

/// The foods as a file.
pub fn write(foods: &[SavedFood], keys: &Nutrients) -> Result<String, serde_json::Error> {
    let foods = foods.iter().map(|food| view(food, keys)).collect();
    serde_json::to_string_pretty(&File { format: FORMAT, foods }).map(|text| text + "\n")
}

/// The foods of a file.
pub fn read(text: &str, keys: &Nutrients) -> Read {
    let whole = |why: String| vec![BadRow::new("the file", why)];
    let file: File<Value> = serde_json::from_str(text).map_err(|error| whole(error.to_string()))?;
    if file.format != FORMAT {
        let why = format!("its format is {}, and only {FORMAT} can be read", file.format);
        return Err(whole(why));
    }
    all_or_bad(file.foods.into_iter().zip(1..).map(|(food, number)| {
        let place = format!("food {number}");
        row(food, &place, keys).map_err(|why| BadRow::new(&place, why))
    }))
}

fn view(food: &SavedFood, keys: &Nutrients) -> View {
    let content = food.content.clone();
    View {
        id: Some(food.id.clone()),
        version: Some(food.version),
        name: content.name,
        brand: content.brand,
        category: Some(content.category),
        barcode: content.barcode,
        aliases: content.aliases,
        portions: content.portions,
        nutrients: by_key(&content.nutrients, keys),
        recipe: content.recipe.map(|recipe| RecipeView::new(&recipe, keys)),
    }
}

fn row(food: Value, place: &str, keys: &Nutrients) -> Result<Row, String> {
    let view: View = serde_json::from_value(food).map_err(|error| error.to_string())?;
    Ok(Row {
        place: format!("{place} (\"{}\")", view.name),
        id: view.id,
        version: view.version,
        content: Content {
            name: view.name,
            brand: view.brand,
            category: view.category.unwrap_or_else(|| CATEGORY.to_owned()),
            barcode: view.barcode,
            aliases: view.aliases,
            portions: view.portions,
            nutrients: by_number(view.nutrients, keys)?,
            recipe: view.recipe.map(|recipe| recipe.read(keys)).transpose()?,
        },
    })
}

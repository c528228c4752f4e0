//! A user's foods as CSV (RFC 4180), with a header line: a spreadsheet's columns.
//!
//! Lists and recipes are JSON in one cell. A column for each nutrient that one of the foods has, per 100 g; an empty
//! cell is "not known".
//!
//! Easy to get wrong: a spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula and runs it, and
//! names are whatever somebody typed; and one of digits for a number, so that the barcode "0036" becomes 36. Such a text
//! gets an apostrophe in front, which reading takes off again.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{BadRow, Read, RecipeView, Row, all_or_bad, by_key, by_number};
use crate::food::custom::{CATEGORY, Content, SavedFood};
use crate::food::nutrients::Nutrients;

/// The columns before those of the nutrients.
const COLUMNS: [&str; 9] = [
    "id", "version", "name", "brand", "category", "barcode", "aliases", "portions", "recipe",
];
/// What makes a spreadsheet take a cell for more than a text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The foods as a file.
pub fn write(foods: &[SavedFood], keys: &Nutrients) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let used: BTreeSet<String> = foods
        .iter()
        .flat_map(|food| by_key(&food.content.nutrients, keys).into_keys())
        .collect();
    let in_order = keys.all().iter().map(|nutrient| nutrient.key.clone());
    let columns: Vec<String> = in_order.filter(|key| used.contains(key)).collect();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS.iter().copied().chain(columns.iter().map(String::as_str)))?;
    for food in foods {
        writer.write_record(cells(food, &columns, keys)?)?;
    }
    Ok(String::from_utf8(
        writer.into_inner().map_err(|error| error.to_string())?,
    )?)
}

fn cells(food: &SavedFood, columns: &[String], keys: &Nutrients) -> Result<Vec<String>, serde_json::Error> {
    let content = &food.content;
    let recipe = content.recipe.as_ref().map(|recipe| RecipeView::new(recipe, keys));
    let text = |text: Option<&String>| text.map(|text| guarded(text)).unwrap_or_default();
    let mut cells = vec![
        guarded(&food.id),
        food.version.to_string(),
        guarded(&content.name),
        text(content.brand.as_ref()),
        guarded(&content.category),
        text(content.barcode.as_ref()),
        list(&content.aliases)?,
        list(&content.portions)?,
        recipe
            .map(|recipe| serde_json::to_string(&recipe))
            .transpose()?
            .unwrap_or_default(),
    ];
    let amounts = by_key(&content.nutrients, keys);
    let amount = |key: &String| amounts.get(key).map(f64::to_string).unwrap_or_default();
    cells.extend(columns.iter().map(amount));
    Ok(cells)
}

fn list<T: Serialize>(list: &[T]) -> Result<String, serde_json::Error> {
    if list.is_empty() {
        Ok(String::new())
    } else {
        serde_json::to_string(list)
    }
}

/// Whether a spreadsheet would take the text for a formula or a number, with or without apostrophes in front.
fn is_no_text(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(FORMULA) || text.trim().parse::<f64>().is_ok()
}

fn guarded(text: &str) -> String {
    if is_no_text(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_no_text(rest)).unwrap_or(text)
}

/// The foods of a file. Columns may be left out and stand in any order; `name` must be there.
pub fn read(text: &str, keys: &Nutrients) -> Read {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
        Err(error) => return Err(vec![BadRow::new("line 1", error.to_string())]),
    };
    check_header(&header, keys).map_err(|why| vec![BadRow::new("line 1", why)])?;
    all_or_bad(reader.records().map(|record| {
        let record = record.map_err(|error| BadRow::new("the file", error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("line {line}");
        row(
            &Cells {
                header: &header,
                record: &record,
            },
            &place,
            keys,
        )
        .map_err(|why| BadRow::new(&place, why))
    }))
}

fn check_header(header: &[String], keys: &Nutrients) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in header {
        if !seen.insert(name) {
            return Err(format!("the column \"{name}\" is there twice"));
        }
        if !COLUMNS.contains(&name.as_str()) {
            by_number([(name.clone(), 0.0)], keys)?;
        }
    }
    if header.iter().any(|name| name == "name") {
        Ok(())
    } else {
        Err("there is no column \"name\"".to_owned())
    }
}

/// The cells of a line by the header's names.
struct Cells<'a> {
    header: &'a [String],
    record: &'a csv::StringRecord,
}

impl<'a> Cells<'a> {
    fn all(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.header.iter().map(String::as_str).zip(self.record)
    }

    /// A cell that is not empty.
    fn get(&self, name: &str) -> Option<&'a str> {
        self.all()
            .find(|(of, _)| *of == name)
            .map(|(_, cell)| cell)
            .filter(|cell| !cell.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|cell| unguarded(cell).to_owned())
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let read = |cell| serde_json::from_str(cell).map_err(|error| format!("{name}: {error}"));
        self.get(name).map(read).transpose()
    }

    fn amounts(&self) -> Result<Vec<(String, f64)>, String> {
        let amounts = self
            .all()
            .filter(|(name, cell)| !COLUMNS.contains(name) && !cell.trim().is_empty());
        let read = |(name, cell): (&str, &str)| match cell.trim().parse() {
            Ok(amount) => Ok((name.to_owned(), amount)),
            Err(_) => Err(format!("{name}: \"{cell}\" is no number such as 12.5")),
        };
        amounts.map(read).collect()
    }
}

fn row(cells: &Cells<'_>, place: &str, keys: &Nutrients) -> Result<Row, String> {
    let version = |cell: &str| {
        cell.trim()
            .parse()
            .map_err(|_| format!("version: \"{cell}\" is no whole number"))
    };
    let recipe: Option<RecipeView> = cells.json("recipe")?;
    let name = cells.text("name").unwrap_or_default();
    Ok(Row {
        place: format!("{place} (\"{name}\")"),
        id: cells.text("id"),
        version: cells.get("version").map(version).transpose()?,
        content: Content {
            name,
            brand: cells.text("brand"),
            category: cells.text("category").unwrap_or_else(|| CATEGORY.to_owned()),
            barcode: cells.text("barcode"),
            aliases: cells.json("aliases")?.unwrap_or_default(),
            portions: cells.json("portions")?.unwrap_or_default(),
            nutrients: by_number(cells.amounts()?, keys)?,
            recipe: recipe.map(|recipe| recipe.read(keys)).transpose()?,
        },
    })
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;

//! How the foods of a file meet those that are kept: all are taken, or none.
//!
//! 1. A row with the id of a food of the user's is that food; one without an id is the food of its name.
//! 2. What says the same as the food that is kept changes nothing, so that a file can be imported again.
//! 3. A row that differs changes the version it was made from; over a newer one it is refused.
//! 4. Recipes find their ingredients again where ids had to change.
//!
//! Easy to get wrong: an id can belong to another user of the same database, who must not be noticed: the food gets
//! another id. And what a recipe holds is worked out, so that it is no difference.

use std::collections::{BTreeMap, BTreeSet};

use super::{BadRow, Row};
use crate::food::custom::pantry::Pantry;
use crate::food::custom::{Content, Keys, SavedFood};

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Foods that were not there.
    pub created: usize,
    /// Foods that were there and are different now.
    pub updated: usize,
    /// Foods that were there already.
    pub unchanged: usize,
}

/// Brings the foods of a file into the pantry. `ids` has an id for each row that may be new.
pub(in crate::food::custom) fn import(
    pantry: &mut Pantry,
    rows: &[Row],
    ids: &[String],
) -> Result<Imported, Vec<BadRow>> {
    let mut bad = Vec::new();
    let mut note = |row: &Row, why: String| bad.push(BadRow::new(&row.place, why));
    let targets: Vec<(&Row, String)> = rows
        .iter()
        .zip(ids)
        .map(|(row, new_id)| (row, target(pantry, row, new_id)))
        .collect();
    let renamed: BTreeMap<&str, &str> = targets
        .iter()
        .filter_map(|(row, id)| Some((row.id.as_deref()?, id.as_str())))
        .collect();
    let (mut seen, mut imported) = (BTreeSet::new(), Imported::default());
    for (row, id) in &targets {
        if !seen.insert(id) {
            note(row, "the same food is in the file twice".to_owned());
        } else if let Err(why) = take(pantry, row, id, &renamed, &mut imported) {
            note(row, why);
        }
    }
    for (row, id) in &targets {
        if let Some(why) = pantry.clash(id).filter(|_| pantry.check_unique().is_err()) {
            note(row, why.to_string());
        }
    }
    if bad.is_empty() { Ok(imported) } else { Err(bad) }
}

/// The id under which a row is kept.
fn target(pantry: &Pantry, row: &Row, new_id: &str) -> String {
    let known = row.id.as_deref().and_then(|id| pantry.get(id));
    let known = known.or_else(|| pantry.named(&Keys::of(&row.content)));
    known.map_or_else(|| new_id.to_owned(), |food| food.id.clone())
}

fn take(
    pantry: &mut Pantry,
    row: &Row,
    id: &str,
    renamed: &BTreeMap<&str, &str>,
    imported: &mut Imported,
) -> Result<(), String> {
    if !row.id.as_deref().is_none_or(is_id) {
        return Err("an id has 16 digits of 0-9 and a-f; leave it out for a new food".to_owned());
    }
    let mut content = row.content.check().map_err(|invalid| invalid.to_string())?;
    for ingredient in content.recipe.iter_mut().flat_map(|recipe| &mut recipe.ingredients) {
        if let Some(id) = ingredient.own_id().and_then(|own| renamed.get(own)) {
            ingredient.point_at(id);
        }
    }
    let version = match pantry.get(id) {
        None => row.version.unwrap_or(1),
        Some(kept) if says_the_same(&kept.content, &content) => {
            imported.unchanged += 1;
            return Ok(());
        }
        Some(kept) if row.id.as_ref().is_some_and(|given| *given != kept.id) => {
            return Err(format!(
                "custom:{} has this name and brand, and other values; give it this id in the file, or another name",
                kept.id
            ));
        }
        Some(kept) => next_version(kept, row.version)?,
    };
    if version < 1 {
        return Err("a version is 1 or more".to_owned());
    }
    if pantry.get(id).is_some() {
        imported.updated += 1;
    } else {
        imported.created += 1;
    }
    let id = id.to_owned();
    pantry
        .put(SavedFood { id, version, content })
        .map_err(|refused| refused.to_string())
}

fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

fn next_version(kept: &SavedFood, made_from: Option<i64>) -> Result<i64, String> {
    match made_from {
        Some(version) if version > kept.version => Ok(version),
        Some(version) if version < kept.version => Err(format!(
            "the file has version {version}, and version {} is kept, which differs; export again and change that",
            kept.version
        )),
        _ => Ok(kept.version + 1),
    }
}

fn says_the_same(one: &Content, other: &Content) -> bool {
    said(one) == said(other)
}

/// A food without what is worked out from its ingredients.
fn said(content: &Content) -> Content {
    let mut content = content.clone();
    let Some(recipe) = &mut content.recipe else {
        return content;
    };
    content.nutrients.clear();
    recipe.within.clear();
    for ingredient in recipe
        .ingredients
        .iter_mut()
        .filter(|ingredient| ingredient.own_id().is_some())
    {
        ingredient.grams = 0.0;
        ingredient.name.clear();
    }
    if !recipe.weighed {
        content.portions.iter_mut().for_each(|measure| measure.grams = 0.0);
    }
    content
}

//! Household words: "medium", "slice", "can", and plain counting ("2 eggs", "1 banana", "3 pieces").
//!
//! Words that only repeat the food's name count whole pieces. A whole piece is the portion named after it
//! ("almond"), else the size the source puts first (eggs: large), else "medium"; the caller is told which.

use super::asked::{Asked, weigh};
use super::row::{ITEMS, Row, SIZE_WORDS};
use super::{How, PortionError, Resolved};
use crate::food::state;
use crate::food::units::Unit;
use crate::food::words::tokens;

/// Words that count whole pieces, whatever the food.
const WHOLE: &[&str] = &[
    "whole", "piece", "each", "unit", "item", "fruit", "one", "ea", "count", "ct",
];

/// Words that measure some food or other: asked of the wrong food they are known units all the same.
const KNOWN: &[&str] = &[
    "serving",
    "slice",
    "can",
    "bottle",
    "package",
    "bag",
    "box",
    "carton",
    "jar",
    "glass",
    "bowl",
    "plate",
    "mug",
    "container",
    "bar",
    "stick",
    "pat",
    "packet",
    "pouch",
    "scoop",
    "cookie",
    "cracker",
    "strip",
    "leaf",
    "head",
    "stalk",
    "spear",
    "bunch",
    "clove",
    "ear",
    "fillet",
    "steak",
    "patty",
    "link",
    "breast",
    "thigh",
    "wing",
    "drumstick",
    "leg",
    "roast",
    "chop",
    "rib",
    "sandwich",
    "burger",
    "pizza",
    "wedge",
    "half",
    "sprig",
    "dash",
    "pinch",
    "drop",
    "shot",
    "jigger",
    "handful",
    "loaf",
    "roll",
    "bun",
    "bagel",
    "tortilla",
    "muffin",
    "cube",
    "ball",
    "segment",
    "section",
    "ring",
    "kernel",
    "nut",
    "stem",
    "bulb",
    "rasher",
];

pub(super) fn resolve(asked: &Asked<'_>) -> Result<Resolved, PortionError> {
    let beside_name = asked.words_beside_name();
    let whole = beside_name.iter().all(|word| WHOLE.contains(&word.as_str()));
    if whole && !is_named_exactly(asked) {
        // Before the portions that have the word among others: a tomato is no "Italian tomato".
        if let Ok(found) = pieces(asked) {
            return Ok(found);
        }
    }
    for place in [Place::Head, Place::Anywhere, Place::Bracket] {
        for words in [&asked.measure.words, &beside_name] {
            let fitting = fitting(asked.rows, words, place);
            if !words.is_empty() && !fitting.is_empty() {
                return pick(asked, &fitting, words);
            }
        }
    }
    if whole {
        pieces(asked)
    } else {
        Err(refusal(asked, &beside_name))
    }
}

/// Whether a portion is called by exactly the words asked for.
fn is_named_exactly(asked: &Asked<'_>) -> bool {
    let words = &asked.measure.words;
    let rows = fitting(asked.rows, words, Place::Head);
    !words.is_empty() && rows.iter().any(|row| row.extras(words) == 0)
}

/// Where a portion may say the words asked for; the first place that has any decides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside brackets.
    Head,
    /// Outside or within.
    Anywhere,
    /// As a measure of its own in brackets: "(4.86 large eggs)".
    Bracket,
}

fn fitting<'a>(rows: &'a [Row], words: &[String], place: Place) -> Vec<&'a Row> {
    let says = |row: &&Row| match place {
        Place::Head => row.head_has(words),
        Place::Anywhere => row.has(words),
        Place::Bracket => row.head_has(words) && names_size(row, words),
    };
    let household = |row: &&Row| row.unit == Unit::Household && row.in_brackets == (place == Place::Bracket);
    rows.iter().filter(household).filter(says).collect()
}

/// Whether the row has no size beside those asked for.
fn names_size(row: &Row, words: &[String]) -> bool {
    row.size().is_none_or(|size| words.iter().any(|word| word == size))
}

/// Of the rows that fit: no size the caller did not name, then the fewest words beside those asked for.
fn pick(asked: &Asked<'_>, fitting: &[&Row], words: &[String]) -> Result<Resolved, PortionError> {
    let sized = keep(fitting, |row| names_size(row, words));
    if sized.is_empty() {
        return typical(asked, fitting);
    }
    let plain = keep(&sized, |row| !row.is_trap_for(words));
    let rows = if plain.is_empty() { sized } else { plain };
    let fewest = rows.iter().map(|row| row.extras(words)).min().unwrap_or(0);
    asked.pick(&keep(&rows, |row| row.extras(words) == fewest))
}

fn keep<'a>(rows: &[&'a Row], test: impl Fn(&Row) -> bool) -> Vec<&'a Row> {
    rows.iter().copied().filter(|row| test(row)).collect()
}

/// Only sizes are left: the medium one, or none.
fn typical(asked: &Asked<'_>, sizes: &[&Row]) -> Result<Resolved, PortionError> {
    let medium = keep(sizes, |row| matches!(row.size(), Some("medium" | "regular")));
    if medium.is_empty() {
        return asked.pick(sizes);
    }
    let mut found = asked.pick(&medium)?;
    found
        .warnings
        .push(format!("no size was given; \"{}\" was used", found.label));
    Ok(found)
}

/// So many whole pieces.
fn pieces(asked: &Asked<'_>) -> Result<Resolved, PortionError> {
    let Some(row) = whole_piece(asked) else {
        return Err(asked.not_convertible("the source does not say what a whole one weighs"));
    };
    let mut found = weigh(row, asked.count);
    found.how = How::Derived;
    found
        .warnings
        .push(format!("a whole one was taken as \"{}\"", row.label));
    Ok(found)
}

/// The portion that is one whole piece.
fn whole_piece<'a>(asked: &Asked<'a>) -> Option<&'a Row> {
    let name = tokens(&asked.food.name);
    let countable = |row: &&Row| row.unit == Unit::Household && !row.in_brackets && !row.is_trap_for(&[]);
    let rows: Vec<&Row> = asked.rows.iter().filter(countable).collect();
    let first_is_size = asked
        .rows
        .first()
        .filter(|row| row.head.len() == 1 && row.size().is_some());
    let named = keep(&rows, |row| is_named_after(row, &name));
    let plain = keep(&named, |row| row.size().is_none() && row.inner.is_empty());
    let medium = keep(&named, |row| matches!(row.size(), Some("medium" | "regular")));
    let only = rows.first().filter(|row| asked.rows.len() == 1 && is_item(row));
    let fewest = |rows: &[&'a Row]| rows.iter().copied().min_by_key(|row| row.head.len());
    // `tortilla (approx 10" dia)` is a size too: where there is a medium one, that is meant.
    let of_some_size = keep(&named, |row| row.size().is_none());
    fewest(&plain)
        .or(first_is_size)
        .or(fewest(&medium))
        .or(fewest(&of_some_size))
        .or(only.copied())
}

/// "almond" of almonds, "cookie, medium" of cookies, "avocado, NS as to Florida or California", "fruit", "medium":
/// the first word that is no size is a word of the food's name, or says "whole".
fn is_named_after(row: &Row, name: &[String]) -> bool {
    let is_size = |word: &&String| SIZE_WORDS.contains(&word.as_str());
    let noun = row.head.iter().find(|word| !is_size(word));
    noun.map_or(row.size().is_some(), |noun| {
        name.contains(noun) || WHOLE.contains(&noun.as_str())
    })
}

/// A bar, a can: something that is counted by itself. A serving is not a piece.
fn is_item(row: &Row) -> bool {
    let noun = row.head.last().map_or("", String::as_str);
    noun != "serving" && noun != "package" && ITEMS.contains(&noun)
}

/// A word that is a unit of no food is told apart from one that this food does not have.
fn refusal(asked: &Asked<'_>, words: &[String]) -> PortionError {
    let is_any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if is_any(NO_FIXED_SIZE) {
        let mut refusal = asked.refusal("that has no fixed size");
        refusal.instead = format!("Ask the user how much it is. {}", refusal.instead);
        return PortionError::NotConvertible(refusal);
    }
    if is_any(KNOWN) || is_any(WHOLE) || is_any(SIZE_WORDS) || is_any(ITEMS) {
        return asked.not_convertible("the food has no such portion");
    }
    match asked.not_convertible("no portion of it and no unit is called so") {
        PortionError::NotConvertible(refusal) if state::of_words(words).is_none() => PortionError::UnknownUnit(refusal),
        other => other,
    }
}

/// Measures that are as large as whoever uses them makes them; some foods have a portion of the name all the same.
const NO_FIXED_SIZE: &[&str] = &[
    "handful",
    "fistful",
    "bowl",
    "plate",
    "glass",
    "mug",
    "scoop",
    "dollop",
    "splash",
    "drizzle",
    "knob",
    "sprinkle",
    "sprinkling",
    "spoon",
    "spoonful",
    "ladle",
    "bite",
    "mouthful",
    "sip",
    "pinch",
    "dash",
    "drop",
    "chunk",
    "lump",
];

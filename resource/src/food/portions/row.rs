//! A food's portions, read: how much one of each weighs, and what its words are.
//!
//! A source's description mixes four things, which are taken apart here: the unit ("cup"), the state
//! ("chopped"), sizes and counts in brackets ("(1 NLEA serving)", "(23 whole kernels)", "(12 fl oz)"), and
//! yields ("cup, dry, yields": what one cup of the *dry* food becomes). Easy to get wrong:
//! - the amount may not be 1: `0.5 cup, chopped = 44 g` is 88 g a cup;
//! - a bracket counts for the whole row: `0.75 cup (1 NLEA serving) = 31 g` makes a serving of 31 g, not 41 g;
//! - in `2 oz bar = 56 g` the 2 is a size: one bar weighs 56 g.

use crate::food::model::Portion;
use crate::food::units::{self, Unit};
use crate::food::words::tokens;

/// One way to measure a food.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The weight of one, in grams.
    pub(super) grams: f64,
    /// What one is.
    pub(super) unit: Unit,
    /// The words of the description outside brackets, without the unit of a volume.
    pub(super) head: Vec<String>,
    /// The words in brackets: sizes, mostly.
    pub(super) inner: Vec<String>,
    /// The source's words, with the amount where it is not 1.
    pub(super) label: String,
    /// Whether the source gives the weight for one of exactly this.
    pub(super) amount_is_one: bool,
    /// Whether it stands in brackets of another portion.
    pub(super) in_brackets: bool,
}

/// The portion's name as shown, and as understood when it is asked for: "0.5 cup, chopped or diced".
pub fn label(portion: &Portion) -> String {
    if is_one(portion.amount) {
        portion.description.clone()
    } else {
        format!("{} {}", portion.amount, portion.description)
    }
}

/// Every way to measure a food that its portions tell, in the source's order.
pub(super) fn rows(portions: &[Portion]) -> Vec<Row> {
    let usable = |portion: &&Portion| portion.amount > 0.0 && portion.grams > 0.0;
    portions.iter().filter(usable).flat_map(rows_of).collect()
}

fn rows_of(portion: &Portion) -> Vec<Row> {
    let (outside, brackets) = split_brackets(&portion.description);
    let outside = tokens(&outside);
    let mut rows = vec![Row::of(portion)];
    rows.extend(brackets.iter().filter_map(|bracket| other_measure(portion, bracket)));
    rows.extend(named_size(portion, &outside));
    rows
}

/// "cup, chopped": so many of a unit.
fn plain(portion: &Portion, outside: &[String], inner: Vec<String>) -> Row {
    let unit = outside.first().map_or(Unit::Household, |word| units::unit_of(word));
    let skipped = usize::from(unit != Unit::Household);
    Row {
        grams: portion.grams / portion.amount,
        unit,
        head: outside.iter().skip(skipped).cloned().collect(),
        inner,
        label: label(portion),
        amount_is_one: is_one(portion.amount),
        in_brackets: false,
    }
}

/// "2 oz bar": one item, whose size is the amount.
fn sized(portion: &Portion, item: &[String], mut inner: Vec<String>) -> Row {
    inner.extend(tokens(&label(portion)).into_iter().filter(|word| !item.contains(word)));
    Row {
        grams: portion.grams,
        unit: Unit::Household,
        head: item.to_vec(),
        inner,
        label: label(portion),
        amount_is_one: true,
        in_brackets: false,
    }
}

/// The item in "oz bar", "inch sub" or "fl oz cup": a size followed by something that is counted.
fn sized_item(outside: &[String]) -> Option<&[String]> {
    let (size, mut item) = outside.split_first()?;
    if !is_size(size) {
        return None;
    }
    if item.first().is_some_and(|word| word == "1") {
        item = item.get(1..)?;
    }
    let counted = item.iter().any(|word| ITEMS.contains(&word.as_str()));
    counted.then_some(item)
}

/// "serving 8 fl oz", "serving 1/2 cup": a named size without brackets.
fn named_size(portion: &Portion, outside: &[String]) -> Option<Row> {
    let (name, size) = outside.split_first()?;
    let is_container = ITEMS.contains(&name.as_str());
    let begins_with_number = size.first()?.starts_with(|c: char| c.is_ascii_digit());
    if !is_container || !begins_with_number {
        return None;
    }
    other_measure(portion, &size.join(" ")).filter(|row| matches!(row.unit, Unit::Volume(_)))
}

/// "1 NLEA serving", "23 whole kernels" or "12 fl oz": so many of something else weigh the same.
fn other_measure(portion: &Portion, text: &str) -> Option<Row> {
    let measure = units::parse(text).ok()?;
    let count = measure.count.filter(|count| *count > 0.0)?;
    let weighs = matches!(measure.unit, Unit::Mass(_) | Unit::Ounce);
    let dimension = measure.words.iter().any(|word| word.contains(['"', '/', '#']));
    if weighs || dimension || measure.words.iter().any(|word| TRAPS.contains(&word.as_str())) {
        return None;
    }
    let words_wanted = measure.unit == Unit::Household;
    if words_wanted && measure.words.is_empty() {
        return None;
    }
    Some(Row {
        grams: portion.grams / count,
        unit: measure.unit,
        head: measure.words,
        inner: Vec::new(),
        label: label(portion),
        amount_is_one: is_one(count),
        in_brackets: true,
    })
}

impl Row {
    /// The portion itself, without the other measures that its words name.
    pub(super) fn of(portion: &Portion) -> Self {
        let (outside, brackets) = split_brackets(&portion.description);
        let outside = tokens(&outside);
        let inner: Vec<String> = brackets.iter().flat_map(|bracket| tokens(bracket)).collect();
        match sized_item(&outside) {
            Some(item) => sized(portion, item, inner),
            None => plain(portion, &outside, inner),
        }
    }

    /// Whether the row weighs something else than that much of the food as it is: what a dry cup yields, what
    /// is left of a fruit with pits, a cup that is half ice. Such a row fits only when the words ask for it.
    pub(super) fn is_trap_for(&self, words: &[String]) -> bool {
        let asked_for = |word: &String| TRAP_STATES.contains(&word.as_str()) && words.contains(word);
        self.head.iter().any(|word| TRAPS.contains(&word.as_str())) && !self.head.iter().any(asked_for)
    }

    /// Whether all of the words stand outside brackets.
    pub(super) fn head_has(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.head.contains(word))
    }

    /// Whether all of the words stand somewhere.
    pub(super) fn has(&self, words: &[String]) -> bool {
        words
            .iter()
            .all(|word| self.head.contains(word) || self.inner.contains(word))
    }

    /// How many words the row has that were not asked for.
    pub(super) fn extras(&self, words: &[String]) -> usize {
        self.head.iter().filter(|word| !words.contains(word)).count()
    }

    /// The size it names: "medium", "extra-large".
    pub(super) fn size(&self) -> Option<&str> {
        self.head
            .iter()
            .map(String::as_str)
            .find(|word| SIZE_WORDS.contains(word))
    }
}

fn is_one(amount: f64) -> bool {
    (amount - 1.0).abs() < 1e-9
}

/// The text outside brackets, and what stands in each pair.
pub(super) fn split_brackets(description: &str) -> (String, Vec<String>) {
    let mut outside = String::new();
    let mut brackets = Vec::new();
    let mut depth = 0_usize;
    for c in description.chars() {
        match c {
            '(' => {
                depth += 1;
                brackets.push(String::new());
                outside.push(' ');
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => brackets
                .last_mut()
                .into_iter()
                .for_each(|bracket: &mut String| bracket.push(c)),
            _ => outside.push(c),
        }
    }
    (outside, brackets)
}

/// Whether the word is a unit that gives the size of an item when an item follows it.
pub(super) fn is_size(word: &str) -> bool {
    SIZES.contains(&word)
}

const SIZES: &[&str] = &["oz", "lb", "inch", "floz", "g", "ml"];

/// Things that are counted whatever their size.
pub(super) const ITEMS: &[&str] = &[
    "bar",
    "sub",
    "cup",
    "pouch",
    "serving",
    "bottle",
    "can",
    "container",
    "package",
    "bag",
    "box",
    "carton",
    "jar",
    "glass",
    "tub",
    "stick",
    "cone",
    "individual",
    "envelope",
    "packet",
    "cocktail",
    "jigger",
    "shot",
    "pizza",
    "steak",
    "patty",
    "drink",
    "mug",
    "bowl",
];

/// Words of sizes. "extra-large" is one word, so that it can never pass for "large".
pub(super) const SIZE_WORDS: &[&str] = &[
    "extra-small",
    "very-small",
    "small",
    "medium",
    "regular",
    "large",
    "very-large",
    "extra-large",
    "jumbo",
    "thin",
    "very-thin",
    "thick",
    "mini",
    "miniature",
    "child",
];

/// Words that make a portion weigh something else than that much of the food.
const TRAPS: &[&str] = &["yield", "make", "ice", "purchased", "unpopped"];

/// Words by which a caller says that such a portion is meant.
const TRAP_STATES: &[&str] = &[
    "yield",
    "make",
    "ice",
    "purchased",
    "unpopped",
    "dry",
    "pit",
    "hull",
    "shell",
    "bone",
    "uncooked",
];

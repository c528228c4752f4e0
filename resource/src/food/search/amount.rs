//! The amount in front of a query or behind it: "2 large eggs", "100g chicken breast", "a slice of toast", "half an
//! avocado", "milk 250 ml", "eggs x2".
//!
//! 1. A number or words for one, read as the units read it.
//! 2. A unit, if one follows.
//! 3. "of". The rest is the food.
//! 4. Where nothing stands in front, the same at the end, where a bare number says nothing: "vitamin b 12".
//!
//! Easy to get wrong: "2% milk", "80/20 beef", "7 up" and "12 grain bread" have no amount, "large" may be all the unit
//! there is, and a query that is nothing but an amount names no food.

use super::Interpreted;
use super::text::{fold, lean_and_fat};
use crate::food::units::{kilocalories, leading_number, spoken};
use crate::food::words;

/// Splits a query into its amount and the food. `None` where it neither begins nor ends with an amount.
pub(super) fn split(query: &str) -> Option<Interpreted> {
    let folded = spell_out(query);
    let words = folded.split_whitespace().flat_map(part_digits);
    let words: Vec<&str> = words.map(without_marks).collect();
    in_front(&words).or_else(|| behind(&words))
}

/// Whether the first word is a number, which may be part of a name.
pub(super) fn begins_with_number(query: &str) -> bool {
    let folded = spell_out(query);
    folded
        .split_whitespace()
        .next()
        .is_some_and(|word| !ARTICLES.contains(&word) && value(word).is_some())
}

fn in_front(words: &[&str]) -> Option<Interpreted> {
    let (amount, rest) = number(words).or_else(|| measure_of(words))?;
    let rest = strip(rest, &["x", "times"]);
    let (unit, rest) = energy(rest).unwrap_or_else(|| unit(rest));
    let is_name = unit.is_empty() && is_counted_in_name(amount.value, rest);
    let rest = strip(rest, &["of"]);
    let food = rest.join(" ");
    let counts = !is_name && (!unit.is_empty() || amount.counted);
    (!food.is_empty() && counts).then_some(Interpreted {
        amount: amount.value,
        unit,
        food,
    })
}

/// "rice 1 cup", "coke 330 ml can", "eggs x 2", "avocado half": the amount must be all that follows the food.
fn behind(words: &[&str]) -> Option<Interpreted> {
    let earliest = words.len().saturating_sub(MOST_BEHIND).max(1);
    (earliest..words.len()).find_map(|at| {
        let (food, rest) = words.split_at_checked(at)?;
        let (food, times) = match food.split_last() {
            Some((&"x", before)) => (before, true),
            _ => (food, rest == ["half"]),
        };
        let (amount, rest) = number(rest)?;
        let (unit, rest) = energy(rest).unwrap_or_else(|| unit(rest));
        let of_what = food.join(" ").trim_matches(['.', ',', '/', ' ']).to_owned();
        let fits = (times || !unit.is_empty()) && rest.iter().all(|word| is_unit(word));
        let is_food = !of_what.is_empty() && food.last() != Some(&"and");
        (fits && is_food && amount.counted).then_some(Interpreted {
            amount: amount.value,
            unit,
            food: of_what,
        })
    })
}

/// A number, and whether it counts on its own: in "a banana" the article says nothing.
struct Amount {
    value: f64,
    counted: bool,
}

/// Folded, with the numbers in one spelling: "1 1/2" for "1½" and for "one and a half".
fn spell_out(query: &str) -> String {
    fold(&spoken(&words::spell_out(query)))
}

/// "2." and "2," are 2.
fn without_marks(word: &str) -> &str {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        word.trim_end_matches(['.', ','])
    } else {
        word
    }
}

/// "100g" is two words; "2%", "80/20" and "7up" are one.
fn part_digits(word: &str) -> impl Iterator<Item = &str> {
    let digits = word
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(0);
    let (number, letters) = word.split_at_checked(digits).unwrap_or(("", word));
    let parted = match word.strip_prefix('x') {
        Some(times) if value(times).is_some() => ["x", times],
        _ if is_unit(letters) || letters == "x" => [number, letters],
        _ => ["", word],
    };
    parted.into_iter().filter(|part| !part.is_empty())
}

/// Whether a number is part of the name that it begins: "seven layer dip", but not "2 layers of lasagna".
fn is_counted_in_name(number: f64, words: &[&str]) -> bool {
    let Some((counted, rest)) = words.split_first() else {
        return false;
    };
    let begins = |dishes: &[&str]| dishes.is_empty() || rest.first().is_some_and(|word| dishes.contains(word));
    let mut names = COUNTED_IN_NAMES.iter();
    names.any(|(least, of, dishes)| number >= *least && of == counted && begins(dishes))
}

/// "cup of tea" is one cup.
fn measure_of<'a, 'b>(words: &'a [&'b str]) -> Option<(Amount, &'a [&'b str])> {
    let (unit, rest) = unit(words);
    let is_measure = !unit.is_empty() && rest.first() == Some(&"of");
    is_measure.then_some((
        Amount {
            value: 1.0,
            counted: true,
        },
        words,
    ))
}

fn strip<'a, 'b>(words: &'a [&'b str], unwanted: &[&str]) -> &'a [&'b str] {
    match words.split_first() {
        Some((first, rest)) if unwanted.contains(first) => rest,
        _ => words,
    }
}

fn number<'a, 'b>(words: &'a [&'b str]) -> Option<(Amount, &'a [&'b str])> {
    let (first, rest) = words.split_first()?;
    if (*first == "half" && rest.first() == Some(&"and")) || lean_and_fat(first).is_some() {
        return None; // "half and half" is a cream
    }
    let (Some(value), behind) = leading_number(words).ok()? else {
        return None;
    };
    let is_article = ARTICLES.contains(first) && behind.len() == rest.len();
    let behind = if value < 1.0 {
        strip(strip(behind, &["of"]), ARTICLES)
    } else {
        behind
    };
    let counted = !is_article;
    usable(value).map(|value| (Amount { value, counted }, behind))
}

/// The number that one word is: "2", "1.5", "1/2", "two", "half"; `None` for what is none, or two as "1,500" is.
fn value(word: &str) -> Option<f64> {
    let (value, _) = leading_number(&[word]).ok()?;
    usable(value?).filter(|_| lean_and_fat(word).is_none())
}

fn usable(value: f64) -> Option<f64> {
    (value > 0.0 && value < 1.0e6).then_some(value)
}

/// The unit in front: its words, joined by a space.
fn unit<'a, 'b>(words: &'a [&'b str]) -> (String, &'a [&'b str]) {
    let is = |count: usize| {
        let words = words.get(..count)?;
        let text = words.join(" ").replace(['.', ','], "");
        is_unit(&text).then_some(text)
    };
    let found = (1..=2).rev().find_map(|count| is(count).map(|unit| (unit, count)));
    match found {
        Some((unit, count)) => (unit, words.get(count..).unwrap_or_default()),
        None => (String::new(), words),
    }
}

/// "100 calories of banana": energy is no amount of food, but it is not 100 of "calories of banana" either.
fn energy<'a, 'b>(words: &'a [&'b str]) -> Option<(String, &'a [&'b str])> {
    let (unit, rest) = words.split_first()?;
    kilocalories(unit).map(|_| ((*unit).to_owned(), rest))
}

fn is_unit(text: &str) -> bool {
    let singular = text.strip_suffix('s').unwrap_or(text);
    UNITS.contains(&text) || UNITS.contains(&singular)
}

/// The most words of an amount behind a food: "two hundred and twenty five ml".
const MOST_BEHIND: usize = 6;

const ARTICLES: &[&str] = &["a", "an"];

/// What a number in a name counts, from which number on, and the dishes that are called so; none where it is no food
/// that anybody counts. The dish is singular, for "4 cheese pizzas" are four; other dishes are counted ("2 bean
/// burritos", "3 cheese sticks").
const COUNTED_IN_NAMES: &[(f64, &str, &[&str])] = &[
    (2.0, "grain", &[]),
    (2.0, "layer", &[]),
    (2.0, "spice", &[]),
    (2.0, "alarm", &[]),
    (2.0, "year", &[]),
    (2.0, "minute", &["egg", "eggs", "noodle", "noodles"]),
    (2.0, "seed", &["bread", "loaf"]),
    (2.0, "herb", &["blend", "mix"]),
    (3.0, "bean", &["chili", "chilli", "dip", "mix", "salad", "soup", "stew"]),
    (
        3.0,
        "berry",
        &["blend", "compote", "crumble", "jam", "mix", "pie", "smoothie"],
    ),
    (
        3.0,
        "cheese",
        &[
            "blend",
            "dip",
            "lasagna",
            "lasagne",
            "mix",
            "pasta",
            "pizza",
            "ravioli",
            "sauce",
            "tortellini",
        ],
    ),
    (
        3.0,
        "meat",
        &["chili", "chilli", "lasagna", "lasagne", "pizza", "sauce"],
    ),
    (3.0, "pepper", &["blend", "mix", "sauce"]),
];

/// Units, singular, in the words of the contracts' free text. "can of" and the like count things.
const UNITS: &[&str] = &[
    "g",
    "gram",
    "gramme",
    "gr",
    "kg",
    "kilo",
    "kilogram",
    "mg",
    "oz",
    "ounce",
    "lb",
    "pound",
    "ml",
    "millilitre",
    "milliliter",
    "cl",
    "dl",
    "l",
    "litre",
    "liter",
    "cup",
    "tbsp",
    "tablespoon",
    "tbs",
    "tablespoonful",
    "tsp",
    "teaspoon",
    "teaspoonful",
    "fl oz",
    "fluid ounce",
    "floz",
    "pint",
    "quart",
    "gallon",
    "slice",
    "piece",
    "serving",
    "portion",
    "bowl",
    "glass",
    "glasse",
    "can",
    "tin",
    "bottle",
    "jar",
    "packet",
    "pack",
    "package",
    "bag",
    "box",
    "boxe",
    "bar",
    "stick",
    "pat",
    "scoop",
    "handful",
    "pinch",
    "pinche",
    "dash",
    "clove",
    "stalk",
    "sprig",
    "head",
    "bunch",
    "bunche",
    "ear",
    "spear",
    "wedge",
    "rasher",
    "fillet",
    "filet",
    "knob",
    "dollop",
    "drop",
    "link",
    "patty",
    "strip",
    "sheet",
    "leaf",
    "mug",
    "pot",
    "plate",
    "small",
    "medium",
    "large",
    "extra large",
    "jumbo",
    "medium sized",
    "large sized",
    "small sized",
    "heaped tablespoon",
    "level tablespoon",
    "heaped teaspoon",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_in_front() {
        for (query, amount, unit, food) in [
            ("2 large eggs", 2.0, "large", "eggs"),
            ("2 eggs", 2.0, "", "eggs"),
            ("100g chicken breast", 100.0, "g", "chicken breast"),
            ("1 cup of blueberries", 1.0, "cup", "blueberries"),
            ("a slice of whole-wheat toast", 1.0, "slice", "whole wheat toast"),
            ("half an avocado", 0.5, "", "avocado"),
            ("1 1/2 cups cooked rice", 1.5, "cups", "cooked rice"),
            ("1½ cups rice", 1.5, "cups", "rice"),
            ("½ cup oats", 0.5, "cup", "oats"),
            ("12 fl oz cola", 12.0, "fl oz", "cola"),
            ("two slices bacon", 2.0, "slices", "bacon"),
            ("a half cup of milk", 0.5, "cup", "milk"),
            ("3 tbsp. peanut butter", 3.0, "tbsp", "peanut butter"),
            ("cup of tea", 1.0, "cup", "tea"),
            ("1 can of tuna", 1.0, "can", "tuna"),
            ("2x eggs", 2.0, "", "eggs"),
            ("3 x bananas", 3.0, "", "bananas"),
            ("a couple of eggs", 2.0, "", "eggs"),
            ("a dozen oysters", 12.0, "", "oysters"),
            ("milk 250ml", 250.0, "ml", "milk"),
            ("apple, 1 medium", 1.0, "medium", "apple"),
            ("olive oil 1 1/2 tbsp", 1.5, "tbsp", "olive oil"),
            ("coke 330ml can", 330.0, "ml", "coke"),
            ("eggs x2", 2.0, "", "eggs"),
            ("eggs (x 2)", 2.0, "", "eggs"),
            ("avocado (half)", 0.5, "", "avocado"),
            ("twenty five grams of almonds", 25.0, "grams", "almonds"),
            ("twenty-five almonds", 25.0, "", "almonds"),
            ("a hundred grams of rice", 100.0, "grams", "rice"),
            ("one hundred and fifty ml of milk", 150.0, "ml", "milk"),
            ("milk one hundred and fifty ml", 150.0, "ml", "milk"),
            ("one and a half cups of flour", 1.5, "cups", "flour"),
            ("half a dozen eggs", 6.0, "", "eggs"),
            ("a third of a pizza", 1.0 / 3.0, "", "pizza"),
            ("100 calories of banana", 100.0, "calories", "banana"),
            ("almonds 200 kcal", 200.0, "kcal", "almonds"),
            ("eleven olives", 11.0, "", "olives"),
            ("2 bean burritos", 2.0, "", "bean burritos"),
            ("3 cheese sticks", 3.0, "", "cheese sticks"),
            ("2 cheese enchiladas", 2.0, "", "cheese enchiladas"),
            ("4 cheese pizzas", 4.0, "", "cheese pizzas"),
            ("2 meat pies", 2.0, "", "meat pies"),
            ("1 pepper", 1.0, "", "pepper"),
            ("half a pepper", 0.5, "", "pepper"),
            ("1 bean salad", 1.0, "", "bean salad"),
            ("3 seed crackers", 3.0, "", "seed crackers"),
            ("2 minute steaks", 2.0, "", "minute steaks"),
            ("three bean salad 1 cup", 1.0, "cup", "three bean salad"),
        ] {
            let expected = Interpreted {
                amount,
                unit: unit.to_owned(),
                food: food.to_owned(),
            };
            assert_eq!(split(query), Some(expected), "{query}");
        }
    }

    #[test]
    fn no_amount() {
        for query in [
            "2% milk",
            "banana",
            "a banana",
            "100 g",
            "",
            "42",
            "1/0 cup rice",
            "one",
            "7up",
            "nan eggs",
            "80/20 beef",
            "ground beef 93/7",
            "vitamin b 12",
            "milk 2%",
            "half and half",
            "1,500 g butter",
            "butter 1,500 g",
            "baby food stage 2",
            "12 grain bread",
            "twelve-grain bread",
            "seven layer dip",
            "five spice powder",
            "three bean salad",
            "3 bean chili with rice",
            "4 cheese pizza",
            "three meat pizza",
            "2 minute noodles",
            "calories of banana",
        ] {
            assert_eq!(split(query), None, "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            if let Some(read) = split(&text) {
                prop_assert!(read.amount > 0.0 && read.amount.is_finite() && !read.food.is_empty());
            }
        }
    }
}

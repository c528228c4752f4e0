//! Raw or cooked: a word of the name that changes what a gram is worth.
//!
//! 100 g of dry rice are 365 kcal, of cooked rice 130: whoever weighs what is on the plate must not use the raw
//! entry. The warning is given for foods that are not eaten raw.
//!
//! Easy to get wrong: "cooked, dry heat" is cooked, so "dry" counts only where nothing else is told.

use super::model::Food;
use super::words::tokens;

/// What was done to a food.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Raw, dry or uncooked.
    Raw,
    /// Cooked in some way.
    Cooked,
}

/// What a word tells of the state, ascending by what counts more beside other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Raw, where nothing else is told.
    Dry,
    /// Cooked, unless another word says that it is not.
    Cooked,
    /// Raw.
    Raw,
}

impl From<Told> for State {
    fn from(told: Told) -> Self {
        match told {
            Told::Cooked => Self::Cooked,
            Told::Raw | Told::Dry => Self::Raw,
        }
    }
}

impl State {
    /// The word in the tools' contracts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Cooked => "cooked",
        }
    }
}

/// The state that the name tells, if any.
pub fn of(food: &Food) -> Option<State> {
    of_words(&tokens(&food.name))
}

/// The state that the words tell, if any.
pub fn of_words<T: AsRef<str>>(words: &[T]) -> Option<State> {
    let told = words.iter().filter_map(|word| told(word.as_ref()));
    told.max().map(State::from)
}

/// What a word by itself tells of the state, if anything.
pub fn told(word: &str) -> Option<Told> {
    let lists = [(RAW, Told::Raw), (COOKED, Told::Cooked), (DRY, Told::Dry)];
    lists
        .into_iter()
        .find(|(list, _)| list.contains(&word))
        .map(|(_, told)| told)
}

/// What to tell somebody who asks for the raw form of what is eaten cooked.
pub fn warning(food: &Food) -> Option<String> {
    let category = food.category.to_lowercase();
    let cooked_first = COOKED_FIRST.iter().any(|group| category.contains(group));
    (cooked_first && of(food) == Some(State::Raw)).then(|| {
        "these figures are for the raw (uncooked) food; cooking changes its weight, so use the cooked entry for what was weighed cooked".to_owned()
    })
}

/// What to tell somebody who named a food without its state, and for whom the cooked form of what is weighed raw or
/// cooked was taken.
pub fn doubt(food: &Food, asked: &str) -> Option<String> {
    let category = food.category.to_lowercase();
    let cooked_first = COOKED_FIRST.iter().any(|group| category.contains(group));
    let unsaid = of_words(&tokens(asked)).is_none();
    (cooked_first && unsaid && of(food) == Some(State::Cooked)).then(|| {
        "the query does not say raw or cooked: the cooked food was taken; name the raw one if it was weighed raw"
            .to_owned()
    })
}

const RAW: &[&str] = &["raw", "uncooked", "unprepared", "unheated"];

const DRY: &[&str] = &["dry"];

const COOKED: &[&str] = &[
    "cooked",
    "boiled",
    "roasted",
    "roast",
    "baked",
    "fried",
    "grilled",
    "steamed",
    "broiled",
    "braised",
    "stewed",
    "poached",
    "scrambled",
    "microwaved",
    "prepared",
    "toasted",
    "heated",
    "hard-boiled",
    "sauteed",
    "simmered",
    "rotisserie",
    "barbecued",
    "smoked",
];

/// Groups whose foods are weighed cooked as a rule.
const COOKED_FIRST: &[&str] = &[
    "grain", "pasta", "poultry", "beef", "pork", "lamb", "veal", "game", "legume", "fish", "sausage", "cereals",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::food::model::{FoodId, Source};

    fn food(name: &str, category: &str) -> Food {
        Food {
            id: FoodId {
                source: Source::Usda,
                id: String::new(),
            },
            name: name.to_owned(),
            brand: None,
            category: category.to_owned(),
            common_names: Vec::new(),
            scientific_name: None,
            refuse: None,
            nutrients: Vec::new(),
            portions: Vec::new(),
            fetched: None,
            contains: Vec::new(),
        }
    }

    #[test]
    fn raw_rice_warns_and_a_raw_banana_does_not() {
        let rice = food(
            "Rice, white, long-grain, regular, raw, enriched",
            "Cereal Grains and Pasta",
        );
        assert!(warning(&rice).is_some());
        assert!(
            warning(&food(
                "Rice, white, long-grain, regular, enriched, cooked",
                "Cereal Grains and Pasta"
            ))
            .is_none()
        );
        assert!(warning(&food("Bananas, raw", "Fruits and Fruit Juices")).is_none());
        let cooked = food("Rice, white, cooked", "Cereal Grains and Pasta");
        assert!(doubt(&cooked, "rice").is_some() && doubt(&cooked, "cooked rice").is_none());
        assert!(doubt(&rice, "rice").is_none() && doubt(&food("Bananas, raw", "Fruits"), "banana").is_none());
        for (name, state) in [
            ("Egg, whole, cooked, hard-boiled", State::Cooked),
            ("Fish, cod, Atlantic, cooked, dry heat", State::Cooked),
            ("Nuts, almonds, dry roasted, with salt added", State::Cooked),
            ("Lentils, raw", State::Raw),
            ("Pasta, dry, enriched", State::Raw),
        ] {
            assert_eq!(of(&food(name, "")), Some(state), "{name}");
        }
        assert_eq!(of(&food("Butter, salted", "")), None);
    }
}

//! All foods of one user while they are changed: the rules that hold between foods.
//!
//! 1. A change is made in memory, while nobody else can write this user's foods.
//! 2. Recipes that a changed food goes into are made anew, those first that go into others.
//! 3. What differs from before is what the database is to write.
//!
//! Easy to get wrong: a recipe can go into a recipe, so that a change must not let one go into itself, and a
//! changed ingredient can make a recipe impossible that nobody looks at; both are refused and named.

use std::collections::BTreeMap;

use super::{Invalid, Keys, SavedFood};

/// How many foods one user can keep.
pub const MOST_FOODS: usize = 500;
/// How many recipes can stand one in the other.
const MOST_DEPTH: usize = 5;

/// Why foods are as they were.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The user has no such food.
    #[error("the user has no saved food \"{0}\"")]
    Unknown(String),
    /// The food has another version than the one to be changed; this is it.
    #[error("the food \"{name}\" was changed in between; it has version {version} now", name = .0.content.name, version = .0.version)]
    OtherVersion(Box<SavedFood>),
    /// Another food of the user has this name and brand.
    #[error("the saved food custom:{id} has the name \"{name}\" and this brand already", id = .0.id, name = .0.content.name)]
    NameTaken(Box<SavedFood>),
    /// Another food of the user has this barcode.
    #[error("the saved food custom:{id} (\"{name}\") has this barcode already", id = .0.id, name = .0.content.name)]
    BarcodeTaken(Box<SavedFood>),
    /// The user keeps [`MOST_FOODS`] already.
    #[error("the user keeps {MOST_FOODS} foods already, which is the limit")]
    Full,
    /// These recipes need the food.
    #[error("the food goes into the recipes {}", quoted(.0))]
    InUse(Vec<String>),
    /// The recipe would go into itself; the way there.
    #[error("the recipe would go into itself: {}", .0.join(" needs "))]
    Circle(Vec<String>),
    /// The recipe has recipes in recipes in recipes...
    #[error("at most {MOST_DEPTH} recipes can stand one in the other: {}", .0.join(" needs "))]
    TooDeep(Vec<String>),
    /// The food cannot be.
    #[error("the food cannot be saved: {0}")]
    Invalid(#[from] Invalid),
    /// A recipe of which the food is an ingredient could not be any more.
    #[error("the recipe \"{recipe}\", which the food goes into, could not be any more: {why}")]
    Breaks {
        /// Its name.
        recipe: String,
        /// What would be wrong with it.
        why: Invalid,
    },
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// The foods by their id, before and after.
#[derive(Debug)]
pub(super) struct Pantry {
    before: BTreeMap<String, SavedFood>,
    now: BTreeMap<String, SavedFood>,
}

/// How many recipes stand in a recipe, with itself.
type Heights = BTreeMap<String, usize>;

/// What the database is to do. `from` is the version that the row must still have.
#[derive(Debug, PartialEq)]
pub(super) enum Write<'a> {
    Insert(&'a SavedFood),
    Update { food: &'a SavedFood, from: i64 },
    Delete { id: &'a str, from: i64 },
}

impl Pantry {
    /// The foods as they are.
    pub(super) fn new(foods: Vec<SavedFood>) -> Self {
        let before: BTreeMap<_, _> = foods.into_iter().map(|food| (food.id.clone(), food)).collect();
        Self {
            now: before.clone(),
            before,
        }
    }

    /// A food as it is now.
    pub(super) fn get(&self, id: &str) -> Option<&SavedFood> {
        self.now.get(id)
    }

    /// The food of this name and brand.
    pub(super) fn named(&self, keys: &Keys) -> Option<&SavedFood> {
        self.now.values().find(|food| Keys::of(&food.content) == *keys)
    }

    /// A food that must be there, and have the version `if_match`, where one is given.
    pub(super) fn expect(&self, id: &str, if_match: Option<i64>) -> Result<&SavedFood, Refused> {
        let food = self.get(id).ok_or_else(|| Refused::Unknown(id.to_owned()))?;
        if if_match.is_some_and(|version| version != food.version) {
            return Err(Refused::OtherVersion(Box::new(food.clone())));
        }
        Ok(food)
    }

    /// Puts a food in its place, or a new one beside the others.
    pub(super) fn put(&mut self, food: SavedFood) -> Result<(), Refused> {
        if !self.now.contains_key(&food.id) && self.now.len() >= MOST_FOODS {
            return Err(Refused::Full);
        }
        self.now.insert(food.id.clone(), food);
        Ok(())
    }

    /// Takes a food away that no recipe needs.
    pub(super) fn remove(&mut self, id: &str) -> Result<(), Refused> {
        let needs = |food: &&SavedFood| food.id != id && food.own_ids().any(|own| own == id);
        let recipes: Vec<String> = self
            .now
            .values()
            .filter(needs)
            .map(|food| food.content.name.clone())
            .collect();
        if !recipes.is_empty() {
            return Err(Refused::InUse(recipes));
        }
        self.now.remove(id);
        Ok(())
    }

    /// What holds between foods: no two of one name or barcode, and recipes that are the sum of their ingredients.
    pub(super) fn settle(&mut self) -> Result<(), Refused> {
        self.check_unique()?;
        let mut done = Heights::new();
        for id in self.now.keys().cloned().collect::<Vec<_>>() {
            self.make(&id, &mut Vec::new(), &mut done)?;
        }
        Ok(())
    }

    /// Each change that leads from before to now.
    pub(super) fn writes(&self) -> Vec<Write<'_>> {
        let gone = self.before.values().filter(|food| !self.now.contains_key(&food.id));
        let mut writes: Vec<Write<'_>> = gone
            .map(|food| Write::Delete {
                id: &food.id,
                from: food.version,
            })
            .collect();
        for food in self.now.values() {
            match self.before.get(&food.id) {
                None => writes.push(Write::Insert(food)),
                Some(before) if before != food => writes.push(Write::Update {
                    food,
                    from: before.version,
                }),
                Some(_) => {}
            }
        }
        writes
    }

    fn is_changed(&self, id: &str) -> bool {
        self.before.get(id) != self.now.get(id)
    }

    /// Another food with this one's name or barcode.
    pub(super) fn clash(&self, id: &str) -> Option<Refused> {
        let food = self.get(id)?;
        let (keys, barcode) = (Keys::of(&food.content), food.content.compared_barcode());
        let others = || self.now.values().filter(|other| other.id != id);
        let named = others().find(|other| Keys::of(&other.content) == keys);
        let coded = others().find(|other| barcode.is_some() && other.content.compared_barcode() == barcode);
        let taken = |other: &SavedFood| Refused::NameTaken(Box::new(other.clone()));
        named
            .map(taken)
            .or_else(|| coded.map(|other| Refused::BarcodeTaken(Box::new(other.clone()))))
    }

    pub(super) fn check_unique(&self) -> Result<(), Refused> {
        let (mut names, mut barcodes) = (BTreeMap::new(), BTreeMap::new());
        // Unchanged foods first, so that it is a changed one that is refused.
        let mut foods: Vec<&SavedFood> = self.now.values().collect();
        foods.sort_by_key(|food| self.is_changed(&food.id));
        for food in foods {
            if let Some(other) = names.insert(Keys::of(&food.content), food) {
                return Err(Refused::NameTaken(Box::new(other.clone())));
            }
            let barcode = food.content.compared_barcode();
            let other = barcode.and_then(|barcode| barcodes.insert(barcode, food));
            if let Some(other) = other.filter(|_| self.is_changed(&food.id)) {
                return Err(Refused::BarcodeTaken(Box::new(other.clone())));
            }
        }
        Ok(())
    }

    /// Makes a recipe anew, its ingredients before it, and tells how many recipes stand in it, with itself. `way` are
    /// those that led here, `done` those that were made already.
    fn make(&mut self, id: &str, way: &mut Vec<String>, done: &mut Heights) -> Result<usize, Refused> {
        let Some(food) = self.now.get(id).filter(|food| food.content.recipe.is_some()) else {
            return Ok(0);
        };
        if let Some(at) = way.iter().position(|before| before == id) {
            return Err(Refused::Circle(
                self.names(way.iter().skip(at).map(String::as_str).chain([id])),
            ));
        }
        if way.len() + done.get(id).unwrap_or(&1) > MOST_DEPTH {
            return Err(Refused::TooDeep(self.names(way.iter().map(String::as_str).chain([id]))));
        }
        if let Some(height) = done.get(id) {
            return Ok(*height);
        }
        let own: Vec<String> = food.own_ids().map(str::to_owned).collect();
        let mut height = 1;
        way.push(id.to_owned());
        for ingredient in &own {
            height = height.max(1 + self.make(ingredient, way, done)?);
        }
        way.pop();
        done.insert(id.to_owned(), height);
        if self.is_changed(id) || own.iter().any(|own| self.is_changed(own)) {
            self.remake(id)?;
        }
        Ok(height)
    }

    fn remake(&mut self, id: &str) -> Result<(), Refused> {
        let Some(food) = self.now.get(id) else { return Ok(()) };
        let Some(content) = food.content.made_of(|id| self.now.get(id)) else {
            let missing = food
                .own_ids()
                .find(|own| !self.now.contains_key(*own))
                .unwrap_or_default();
            return Err(Refused::Unknown(missing.to_owned()));
        };
        let content = content.check().map_err(|why| self.cannot_be(food, why))?;
        let before = self.before.get(id).filter(|before| *before == food);
        // A food that was put here has its version already.
        let version = before
            .filter(|before| before.content != content)
            .map_or(food.version, |before| before.version + 1);
        let made = SavedFood {
            id: id.to_owned(),
            version,
            content,
        };
        self.now.insert(id.to_owned(), made);
        Ok(())
    }

    fn cannot_be(&self, food: &SavedFood, why: Invalid) -> Refused {
        if self.is_changed(&food.id) {
            return Refused::Invalid(why);
        }
        let recipe = food.content.name.clone();
        Refused::Breaks { recipe, why }
    }

    fn names<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
        let name = |id: &str| {
            self.get(id)
                .map_or_else(|| id.to_owned(), |food| food.content.name.clone())
        };
        ids.map(name).collect()
    }
}

impl SavedFood {
    /// The ids of the user's own foods that go into it.
    fn own_ids(&self) -> impl Iterator<Item = &str> {
        self.content.recipe.iter().flat_map(super::Recipe::own_ids)
    }
}

#[cfg(test)]
#[path = "pantry_tests.rs"]
mod tests;

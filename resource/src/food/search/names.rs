//! A food's name as the search sees it.
//!
//! Names of the data go from the general to the particular: "Squash, summer, zucchini, includes skin, raw". The
//! first part that is no mere label is the *head*: it says what the food is. Words later on, in parentheses or
//! after "with" say less. What follows "without" is marked, so that salt is not found in "without salt".

use super::tables::{Label, Tables};
use super::text::{stem, words};
use super::vocabulary::Vocabulary;
use crate::food::model::{Food, Source};

/// What stands before the stem of a word that a name denies.
pub(super) const WITHOUT: char = '-';

/// A name of a food.
#[derive(Debug)]
pub(super) struct Name {
    /// The food's place.
    pub(super) food: u32,
    /// Whether it is not the food's own name but another one.
    pub(super) alias: bool,
    /// Its words.
    pub(super) tokens: Vec<Token>,
    /// How likely it is meant, before anything was asked.
    pub(super) prior: f32,
}

/// A word of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) word: u32,
    pub(super) stem: u32,
    /// How much of the name it is.
    pub(super) weight: f32,
    /// How much of the name's head it is; 0 outside.
    pub(super) head: f32,
    /// What the name loses by it when it was not asked for.
    pub(super) factor: f32,
    /// Whether it is part of a brand.
    pub(super) brand: bool,
}

/// The names of a food: its own, then others.
pub(super) fn names(food: &Food, place: u32, tables: &Tables, vocabulary: &mut Vocabulary) -> Vec<Name> {
    let mut name_of = |text: &str, alias: bool| {
        let mut builder = Builder::new(tables, vocabulary);
        builder.name(text);
        if !alias && let Some(brand) = &food.brand {
            builder.brand(brand);
        }
        Name {
            food: place,
            alias,
            tokens: builder.tokens,
            prior: prior(food),
        }
    };
    let mut names = vec![name_of(&food.name, false)];
    names.extend(food.common_names.iter().map(|name| name_of(name, true)));
    names.retain(|name| !name.tokens.is_empty());
    names
}

/// How common a food is, as far as its record tells: foods that people eat have been analyzed thoroughly.
fn prior(food: &Food) -> f32 {
    let known = f32::from(u8::try_from(food.nutrients.len().min(80)).unwrap_or(80)) / 80.0;
    match food.id.source {
        Source::Usda => 0.94 + 0.06 * known,
        Source::Survey if food.amount(crate::food::nutrients::CALORIES).is_none() => 0.75,
        Source::Survey => 0.95,
        Source::Custom => 1.05,
    }
}

/// Puts a name together, part by part.
struct Builder<'a> {
    tables: &'a Tables,
    vocabulary: &'a mut Vocabulary,
    tokens: Vec<Token>,
}

/// What the weights of a part's words are multiplied by.
#[derive(Clone, Copy)]
struct Part {
    weight: f32,
    head: f32,
}

impl<'a> Builder<'a> {
    fn new(tables: &'a Tables, vocabulary: &'a mut Vocabulary) -> Self {
        Self {
            tables,
            vocabulary,
            tokens: Vec::new(),
        }
    }

    fn name(&mut self, text: &str) {
        let mut head = 1.0;
        let mut weight = 1.0;
        for part in parts(text) {
            let label = self
                .tables
                .label(&words(part).join(" "))
                .filter(|_| head > 0.0 && weight > 0.99);
            let of_label = match label {
                Some(Label::Shelf) => Some(0.1),
                Some(Label::Kind) => Some(0.3),
                None => None,
            };
            if let Some(weight) = of_label {
                self.part(part, Part { weight, head: weight });
            } else if self.part(part, Part { weight, head }) > 0.3 {
                head = 0.0;
                weight = if weight > 0.99 { 0.5 } else { (weight * 0.7).max(0.15) };
            }
        }
    }

    /// Adds the words of a part; gives how much they say.
    fn part(&mut self, text: &str, part: Part) -> f32 {
        let mut part = part;
        let mut without = false;
        let mut aside = false;
        let mut said = 0.0;
        for raw in text.split_whitespace() {
            let brand = is_brand(raw);
            if raw.starts_with('(') {
                part = Part {
                    weight: part.weight * 0.4,
                    head: 0.0,
                };
                aside = true;
            }
            for word in words(raw) {
                match word.as_str() {
                    "without" | "no" => without = true,
                    "with" | "in" | "from" | "made" => {
                        without = false;
                        part = Part {
                            weight: part.weight * 0.6,
                            head: part.head * 0.4,
                        };
                    }
                    "and" | "or" | "of" | "the" | "a" | "to" | "for" | "as" | "on" | "by" => {}
                    _ if without => self.denied(&word),
                    _ if aside => {
                        self.word(&word, part, brand);
                    }
                    _ => said += self.word(&word, part, brand),
                }
            }
        }
        said
    }

    fn word(&mut self, word: &str, part: Part, brand: bool) -> f32 {
        let worth = self.tables.worth(word, &stem(word));
        let brand = brand && worth.weight > 0.99;
        let weight = if brand { 0.25 } else { worth.weight };
        let (word, stem) = self.vocabulary.add(word);
        self.tokens.push(Token {
            word,
            stem,
            weight: weight * part.weight,
            head: weight * part.head,
            factor: worth.factor,
            brand,
        });
        weight
    }

    fn denied(&mut self, word: &str) {
        let (word, stem) = self.vocabulary.add(&format!("{WITHOUT}{}", stem(word)));
        self.tokens.push(Token {
            word,
            stem,
            weight: 0.0,
            head: 0.0,
            factor: 1.0,
            brand: false,
        });
    }

    /// The manufacturer: it can be asked for, and is otherwise no part of the name.
    fn brand(&mut self, text: &str) {
        for word in words(text) {
            let (word, stem) = self.vocabulary.add(&word);
            self.tokens.push(Token {
                word,
                stem,
                weight: 0.0,
                head: 0.0,
                factor: 1.0,
                brand: true,
            });
        }
    }
}

/// The parts between commas and semicolons, but not those within parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let ends = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, ',' | ';')
    };
    text.split(ends)
}

/// The data writes brands in capitals.
fn is_brand(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let capitals = letters().filter(|c| c.is_uppercase()).count();
    capitals >= 2 && letters().count() - capitals <= 1 && !["BBQ", "NFS", "NS", "USDA", "DHA", "UV"].contains(&word)
}

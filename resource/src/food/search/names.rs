//! A food's name as the search sees it.
//!
//! Names of the data go from the general to the particular: "Squash, summer, zucchini, includes skin, raw". The
//! first part that is no mere label is the *head*: it says what the food is. Words later on, in parentheses or
//! after "with" and "for" say less. What follows "without" is marked, so that salt is not found in "without salt".

use std::rc::Rc;

use super::pieces::{Entry, Piece, PieceWord, Pieces, joined, told_by, words_of};
use super::score;
use super::tables::{Tables, Worth};
use super::text::{stem, words};
use super::vocabulary::Vocabulary;
use crate::food::model::{Food, Source};
use crate::food::state::State;

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
    pub(super) tokens: Box<[Token]>,
    /// How likely it is meant, before anything was asked.
    pub(super) prior: f32,
    /// Raw or cooked, where it tells.
    pub(super) state: Option<State>,
    /// More than it can score.
    pub(super) ceiling: f32,
}

impl Name {
    fn new(food: u32, alias: bool, tokens: Vec<Token>, prior: f32, state: Option<State>) -> Self {
        Self {
            food,
            alias,
            ceiling: score::ceiling(prior, &tokens),
            tokens: tokens.into(),
            prior,
            state,
        }
    }

    /// The same name for another food.
    pub(super) fn of_another(&self, food: u32) -> Self {
        Self {
            food,
            alias: true,
            tokens: self.tokens.clone(),
            ..*self
        }
    }
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
    /// Whether it only says what goes with the food or was done to it: "with broth", "oil-roasted".
    pub(super) aside: bool,
}

/// The words of names, and what each of them is worth: it is looked up when the word comes first.
#[derive(Debug)]
pub(super) struct Lexicon<'a> {
    tables: &'a Tables,
    vocabulary: Vocabulary,
    worths: Vec<Worth>,
    pieces: Pieces,
}

impl<'a> Lexicon<'a> {
    /// Without words. The pieces may come from the same names, but from no other lexicon.
    pub(super) fn new(tables: &'a Tables, pieces: Pieces) -> Self {
        Self {
            tables,
            vocabulary: Vocabulary::default(),
            worths: Vec::new(),
            pieces,
        }
    }

    /// The words alone.
    pub(super) fn into_vocabulary(self) -> Vocabulary {
        self.vocabulary
    }

    /// Takes a word in.
    fn add(&mut self, text: &str) -> Entry {
        let (word, stem) = self.vocabulary.add(text);
        let known = self.worths.get(word as usize).copied();
        let worth = known.unwrap_or_else(|| {
            let worth = self.tables.worth(text, &super::text::stem(text));
            self.worths.push(worth);
            worth
        });
        Entry { word, stem, worth }
    }

    /// The same of a piece's word, which is looked up when it comes first.
    fn add_again(&mut self, word: &PieceWord) -> Entry {
        if let Some(entry) = word.entry.get() {
            self.vocabulary.count(entry.word);
            return entry;
        }
        let entry = self.add(&word.text);
        word.entry.set(Some(entry));
        entry
    }
}

/// The names of a food: its own, then others.
pub(super) fn names(food: &Food, place: u32, lexicon: &mut Lexicon) -> Vec<Name> {
    let prior = prior(food);
    let mut builder = Builder::new(lexicon);
    let state = builder.name(&food.name);
    builder.brand(food.brand.as_deref().unwrap_or_default());
    let own = builder.tokens;
    let others = food
        .common_names
        .iter()
        .map(String::as_str)
        .chain(in_parentheses(&food.name));
    let mut names: Vec<Name> = others
        .map(|text| {
            let mut builder = Builder::new(lexicon);
            builder.name(text);
            builder.details(&own);
            Name::new(place, true, builder.tokens, prior * OTHER_NAME, state)
        })
        .collect();
    for other in alternatives(&food.name).into_iter().flatten() {
        let other = words(other).first().and_then(|other| lexicon.vocabulary.word(other));
        let one = own.iter().filter(|token| Some(token.word) != other).copied();
        names.push(Name::new(place, false, one.collect(), prior * ONE_OF_TWO, state));
    }
    names.push(Name::new(place, false, own, prior, state));
    names.retain(|name| !name.tokens.is_empty());
    names
}

/// Words of which one is enough: "Cake or cupcake, carrot" is a carrot cake as well as a carrot cupcake.
fn alternatives(name: &str) -> Option<[&str; 2]> {
    let (before, after) = name.split_once(" or ")?;
    let one = before.rsplit_once(' ').map_or(before, |(_, one)| one);
    let other = after.split([' ', ',', ';']).next()?;
    let is_word = |word: &str| word.len() > 2 && word.chars().all(char::is_alphabetic) && word != "without";
    let is_note = before.contains('(') || before.contains(" as to ");
    (is_word(one) && is_word(other) && !is_note).then_some([one, other])
}

/// What names of one food have in common, however they are ordered: the stems of all their words but labels, by their
/// places among those of all pieces.
pub(super) fn key(name: &str, tables: &Tables, pieces: &mut Pieces) -> Vec<u32> {
    let mut key: Vec<u32> = Vec::new();
    for part in parts(name).map(|part| pieces.of(part)) {
        if tables.label(&joined(&part)).is_none() {
            let says = words_of(&part).filter(|word| !SAYS_NOTHING.contains(&&*word.text));
            key.extend(says.map(|word| word.stem));
        }
    }
    key.sort_unstable();
    key.dedup();
    key
}

/// Words that tell no food from another: "not further specified".
const SAYS_NOTHING: &[&str] = &[
    "nfs",
    "ns",
    "and",
    "or",
    "of",
    "the",
    "fresh",
    "all",
    "varieties",
    "includes",
];

/// Other names that the data puts in parentheses behind the first ones: "Carambola, (starfruit), raw".
fn in_parentheses(name: &str) -> impl Iterator<Item = &str> {
    let (before, rest) = name.split_once('(').unwrap_or_default();
    let inner = rest
        .split_once(')')
        .map(|(inner, _)| inner)
        .filter(|_| before.matches(',').count() < 2);
    let is_name =
        |inner: &&str| inner.starts_with(char::is_lowercase) && !NO_NAME.iter().any(|start| inner.starts_with(start));
    inner
        .filter(is_name)
        .into_iter()
        .flat_map(|inner| inner.split(", "))
        .flat_map(|part| part.split(" or "))
}

/// Beginnings of what stands in parentheses and is no name.
const NO_NAME: &[&str] = &[
    "includes", "may", "not", "from", "with", "fat", "approx", "all", "liquid", "bulb", "over",
];

/// How likely another name is meant, compared with the food's own.
const OTHER_NAME: f32 = 0.97;
/// How likely one of two alternatives in its name is meant.
const ONE_OF_TWO: f32 = 0.9;
/// How much the words of the food's own name say beside another name.
const DETAIL: f32 = 0.05;

/// How common a food is, as far as its record tells: foods that people eat have been analyzed thoroughly.
fn prior(food: &Food) -> f32 {
    let known = f32::from(u8::try_from(food.nutrients.len().min(80)).unwrap_or(80)) / 80.0;
    match food.id.source {
        Source::Usda => 0.94 + 0.06 * known,
        Source::Survey if food.amount(crate::food::nutrients::CALORIES).is_none() => 0.75,
        Source::Survey | Source::Fdc | Source::OpenFoodFacts => 0.9,
        Source::Custom => 1.05,
    }
}

/// Puts a name together, part by part.
struct Builder<'a, 'b> {
    lexicon: &'b mut Lexicon<'a>,
    tokens: Vec<Token>,
}

/// What the weights of a part's words are multiplied by.
#[derive(Clone, Copy)]
struct Part {
    weight: f32,
    head: f32,
    aside: bool,
}

impl Part {
    /// What goes with the food or is made of it: "with broth", "on white bun", "for stew".
    fn aside(self) -> Self {
        Self {
            weight: self.weight * 0.6,
            head: self.head * 0.4,
            aside: true,
        }
    }

    /// What stands in parentheses.
    fn in_parentheses(self) -> Self {
        Self {
            weight: self.weight * 0.4,
            head: 0.0,
            aside: self.aside,
        }
    }
}

impl<'a, 'b> Builder<'a, 'b> {
    fn new(lexicon: &'b mut Lexicon<'a>) -> Self {
        Self {
            lexicon,
            tokens: Vec::new(),
        }
    }

    /// Adds a whole name; gives the state that it tells, if any.
    fn name(&mut self, text: &str) -> Option<State> {
        let mut head = 1.0;
        let mut weight = 1.0;
        let mut told = None;
        for part in parts(text) {
            let part = &self.lexicon.pieces.of(part);
            told = told.max(told_by(part));
            let tables = self.lexicon.tables;
            let label = (head > 0.0).then(|| tables.label(&joined(part))).flatten();
            let aside = false;
            if let Some(label) = label {
                let share = label.share();
                self.part(
                    part,
                    Part {
                        weight: share,
                        head: share,
                        aside,
                    },
                );
            } else if head > 0.0 && is_maker(part) {
                self.part(
                    part,
                    Part {
                        weight: MAKER,
                        head: MAKER,
                        aside,
                    },
                );
            } else if self.part(part, Part { weight, head, aside }) > 0.3 {
                weight = if head > 0.0 { 0.5 } else { (weight * 0.7).max(0.15) };
                head = 0.0;
            }
        }
        told.map(State::from)
    }

    /// Adds the words of a part; gives how much they say.
    fn part(&mut self, pieces: &[Rc<Piece>], mut part: Part) -> f32 {
        let mut without = false;
        let mut in_parentheses = false;
        let mut said = 0.0;
        for piece in pieces {
            if piece.opens {
                part = part.in_parentheses();
                in_parentheses = true;
            }
            for (at, word) in piece.words.iter().enumerate() {
                match &*word.text {
                    "without" | "no" => without = true,
                    "with" | "in" | "from" | "made" | "on" | "for" => {
                        without = false;
                        part = part.aside();
                    }
                    "and" | "or" | "of" | "the" | "a" | "to" | "as" | "by" => {}
                    _ if without => self.denied(&word.text),
                    _ => {
                        let part = if at < piece.done_to_it { part.aside() } else { part };
                        let weight = self.word(word, part, piece.brand);
                        said += if in_parentheses { 0.0 } else { weight };
                    }
                }
            }
        }
        said
    }

    fn word(&mut self, word: &PieceWord, part: Part, brand: bool) -> f32 {
        let Entry { word, stem, worth } = self.lexicon.add_again(word);
        let brand = brand && worth.weight > 0.99;
        let weight = if brand { 0.25 } else { worth.weight };
        self.tokens.push(Token {
            word,
            stem,
            weight: weight * part.weight,
            head: weight * part.head,
            factor: worth.factor,
            brand,
            aside: part.aside,
        });
        weight
    }

    fn denied(&mut self, word: &str) {
        let Entry { word, stem, .. } = self.lexicon.add(&format!("{WITHOUT}{}", stem(word)));
        self.tokens.push(Token {
            word,
            stem,
            weight: 0.0,
            head: 0.0,
            factor: 1.0,
            brand: false,
            aside: false,
        });
    }

    /// What the food's own name tells beside another one: its state, its brand.
    fn details(&mut self, own: &[Token]) {
        let known: Vec<u32> = self.tokens.iter().map(|token| token.stem).collect();
        let more = own.iter().filter(|token| !known.contains(&token.stem));
        self.tokens.extend(more.map(|token| Token {
            weight: token.weight * DETAIL,
            head: 0.0,
            ..*token
        }));
    }

    /// The manufacturer: it can be asked for, and is otherwise no part of the name.
    fn brand(&mut self, text: &str) {
        for word in words(text).iter().filter(|word| !COMPANY.contains(&word.as_str())) {
            let Entry { word, stem, .. } = self.lexicon.add(word);
            self.tokens.push(Token {
                word,
                stem,
                weight: 0.0,
                head: 0.0,
                factor: 1.0,
                brand: true,
                aside: false,
            });
        }
    }
}

/// How much a part counts that only names a brand: "GENERAL MILLS, CHEERIOS".
const MAKER: f32 = 0.4;

/// Whether a part is a brand and nothing else, so that what the food is comes after it.
fn is_maker(part: &[Rc<Piece>]) -> bool {
    part.iter().all(|piece| piece.brand) && !part.is_empty()
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

/// Words of companies' names that say nothing of the food.
const COMPANY: &[&str] = &[
    "food",
    "foods",
    "company",
    "co",
    "inc",
    "corp",
    "corporation",
    "llc",
    "ltd",
    "usa",
    "brands",
];

//! Texts as words: lower case, without accents, with stems.
//!
//! 1. Letters lose their accents and case; everything else parts words.
//! 2. A percentage stays with its number ("2%"), and "80/20" of ground meat is "80%" and "20%".
//! 3. A word's stem stands for its forms: "potatoes", "potato".

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// More letters than any name has. A single character may stand for many: U+FDFA for eighteen.
const MOST_LETTERS: usize = 512;

/// A word with its stem, which costs more to find than most that is done with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) stem: String,
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        let stem = stem(&text);
        Self { text, stem }
    }
}

/// Lower-case letters and digits without accents; words parted by spaces. What is too long for a name is cut.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        // As most names are; nothing in them has to be looked up.
        let letters = text.chars().take(MOST_LETTERS);
        letters.for_each(|c| push_folded(&mut folded, c.to_ascii_lowercase()));
        return folded;
    }
    let letters = text.nfkd().take(MOST_LETTERS).filter(|c| !is_combining_mark(*c));
    letters
        .flat_map(char::to_lowercase)
        .for_each(|c| push_folded(&mut folded, c));
    folded
}

fn push_folded(folded: &mut String, c: char) {
    match c {
        'ß' => folded.push_str("ss"),
        'ø' => folded.push('o'),
        'æ' => folded.push_str("ae"),
        'œ' => folded.push_str("oe"),
        'ł' => folded.push('l'),
        '\'' | '’' | '`' => {}
        '.' | ',' | '/' => folded.push(c),
        '%' if folded.ends_with(|last: char| last.is_ascii_digit()) => folded.push(c),
        _ if c.is_alphanumeric() => folded.push(c),
        _ => folded.push(' '),
    }
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in fold(text).split_whitespace() {
        push_part(&mut words, part.trim_matches(['.', ',', '/']));
    }
    words
}

/// Points, commas and strokes belong to a word only within a number.
fn push_part(words: &mut Vec<String>, part: &str) {
    if let Some((lean, fat)) = lean_and_fat(part) {
        words.push(format!("{lean}%"));
        words.push(format!("{fat}%"));
    } else if is_number(part) {
        words.push(part.to_owned());
    } else {
        let pieces = part.split(['.', ',', '/']).filter(|piece| !piece.is_empty());
        words.extend(pieces.map(str::to_owned));
    }
}

/// "80/20": two parts of a hundred.
pub(super) fn lean_and_fat(part: &str) -> Option<(u32, u32)> {
    let (lean, fat) = part.split_once('/')?;
    let pair: (u32, u32) = (lean.parse().ok()?, fat.parse().ok()?);
    (pair.0.checked_add(pair.1) == Some(100)).then_some(pair)
}

fn is_number(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || ".,/%".contains(c))
}

/// The part of a word that its forms share.
pub(super) fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*stem).to_owned();
    }
    if !word.is_ascii() || word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.to_owned();
    }
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// Forms that the stemmer does not bring together, or does by mistake.
const IRREGULAR: &[(&str, &str)] = &[
    ("leaves", "leaf"),
    ("loaves", "loaf"),
    ("halves", "half"),
    ("calves", "calf"),
    ("knives", "knife"),
    ("geese", "goose"),
    ("anchovies", "anchovy"),
    ("anchovy", "anchovy"),
    ("radishes", "radish"),
    ("dry", "dry"),
    ("fry", "fry"),
    ("fries", "fries"),
    ("mousse", "mousse"),
    ("greens", "greens"),
    ("wings", "wing"),
    ("dressing", "dressing"),
    ("dressings", "dressing"),
    ("dressed", "dressed"),
    ("stuffing", "stuffing"),
    ("pastry", "pastry"),
    ("pastries", "pastry"),
    ("paste", "paste"),
    ("pasta", "pasta"),
    ("pastas", "pasta"),
    ("sauced", "sauced"),
    ("creamed", "creamed"),
    ("creamy", "creamy"),
    ("salted", "salted"),
    ("buttered", "buttered"),
    ("buttery", "buttery"),
    ("fatty", "fatty"),
    ("sugared", "sugared"),
    ("spicy", "spicy"),
    ("nutty", "nutty"),
    ("watery", "watery"),
    ("toasted", "toasted"),
    ("toaster", "toaster"),
    ("milky", "milky"),
    ("oily", "oily"),
    ("general", "general"),
    ("whipping", "whipping"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_as_people_write_them() {
        for (text, expected) in [
            ("Crème Brûlée", "creme brulee"),
            ("McDONALD'S, Hash-Brown", "mcdonalds hash brown"),
            ("2% milk", "2% milk"),
            ("ground beef 80/20", "ground beef 80% 20%"),
            ("70% lean meat / 30% fat", "70% lean meat 30% fat"),
            ("M&M's", "m ms"),
            ("1/2 cup, 3.25%", "1/2 cup 3.25%"),
            ("a.b,c/d", "a b c d"),
            ("JALAPEÑO", "jalapeno"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("potatoes", "potato"),
            ("berries", "berry"),
            ("cooked", "cooking"),
            ("leaves", "leaf"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
        assert_ne!(stem("pasta"), stem("paste"));
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same(text in "\\PC{0,40}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once.clone());
            for word in &once {
                drop(stem(word));
            }
        }

        #[test]
        fn plain_letters_are_folded_as_all_others(text in "[ -~]{0,40}") {
            prop_assert_eq!(fold(&text) + "e", fold(&(text + "é")));
        }

        #[test]
        fn case_does_not_matter(text in "[ a-zA-Z0-9éÜ%,.'-]{0,40}") {
            prop_assert_eq!(words(&text.to_uppercase()), words(&text.to_lowercase()));
        }
    }
}

//! What a provider can be asked, as a request to it and as the key of its answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::food::custom::Gtin;

/// The longest id, in bytes.
const LONGEST_ID: usize = 24;

/// What a provider is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// The food of an id.
    Food(Id),
    /// The product with a barcode, as the 14 digits by which barcodes are compared.
    Barcode(String),
    /// Foods that a name means.
    Name(String),
}

/// An id that a provider could have given: digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(String);

impl Id {
    /// `None` where no provider has such ids.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_id = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        is_id.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Question {
    /// The product with a barcode.
    pub(super) fn barcode(barcode: &Gtin) -> Self {
        Self::Barcode(barcode.compared())
    }

    /// Foods by name. What differs in spaces and case only is one question.
    pub(super) fn name(text: &str) -> Self {
        Self::Name(text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The key of the answer in the cache. What people typed is not kept: only its hash.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Food(id) => format!("food:{}", id.as_str()),
            Self::Barcode(digits) => format!("barcode:{digits}"),
            Self::Name(text) => format!("name:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(text))),
        }
    }
}

/// How a request to a provider looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Where it goes.
    pub(super) url: String,
    /// Its headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Its body, JSON; a GET where there is none.
    pub(super) body: Option<String>,
}

/// Digits without the zeros in front.
pub(super) fn bare(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_digits_and_nothing_that_could_lead_elsewhere() {
        assert_eq!(Id::parse("534358").unwrap().as_str(), "534358");
        for bad in ["", "1/2", "../x", "1?a", "٤", "12 3", "-1", &"1".repeat(25)] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_tells_nothing_of_what_was_typed() {
        let key = Question::name("  Oat   MILK ").key();
        assert_eq!(key, Question::name("oat milk").key());
        assert!(!key.contains("oat") && key.len() < 80, "{key}");
        assert_ne!(key, Question::name("oatmilk").key());
    }
}

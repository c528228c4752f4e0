//! The URIs of foods as resources: `food://usda/09040`, `food://survey/...`, `food://custom/...`.

use std::fmt;

use crate::food::model::{Food, Source};

/// How a URI of a food begins.
const SCHEME: &str = "food://";
/// The longest id, in bytes.
const LONGEST_ID: usize = 64;

/// The URI of a food: RFC 3986, with the source as authority and the id as path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoodUri {
    /// Where the food comes from.
    pub(super) source: Source,
    /// Its id there.
    pub(super) id: String,
}

impl FoodUri {
    /// Reads a URI; `None` where it names no food that could be.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let (source, id) = uri.strip_prefix(SCHEME)?.split_once('/')?;
        let source = SOURCES.into_iter().find(|known| known.as_str() == source)?;
        let is_id = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        is_id.then(|| Self {
            source,
            id: id.to_owned(),
        })
    }

    /// The URI of a food.
    pub(super) fn of(food: &Food) -> Self {
        Self {
            source: food.id.source,
            id: food.id.id.clone(),
        }
    }

    /// The URI of an own food.
    pub(super) fn custom(id: String) -> Self {
        let source = Source::Custom;
        Self { source, id }
    }

    /// The template of a source's URIs (RFC 6570 level 1).
    pub(super) fn template(source: Source) -> String {
        format!("{SCHEME}{}/{{id}}", source.as_str())
    }
}

impl fmt::Display for FoodUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.source.as_str(), self.id)
    }
}

/// The sources whose foods are resources.
pub(super) const SOURCES: [Source; 3] = [Source::Usda, Source::Survey, Source::Custom];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_a_source_and_an_id_and_nothing_else() {
        let parse = |uri| FoodUri::parse(uri).map(|uri| (uri.source, uri.id));
        assert_eq!(parse("food://usda/09040"), Some((Source::Usda, "09040".to_owned())));
        assert_eq!(parse("food://custom/a1"), Some((Source::Custom, "a1".to_owned())));
        let long = format!("food://usda/{}", "1".repeat(LONGEST_ID + 1));
        for none in [
            "",
            "food://",
            "food://usda",
            "food://usda/",
            "food://usda/1/2",
            "food://usda/../custom/1",
            "food://usda/1?x",
            "food://usda/%31",
            "FOOD://usda/1",
            "food://other/1",
            "ui://usda/1",
            "file:///etc/passwd",
            &long,
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}

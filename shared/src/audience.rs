//! For which resources something is: RFC 8707 section 2, and `aud` of RFC 7519 section 4.1.3.
//!
//! Easy to get wrong: writing a list of one where most tokens have one audience, and many readers expect
//! a text. So one is a text and several are a list, both ways.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Resource identifiers, at least one. They hold no spaces, so that they can be kept as one text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audience {
    first: String,
    others: Vec<String>,
}

impl Audience {
    /// One resource.
    pub fn one(identifier: impl Into<String>) -> Self {
        Self::new(identifier.into(), Vec::new())
    }

    /// One resource and further ones.
    pub fn new(first: String, others: Vec<String>) -> Self {
        Self { first, others }
    }

    /// All of these; `None` when there are none.
    pub fn of(identifiers: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut identifiers = identifiers.into_iter();
        Some(Self {
            first: identifiers.next()?,
            others: identifiers.collect(),
        })
    }

    /// Reads what `Display` wrote; `None` for an empty text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(text.split(' ').filter(|part| !part.is_empty()).map(str::to_owned))
    }

    /// The identifiers, in their order.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.first).chain(&self.others).map(String::as_str)
    }

    /// Whether `identifier` is among them, byte for byte.
    pub fn contains(&self, identifier: &str) -> bool {
        self.identifiers().any(|known| known == identifier)
    }

    /// Whether all of `other` are among them.
    pub fn covers(&self, other: &Self) -> bool {
        other.identifiers().all(|identifier| self.contains(identifier))
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first)?;
        self.others.iter().try_for_each(|other| write!(f, " {other}"))
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.others.is_empty() {
            serializer.serialize_str(&self.first)
        } else {
            serializer.collect_seq(self.identifiers())
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::One(identifier) => Ok(Self::one(identifier)),
            Written::Several(identifiers) => {
                Self::of(identifiers).ok_or_else(|| serde::de::Error::custom("an audience of nobody"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_a_text_and_several_are_a_list() {
        for (json, text) in [(r#""http://h/a""#, "http://h/a"), (r#"["x","y"]"#, "x y")] {
            let audience: Audience = serde_json::from_str(json).unwrap();
            assert_eq!(audience.to_string(), text);
            assert_eq!(Audience::parse(text).as_ref(), Some(&audience));
            assert_eq!(serde_json::to_string(&audience).unwrap(), json);
        }
        let read = |json| serde_json::from_str::<Audience>(json);
        assert_eq!(read(r#"["x"]"#).unwrap(), Audience::one("x"));
        for wrong in ["[]", "null", "1", "[1]", "{}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Audience::parse(" "), None);
    }

    #[test]
    fn an_audience_covers_its_parts() {
        let both = Audience::parse("x y").unwrap();
        assert!(both.covers(&Audience::one("y")) && both.covers(&both));
        assert!(!Audience::one("y").covers(&both) && !both.contains("x y"));
    }
}

//! What a message asks for, without keeping the rest of it: JSON-RPC 2.0 section 4, RFC 8259 section 4.
//!
//! The text is read once, from end to end, and nothing is copied but the two names. Easy to get wrong: members that
//! stand twice. RFC 8259 leaves open which of them counts, so that whoever checks a message and whoever acts on it may
//! read two different ones. A message has an outline only where all readers must agree: no object in it, however
//! deep, has two members of one name, however these are spelled.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// An object of more members is taken for one that has some twice.
const MOST_MEMBERS: usize = 32;

/// What a JSON text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    /// An object, of which all readers read the same.
    Plain {
        /// Its member `method`, if that is a text.
        method: Option<String>,
        /// The member `name` of its member `params`, if that is a text.
        name: Option<String>,
    },
    /// An object in which some member may stand twice.
    Ambiguous,
    /// An array.
    Array,
    /// Anything else.
    Other,
}

impl Outline {
    /// Reads the whole text; an error where it is not JSON.
    pub(super) fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut found = Found::default();
        let mut reader = serde_json::Deserializer::from_slice(text);
        let whole = Reading {
            place: Place::Whole,
            found: &mut found,
        };
        let kind = whole.deserialize(&mut reader)?;
        reader.end()?;
        Ok(match kind {
            Kind::Array => Self::Array,
            Kind::Other => Self::Other,
            Kind::Object if found.is_ambiguous => Self::Ambiguous,
            Kind::Object => Self::Plain {
                method: found.method,
                name: found.name,
            },
        })
    }
}

#[derive(Default)]
struct Found {
    method: Option<String>,
    name: Option<String>,
    is_ambiguous: bool,
}

enum Kind {
    Object,
    Array,
    Other,
}

/// Where in the message a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Whole,
    Method,
    Params,
    Name,
    Elsewhere,
}

impl Place {
    fn of_member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Whole, "method") => Self::Method,
            (Self::Whole, "params") => Self::Params,
            (Self::Params, "name") => Self::Name,
            _ => Self::Elsewhere,
        }
    }
}

/// A value that is read; texts and numbers are looked at as whoever keeps them does, so that the same are refused.
struct Reading<'a> {
    place: Place,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Kind, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind, A::Error> {
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(name) = members.next_key_seed(Name)? {
            let place = self.place.of_member(&name);
            self.found.is_ambiguous |= names.len() >= MOST_MEMBERS || names.contains(&name);
            if !self.found.is_ambiguous {
                names.push(name);
            }
            let found = &mut *self.found;
            members.next_value_seed(Reading { place, found })?;
        }
        Ok(Kind::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Kind, A::Error> {
        let place = Place::Elsewhere;
        loop {
            let found = &mut *self.found;
            if values.next_element_seed(Reading { place, found })?.is_none() {
                return Ok(Kind::Array);
            }
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        match self.place {
            Place::Method => self.found.method = Some(text.to_owned()),
            Place::Name => self.found.name = Some(text.to_owned()),
            _ => {}
        }
        Ok(Kind::Other)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }
}

/// The name of a member, as it is meant: `"\u0061"` is `a`.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Cow<'de, str>, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
#[path = "outline_tests.rs"]
mod tests;

//! The name of a grant.

use std::fmt;

use uuid::Uuid;

/// The identifier of a grant: a UUID, stored and printed hyphenated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GrantId(Uuid);

impl GrantId {
    /// A new, random identifier.
    pub fn random() -> Result<Self, shared::random::NoRandomness> {
        let bytes = shared::random::bytes()?;
        Ok(Self(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }

    /// Reads the hyphenated form, and no other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }

    /// The identifier with these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_one_spelling() {
        let id = GrantId::random().unwrap();
        let text = id.to_string();
        assert_eq!(GrantId::parse(&text), Some(id));
        assert_eq!(GrantId::from_bytes(*id.as_bytes()), id);
        for other in [
            text.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            text[1..].to_owned(),
        ] {
            assert_eq!(GrantId::parse(&other), None, "{other}");
        }
    }
}

//! Names and brands as compared, and as places in a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Content;

/// A name and brand as compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Keys {
    pub(super) name: String,
    pub(super) brand: String,
}

impl Keys {
    pub(super) fn new(name: &str, brand: Option<&str>) -> Self {
        Self {
            name: name_key(name),
            brand: name_key(brand.unwrap_or_default()),
        }
    }

    pub(super) fn of(content: &Content) -> Self {
        Self::new(&content.name, content.brand.as_deref())
    }

    /// The place after this food, as opaque text. Keys have no line breaks: [`name_key`] makes them spaces.
    pub(super) fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{}", self.name, self.brand))
    }

    pub(super) fn of_cursor(cursor: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (name, brand) = text.split_once('\n').filter(|_| !text.contains('\0'))?;
        Some(Self {
            name: name.to_owned(),
            brand: brand.to_owned(),
        })
    }
}

/// A name as compared: case and spaces do not count.
fn name_key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

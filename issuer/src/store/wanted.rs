//! For which of its resources tokens of a grant are wanted: RFC 8707 section 2.2.

use shared::audience::Audience;

/// The resources of a token request.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// These, canonical; all of them must be the grant's own.
    These(&'a Audience),
    /// None was named: the grant's own, of which one at least must be among these, which the settings know.
    Own(&'a Audience),
}

impl<'a> Wanted<'a> {
    /// What a request wants that names these, where the settings know those.
    pub fn of(asked: Option<&'a Audience>, known: &'a Audience) -> Self {
        asked.map_or(Self::Own(known), Self::These)
    }

    /// Whether a grant for `own` can give it.
    pub fn is_within(self, own: &Audience) -> bool {
        match self {
            Self::These(asked) => own.covers(asked),
            Self::Own(known) => own.identifiers().any(|identifier| known.contains(identifier)),
        }
    }
}

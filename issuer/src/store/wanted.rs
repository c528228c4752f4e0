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

/// The same, by itself.
#[derive(Clone, Debug)]
pub(super) enum OwnedWanted {
    These(Audience),
    Own(Audience),
}

impl OwnedWanted {
    pub(super) fn by_ref(&self) -> Wanted<'_> {
        match self {
            Self::These(asked) => Wanted::These(asked),
            Self::Own(known) => Wanted::Own(known),
        }
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn into_owned(self) -> OwnedWanted {
        match self {
            Self::These(asked) => OwnedWanted::These(asked.clone()),
            Self::Own(known) => OwnedWanted::Own(known.clone()),
        }
    }

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

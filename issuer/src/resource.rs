//! The resources that tokens may be for: RFC 8707 section 2, and RFC 9728 for what they name.
//!
//! A client names the resource it wants a token for; the token's `aud` is the canonical identifier
//! from the settings, byte for byte, whatever spelling the client used. Accepted spellings: the
//! identifier itself, with or without a trailing slash, and its bare origin while only one resource
//! lives there. Easy to get wrong: (1) a prefix match, which would let one server ask for another's tokens;
//! (2) a token for two resources that do not know of each other: either could use it at the other. So
//! several are taken only where the settings put them together.

use std::collections::BTreeSet;

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::scope::Scope;
use url::Url;

use crate::scopes::{self, Scopes};

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its canonical identifier.
    pub identifier: String,
    /// What people call it.
    pub name: Option<String>,
    /// Its scopes.
    pub scopes: Scopes,
    /// Lifetime of access tokens for it, in seconds; without it, that of the settings.
    pub access_token_seconds: Option<NumericDate>,
}

/// All resources, at least one; the first is the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    first: Resource,
    others: Vec<Resource>,
    together: Vec<BTreeSet<String>>,
}

/// Why no token is for what was asked (`invalid_target`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// One of them is not of this issuer.
    #[error("resource is not known here")]
    Unknown,
    /// They are known, but nobody put them together.
    #[error("a token is for one resource, or for several that are configured together; ask for one")]
    NotTogether,
}

/// The resources of one request, in the order of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    first: &'a Resource,
    others: Vec<&'a Resource>,
}

impl Resources {
    /// Food servers: a list separated by commas or spaces. Each must be an absolute http(s) URL without fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let items = text.split([',', ' ']).filter(|item| !item.is_empty());
        let resources = items.map(of_food).collect::<Result<Vec<_>, _>>()?;
        Self::new(resources, Vec::new()).ok_or_else(|| "must name at least one resource".to_owned())
    }

    /// These resources, and sets of identifiers that a token may be for at once; `None` when there are no resources.
    pub fn new(resources: Vec<Resource>, together: Vec<BTreeSet<String>>) -> Option<Self> {
        let mut resources = resources.into_iter();
        Some(Self {
            first: resources.next()?,
            others: resources.collect(),
            together,
        })
    }

    /// The resource for a request that names none.
    pub fn default_resource(&self) -> &Resource {
        &self.first
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// All identifiers.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        self.all().map(|resource| resource.identifier.as_str())
    }

    /// All of them as an audience: what a grant may be for.
    pub fn known(&self) -> Audience {
        let others = self.others.iter().map(|resource| resource.identifier.clone());
        Audience::new(self.first.identifier.clone(), others.collect())
    }

    /// The scopes that the metadata lists: of all resources, and about people.
    pub fn listed_scopes(&self) -> Vec<String> {
        let mut listed: Vec<String> = Vec::new();
        let of_resources = self.all().flat_map(|resource| resource.scopes.listed());
        for token in of_resources.chain(scopes::listed_of_people()) {
            if !listed.contains(&token) {
                listed.push(token);
            }
        }
        listed
    }

    /// The longest lifetime of an access token, in seconds, where `default` is that of the settings.
    pub fn longest_seconds(&self, default: NumericDate) -> NumericDate {
        let all = self
            .all()
            .map(|resource| resource.access_token_seconds.unwrap_or(default));
        all.max().unwrap_or(default)
    }

    /// What of this a client may have by itself, where nobody signs in, at these resources.
    pub fn scope_of_services(&self, asked: &Scope, at: &Audience) -> Scope {
        self.all()
            .filter(|resource| at.contains(&resource.identifier))
            .flat_map(|resource| tokens(&resource.scopes.known(asked)))
            .collect()
    }

    /// The resource that `asked` means.
    pub fn find(&self, asked: &str) -> Option<&Resource> {
        let asked = bare(asked);
        let exact = self.all().find(|known| bare(&known.identifier) == asked);
        exact.or_else(|| self.only_one_at(asked))
    }

    /// What the values of `resource` mean together; `None` when there are none.
    pub fn select<'a>(&self, asked: impl Iterator<Item = &'a str>) -> Result<Option<Target<'_>>, InvalidTarget> {
        let mut meant = BTreeSet::new();
        for asked in asked {
            let known = self.find(asked).ok_or(InvalidTarget::Unknown)?;
            meant.insert(known.identifier.clone());
        }
        if !self.are_together(&meant) {
            return Err(InvalidTarget::NotTogether);
        }
        Ok(self.target(|identifier| meant.contains(identifier)))
    }

    fn are_together(&self, meant: &BTreeSet<String>) -> bool {
        meant.len() < 2 || self.together.iter().any(|together| together.is_superset(meant))
    }

    /// The default resource as a target.
    pub fn default_target(&self) -> Target<'_> {
        Target {
            first: &self.first,
            others: Vec::new(),
        }
    }

    /// The first of these that is known here.
    pub fn first_known(&self, these: &Audience) -> Option<Target<'_>> {
        let first = these.identifiers().find_map(|identifier| self.exactly(identifier))?;
        let others = Vec::new();
        Some(Target { first, others })
    }

    fn exactly(&self, identifier: &str) -> Option<&Resource> {
        self.all().find(|resource| resource.identifier == identifier)
    }

    /// What was granted once, as far as it is still known here.
    pub fn still_known(&self, audience: &Audience) -> Option<Target<'_>> {
        self.target(|identifier| audience.contains(identifier))
    }

    /// What a token may be for by today's settings that was granted for `audience`: the resources that are still known,
    /// and only the first of them when they are configured together no more.
    pub fn remaining(&self, audience: &Audience) -> Option<Target<'_>> {
        let known = self.still_known(audience)?;
        let meant = known.resources().map(|resource| resource.identifier.clone()).collect();
        let others = if self.are_together(&meant) {
            known.others
        } else {
            Vec::new()
        };
        Some(Target { others, ..known })
    }

    fn target(&self, which: impl Fn(&str) -> bool) -> Option<Target<'_>> {
        let mut meant = self.all().filter(|resource| which(&resource.identifier));
        Some(Target {
            first: meant.next()?,
            others: meant.collect(),
        })
    }

    fn only_one_at(&self, origin: &str) -> Option<&Resource> {
        let mut there = self
            .all()
            .filter(|known| origin_of(&known.identifier).as_deref() == Some(origin));
        there.next().filter(|_| there.next().is_none())
    }
}

impl<'a> Target<'a> {
    /// The resources.
    pub fn resources(&self) -> impl Iterator<Item = &'a Resource> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// `aud` of tokens for it.
    pub fn audience(&self) -> Audience {
        let others = self.others.iter().map(|resource| resource.identifier.clone());
        Audience::new(self.first.identifier.clone(), others.collect())
    }

    /// The shortest lifetime of an access token among them, in seconds, where `default` is that of the settings.
    pub fn access_token_seconds(&self, default: NumericDate) -> NumericDate {
        let all = self
            .resources()
            .map(|resource| resource.access_token_seconds.unwrap_or(default));
        all.min().unwrap_or(default)
    }

    /// What of this has a meaning here, with all that it implies.
    pub fn known(&self, asked: &Scope) -> Scope {
        asked.intersection(&scopes::of_people()).union(&self.of_services(asked))
    }

    /// The same without scopes about people.
    pub fn of_services(&self, asked: &Scope) -> Scope {
        self.resources()
            .flat_map(|resource| tokens(&resource.scopes.known(asked)))
            .collect()
    }

    /// What a client gets for what it asked: the known part, or the default set when it asked for nothing
    /// (or for nothing that is known).
    pub fn granted(&self, asked: &Scope) -> Scope {
        let known = self.known(asked);
        if !known.is_empty() {
            return known;
        }
        self.resources()
            .flat_map(|resource| tokens(&resource.scopes.default_scope()))
            .collect()
    }
}

fn tokens(scope: &Scope) -> Vec<String> {
    scope.tokens().map(str::to_owned).collect()
}

fn of_food(text: &str) -> Result<Resource, String> {
    Ok(Resource {
        identifier: identifier(text)?,
        name: None,
        scopes: Scopes::of_food(),
        access_token_seconds: None,
    })
}

/// Checks a canonical identifier: RFC 8707 section 2, and RFC 9728 section 1.2.
pub fn identifier(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| format!("{text:?} is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("{text:?} must begin with http:// or https://"));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{text:?} must have no fragment and no user name"));
    }
    // Others read it in our metadata, and some hand it on to where these characters mean something.
    if !text
        .bytes()
        .all(|c| c.is_ascii_graphic() && !b"\"<>\\^`{|},".contains(&c))
    {
        return Err(format!(
            "{text:?} must have the characters of a URL only, and no commas"
        ));
    }
    Ok(text.to_owned())
}

/// Whether two identifiers would be found by the same spelling.
pub fn is_same(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

fn bare(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}

fn origin_of(text: &str) -> Option<String> {
    Some(Url::parse(text).ok()?.origin().ascii_serialization())
}

#[cfg(test)]
#[path = "resource_tests.rs"]
mod tests;

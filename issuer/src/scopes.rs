//! Scopes and what they mean to a person: RFC 6749 section 3.3.
//!
//! Each resource has scopes of its own, in its own words; scopes about the person who signed in are the
//! issuer's and go with any resource. A scope may imply others: whoever is given it is given those, and
//! tokens name them all, so that a resource server needs to know nothing of the hierarchy.
//!
//! Unknown scopes are dropped, never an error: clients ask for whatever a document lists.
//! `offline_access` is accepted but not listed: listing it makes clients force `prompt=consent` at
//! every sign-in, and a refresh token is issued anyway.

use std::collections::BTreeSet;

use shared::scope::Scope;

/// One scope of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownScope {
    /// The scope token.
    pub token: String,
    /// What it allows, completing "It could:". Empty for one that is told by what it implies.
    pub words: String,
    /// Further scopes of the same resource that come with it.
    pub implies: Vec<String>,
    /// Whether it is granted when a client asks for no scope at all.
    pub default: bool,
    /// Whether the metadata lists it.
    pub listed: bool,
}

/// The scopes of a resource, in the order in which people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<KnownScope>);

/// A scope about the person who signed in.
struct PersonScope {
    token: &'static str,
    words: &'static str,
    listed: bool,
}

const OF_PEOPLE: &[PersonScope] = &[
    PersonScope {
        token: "openid",
        words: "know who you are (your account's identifier)",
        listed: true,
    },
    PersonScope {
        token: "profile",
        words: "see your user name",
        listed: true,
    },
    PersonScope {
        token: "email",
        words: "see your e-mail address, where the account has one",
        listed: true,
    },
    PersonScope {
        token: "offline_access",
        words: "stay signed in until you sign it out",
        listed: false,
    },
];

/// All scopes about people.
pub fn of_people() -> Scope {
    OF_PEOPLE.iter().map(|scope| scope.token.to_owned()).collect()
}

/// Those of them that the metadata lists.
pub fn listed_of_people() -> Vec<String> {
    let listed = OF_PEOPLE.iter().filter(|scope| scope.listed);
    listed.map(|scope| scope.token.to_owned()).collect()
}

/// A scope that a person reads of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'a> {
    /// The scope token.
    pub token: &'a str,
    /// What it allows.
    pub words: &'a str,
}

/// What scopes about people mean, a line each.
pub fn people_in_words(scope: &Scope) -> Vec<Meaning<'static>> {
    let meant = OF_PEOPLE.iter().filter(|known| scope.contains(known.token));
    let meaning = |known: &PersonScope| Meaning {
        token: known.token,
        words: known.words,
    };
    meant.map(meaning).collect()
}

impl KnownScope {
    fn meaning(&self) -> Meaning<'_> {
        Meaning {
            token: &self.token,
            words: &self.words,
        }
    }
}

impl Scopes {
    /// Checks a table: every mistake with the scope that it is about.
    pub fn new(scopes: Vec<KnownScope>) -> Result<Self, Vec<(String, String)>> {
        let all = Self(scopes);
        let mut mistakes = Vec::new();
        let mut seen = BTreeSet::new();
        for scope in &all.0 {
            let told = all.mistakes_of(scope, seen.insert(scope.token.as_str()));
            mistakes.extend(told.into_iter().map(|told| (scope.token.clone(), told)));
        }
        if mistakes.is_empty() { Ok(all) } else { Err(mistakes) }
    }

    fn mistakes_of(&self, scope: &KnownScope, is_first: bool) -> Vec<String> {
        let mut told = Vec::new();
        if !is_first {
            told.push("is there twice".to_owned());
        }
        if of_people().contains(&scope.token) {
            told.push("is about the person, and the issuer has words for it".to_owned());
        }
        if scope.words.is_empty() && scope.implies.is_empty() {
            told.push("text is missing: people must know what they allow".to_owned());
        }
        for implied in &scope.implies {
            match self.named(implied) {
                None => told.push(format!("implies {implied}, which is no scope of this resource")),
                Some(implied) if self.reached(implied).contains(&scope.token) => {
                    told.push(format!("implies {}, which implies it again", implied.token));
                }
                Some(_) => {}
            }
        }
        told
    }

    /// The scopes of the food server.
    pub fn of_food() -> Self {
        let scope = |token: &str, words: &str| KnownScope {
            token: token.to_owned(),
            words: words.to_owned(),
            implies: Vec::new(),
            default: true,
            listed: true,
        };
        let (read, write) = ("food:read", "food:write");
        Self(vec![
            scope(read, "look up foods, and read the foods you saved"),
            scope(write, "save foods for you, and change or delete the foods you saved"),
            // Not listed: who asks for all that is listed would ask for the same twice.
            KnownScope {
                implies: vec![read.to_owned(), write.to_owned()],
                default: false,
                listed: false,
                ..scope("food", "")
            },
        ])
    }

    /// What of `asked` is known, with all that it implies.
    pub fn known(&self, asked: &Scope) -> Scope {
        self.with_implied(|scope| asked.contains(&scope.token))
    }

    /// What a client gets that asks for nothing.
    pub fn default_scope(&self) -> Scope {
        self.with_implied(|scope| scope.default)
    }

    /// The tokens that the metadata lists.
    pub fn listed(&self) -> Vec<String> {
        let listed = self.0.iter().filter(|scope| scope.listed);
        listed.map(|scope| scope.token.clone()).collect()
    }

    /// What `scope` means here, a line each; what is implied by something that has words is not told again.
    pub fn in_words(&self, scope: &Scope) -> Vec<Meaning<'_>> {
        let given = || self.0.iter().filter(|known| scope.contains(&known.token));
        let wider = |narrow: &KnownScope| {
            given().any(|wide| wide != narrow && !wide.words.is_empty() && self.reached(wide).contains(&narrow.token))
        };
        let told = given().filter(|known| !known.words.is_empty() && !wider(known));
        told.map(KnownScope::meaning).collect()
    }

    fn with_implied(&self, which: impl Fn(&KnownScope) -> bool) -> Scope {
        let chosen = self.0.iter().filter(|scope| which(scope));
        chosen.flat_map(|scope| self.reached(scope)).collect()
    }

    fn named(&self, token: &str) -> Option<&KnownScope> {
        self.0.iter().find(|scope| scope.token == token)
    }

    /// The scope and all that it implies, by however many steps; ends where steps go in a circle, too.
    fn reached(&self, scope: &KnownScope) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut next = vec![scope];
        while let Some(scope) = next.pop() {
            if reached.insert(scope.token.clone()) {
                next.extend(scope.implies.iter().filter_map(|token| self.named(token)));
            }
        }
        reached
    }
}

#[cfg(test)]
#[path = "scopes_tests.rs"]
mod tests;

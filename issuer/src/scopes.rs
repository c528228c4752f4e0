//! The scopes this issuer knows, and what they mean to a person: RFC 6749 section 3.3.
//!
//! Unknown scopes are dropped, never an error: clients ask for whatever a document lists.
//! `offline_access` is accepted but not listed: listing it makes clients force `prompt=consent` at
//! every sign-in, and a refresh token is issued anyway.

use shared::scope::Scope;

/// One scope and its words on the consent page.
#[derive(Debug)]
pub struct KnownScope {
    /// The scope token.
    pub token: &'static str,
    /// What it allows, completing "NAME wants to:". Empty for what needs no words of its own.
    pub words: &'static str,
    /// Whether the metadata lists it.
    pub listed: bool,
    /// Whether it is granted when a client asks for no scope at all.
    pub default: bool,
}

/// All scopes, in the order of the metadata.
pub const KNOWN: &[KnownScope] = &[
    KnownScope {
        token: "food:read",
        words: "look up foods, and read the foods you saved",
        listed: true,
        default: true,
    },
    KnownScope {
        token: "food:write",
        words: "save foods for you, and change or delete the foods you saved",
        listed: true,
        default: true,
    },
    KnownScope {
        token: "openid",
        words: "know who you are (your account's identifier)",
        listed: true,
        default: false,
    },
    KnownScope {
        token: "profile",
        words: "see your user name",
        listed: true,
        default: false,
    },
    KnownScope {
        token: "email",
        words: "see your e-mail address, where the account has one",
        listed: true,
        default: false,
    },
    KnownScope {
        token: "offline_access",
        words: "stay signed in until you sign it out",
        listed: false,
        default: false,
    },
];

/// What a client gets for what it asked: the known part, or the default set when it asked for nothing
/// (or for nothing that is known).
pub fn granted(asked: &Scope) -> Scope {
    let known = asked.intersection(&all(|_| true));
    if known.is_empty() {
        all(|scope| scope.default)
    } else {
        known
    }
}

/// Scopes about the person who signed in.
const OF_PEOPLE: &[&str] = &["openid", "profile", "email", "offline_access"];

/// What of this a client may have by itself, where nobody signs in.
pub fn of_services(asked: &Scope) -> Scope {
    asked.intersection(&all(|scope| !OF_PEOPLE.contains(&scope.token)))
}

/// The tokens that the metadata lists.
pub fn listed() -> Vec<String> {
    KNOWN
        .iter()
        .filter(|scope| scope.listed)
        .map(|scope| scope.token.to_owned())
        .collect()
}

/// What a granted scope means, a line each, in the order of the table.
pub fn in_words(scope: &Scope) -> Vec<&'static str> {
    KNOWN
        .iter()
        .filter(|known| scope.contains(known.token))
        .map(|known| known.words)
        .collect()
}

fn all(which: impl Fn(&KnownScope) -> bool) -> Scope {
    KNOWN
        .iter()
        .filter(|scope| which(scope))
        .map(|scope| scope.token.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted_for(asked: &str) -> String {
        granted(&Scope::parse(asked).unwrap()).to_string()
    }

    #[test]
    fn unknown_scopes_are_dropped_and_nothing_asked_is_the_default_set() {
        assert_eq!(granted_for("food:read mcp:tools"), "food:read");
        assert_eq!(granted_for(""), "food:read food:write");
        assert_eq!(granted_for("mcp:tools"), "food:read food:write");
    }

    #[test]
    fn a_service_gets_no_scope_about_a_person() {
        let all = Scope::parse("food:read openid profile email offline_access food:write x").unwrap();
        assert_eq!(of_services(&all).to_string(), "food:read food:write");
    }

    #[test]
    fn offline_access_is_accepted_but_not_listed() {
        assert_eq!(granted_for("food:read offline_access"), "food:read offline_access");
        assert!(!listed().contains(&"offline_access".to_owned()));
    }
}

//! How many requests a minute: one setting that names kinds of endpoints, because nobody changes them all.

use std::str::FromStr;

/// What has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rated {
    /// The authorization endpoint.
    Authorize,
    /// What people see: sign-in, consent, account.
    Pages,
    /// The token endpoint, and what takes a token: revocation, userinfo.
    Token,
    /// The registration endpoint.
    Register,
    /// The introspection endpoint.
    Introspect,
    /// One client at one address, at the token endpoint.
    Client,
}

/// Every name, and its requests a minute when the setting does not say.
const DEFAULTS: [(&str, Rated, i64); 6] = [
    ("authorize", Rated::Authorize, 600),
    ("pages", Rated::Pages, 600),
    ("token", Rated::Token, 1200),
    ("register", Rated::Register, 300),
    ("introspect", Rated::Introspect, 12_000),
    ("client", Rated::Client, 600),
];

/// Requests a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits(Vec<(Rated, i64)>);

impl RateLimits {
    /// The limit of a kind, at least 1; `None` when there is none.
    pub fn a_minute(&self, what: Rated) -> Option<i64> {
        self.0.iter().find(|(kind, _)| *kind == what).map(|(_, limit)| *limit)
    }
}

impl FromStr for RateLimits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(Vec::new()));
        }
        let mut limits = Self(DEFAULTS.iter().map(|(_, what, limit)| (*what, *limit)).collect());
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (what, limit) = limit(part)?;
            limits.0.retain(|(kind, _)| *kind != what);
            limits.0.push((what, limit));
        }
        Ok(limits)
    }
}

fn limit(part: &str) -> Result<(Rated, i64), String> {
    let (name, number) = part.split_once('=').unwrap_or((part, ""));
    let Some((_, what, _)) = DEFAULTS.iter().find(|(known, ..)| *known == name.trim()) else {
        let names: Vec<_> = DEFAULTS.iter().map(|(name, ..)| *name).collect();
        return Err(format!(
            "{name:?} has no limit; names are {}, or off for all",
            names.join(", ")
        ));
    };
    // Up to one request a millisecond: the pace is counted in milliseconds.
    match number.trim().parse() {
        Ok(limit @ 1..=60_000) => Ok((*what, limit)),
        _ => Err(format!(
            "{part:?} must be a name and a number from 1 to 60000, like token=1200"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_keeps_its_limit() {
        let limits: RateLimits = "register=5, token=1200".parse().unwrap();
        assert_eq!(limits.a_minute(Rated::Register), Some(5));
        assert_eq!(limits.a_minute(Rated::Pages), Some(600));
        let off: RateLimits = "off".parse().unwrap();
        assert!(DEFAULTS.iter().all(|(_, what, _)| off.a_minute(*what).is_none()));
    }

    #[test]
    fn mistakes_are_told() {
        for bad in [
            "x=1",
            "token",
            "token=0",
            "token=-1",
            "token=60001",
            "token=1.5",
            "register=1,off",
        ] {
            assert!(bad.parse::<RateLimits>().is_err(), "{bad}");
        }
    }

    /// Two hundred people behind one address, who all come within the same minute of the morning, each with
    /// three clients that refresh, and a tenth of them signing in anew.
    #[test]
    fn an_office_behind_one_address_does_not_meet_the_defaults() {
        let limits: RateLimits = "".parse().unwrap();
        let (people, clients) = (200, 3);
        let enough = |what, requests| assert!(limits.a_minute(what).unwrap() >= requests, "{what:?}");
        enough(Rated::Token, people * clients);
        enough(Rated::Client, people * clients);
        enough(Rated::Register, people);
        enough(Rated::Authorize, people);
        enough(Rated::Pages, people * 3);
    }
}

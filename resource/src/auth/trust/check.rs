//! What does not go together in an issuer's settings, with what to do about it.

use super::{AudMode, Discovery, Issuer, Mode, Typ};

impl Issuer {
    /// Everything that cannot work or would let strangers in, a line each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut when = |wrong: bool, what: &str| {
            if wrong {
                told.push(what.to_owned());
            }
        };
        when(
            self.aud_mode == AudMode::Claim && self.audiences.is_empty(),
            "audiences: list what aud contains in this issuer's tokens; where it has none, set aud_mode and clients",
        );
        when(
            self.aud_mode != AudMode::Claim && self.clients.is_empty(),
            "clients: list the client ids whose tokens are taken; without an audience nothing else keeps the tokens of \
             the issuer's other clients out",
        );
        when(
            self.aud_mode != AudMode::Claim && self.typ == Typ::Strict && self.mode == Mode::Jwt,
            "typ: at+jwt tokens always have aud (RFC 9068 section 2.2), so with this aud_mode set typ = \"jwt\"",
        );
        when(
            self.signs() && self.discovery == Discovery::None && self.jwks_uri.is_none(),
            "jwks_uri: say where the keys are, or let discovery find them",
        );
        when(
            self.answers() && self.introspection.is_none(),
            "introspection: this mode asks the issuer, so set introspection.url",
        );
        when(
            !self.answers() && self.introspection.is_some(),
            "mode: introspection is set and never used; set mode = \"introspection\" or \"both\", or remove it",
        );
        when(
            self.signs() && self.algorithms.is_empty(),
            "algorithms: name at least one",
        );
        when(self.scope_from.is_empty(), "scope_from: name at least one claim");
        when(self.subject.is_empty(), "subject: name a claim, such as sub");
        told
    }

    /// What works, and is weaker or more than it seems; for the log at the start.
    pub fn warnings(&self) -> Vec<String> {
        let mut told = Vec::new();
        if self.aud_mode != AudMode::Claim {
            told.push(format!(
                "{}: its tokens are not bound to this resource; any token of the clients {} is taken",
                self.issuer,
                self.clients.join(", ")
            ));
        }
        if let Some(asked) = &self.introspection
            && asked.url.scheme() == "http"
            && self.issuer.starts_with("https://")
        {
            told.push(format!(
                "{}: tokens and the client secret go to {} in clear text",
                self.issuer, asked.url
            ));
        }
        told
    }
}

/// What does not go together among several issuers.
pub fn mistakes_among(issuers: &[Issuer]) -> Vec<String> {
    let mut told = Vec::new();
    for (at, issuer) in issuers.iter().enumerate() {
        if issuers.iter().take(at).any(|before| before.issuer == issuer.issuer) {
            told.push(format!("{}: it is there twice; keep one", issuer.issuer));
        }
    }
    let asked: Vec<&str> = issuers
        .iter()
        .filter(|i| i.answers())
        .map(|i| i.issuer.as_str())
        .collect();
    if asked.len() > 1 {
        told.push(format!(
            "{}: an opaque token does not say whose it is, and must not be shown to another issuer; let one of them ask \
             (mode introspection, tokeninfo or both), and set the others to mode = \"jwt\"",
            asked.join(", ")
        ));
    }
    if !issuers.is_empty() && !issuers.iter().any(|issuer| issuer.advertise) {
        told.push("advertise: clients must find at least one issuer in the metadata".to_owned());
    }
    told
}

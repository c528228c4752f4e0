//! The checks, and what one of them found.

use serde_json::{Value, json};

/// One thing that is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// A request without a token is answered 401 with a `Bearer` challenge first (RFC 9728 section 5.1).
    Challenge,
    /// The protected resource metadata is where clients look, and says the same everywhere (RFC 9728 section 3).
    ResourceMetadata,
    /// Its `resource` has the URL's origin and a path that the URL's begins with.
    Resource,
    /// Its `resource` is the URL, byte for byte (RFC 9728 section 3.3).
    ResourceExact,
    /// The issuer's metadata is where clients look (RFC 8414 section 3, OpenID Connect Discovery section 4).
    ServerMetadata,
    /// Its `issuer` is what led there, byte for byte (RFC 8414 section 3.3).
    Issuer,
    /// No member is `null`, and what every client reads is there.
    Members,
    /// PKCE with `S256` is listed (RFC 8414 section 2).
    Pkce,
    /// Clients without a secret may use the token endpoint: `none` is listed.
    PublicClients,
    /// A client that nobody registered by hand can become one in some way.
    Registration,
    /// By dynamic registration (RFC 7591).
    DynamicRegistration,
    /// By the URL of a document (Client ID Metadata Documents).
    ClientDocuments,
    /// Authorization responses say who answers (RFC 9207).
    Iss,
    /// The scopes that clients will ask for.
    Scopes,
    /// Pages may read the answers (Fetch standard, "CORS protocol").
    Cors,
    /// https, or this computer.
    Transport,
    /// Hosted clients can reach both servers.
    Reach,
    /// The issuer's keys can be fetched and used.
    Keys,
    /// The clocks agree.
    Clock,
}

impl Check {
    /// All, in the order of the report.
    pub const ALL: [Self; 19] = [
        Self::Challenge,
        Self::ResourceMetadata,
        Self::Resource,
        Self::ResourceExact,
        Self::ServerMetadata,
        Self::Issuer,
        Self::Members,
        Self::Pkce,
        Self::PublicClients,
        Self::Registration,
        Self::DynamicRegistration,
        Self::ClientDocuments,
        Self::Iss,
        Self::Scopes,
        Self::Cors,
        Self::Transport,
        Self::Reach,
        Self::Keys,
        Self::Clock,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::ResourceMetadata => "resource metadata",
            Self::Resource => "resource",
            Self::ResourceExact => "resource, byte for byte",
            Self::ServerMetadata => "issuer metadata",
            Self::Issuer => "issuer",
            Self::Members => "members",
            Self::Pkce => "PKCE",
            Self::PublicClients => "public clients",
            Self::Registration => "registration",
            Self::DynamicRegistration => "dynamic registration",
            Self::ClientDocuments => "client documents",
            Self::Iss => "iss",
            Self::Scopes => "scopes",
            Self::Cors => "CORS",
            Self::Transport => "https",
            Self::Reach => "reach",
            Self::Keys => "keys",
            Self::Clock => "clock",
        }
    }

    pub(super) fn ok(self, saw: impl Into<String>) -> Finding {
        Finding::new(self, Verdict::Ok, &saw.into(), "")
    }

    pub(super) fn warning(self, saw: impl Into<String>, change: impl Into<String>) -> Finding {
        Finding::new(self, Verdict::Warning, &saw.into(), &change.into())
    }

    pub(super) fn broken(self, saw: impl Into<String>, change: impl Into<String>) -> Finding {
        Finding::new(self, Verdict::Broken, &saw.into(), &change.into())
    }

    /// What it needs is not there.
    pub(super) fn unknown(self, why: impl Into<String>) -> Finding {
        Finding::new(self, Verdict::Unknown, &why.into(), "")
    }
}

/// How bad it is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Could not be examined, for something before it is broken.
    Unknown,
    /// Works, with a drawback.
    Warning,
    /// Does not work.
    Broken,
}

impl Verdict {
    /// Its word in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was seen.
    pub saw: String,
    /// What to change; empty when nothing needs to.
    pub change: String,
}

/// Characters of a text that are shown.
const SHOWN: usize = 2000;

/// A text that may quote a stranger's server, fit for a terminal: on one line, and without what would steer the
/// terminal, turn the line around or hide in it.
pub(super) fn visible(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

impl Finding {
    fn new(check: Check, verdict: Verdict, saw: &str, change: &str) -> Self {
        Self {
            check,
            verdict,
            saw: visible(saw),
            change: visible(change),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "check": self.check.name(),
            "verdict": self.verdict.name(),
            "saw": self.saw,
            "change": self.change,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_says_cannot_steer_the_terminal() {
        let planted = "a\u{1b}]0;x\u{7}\r\nbroken: keys\u{9b}31m\u{202e}b";
        let finding = Check::Keys.broken(planted, planted);
        for shown in [&finding.saw, &finding.change] {
            assert_eq!(
                shown,
                "a\u{fffd}]0;x\u{fffd}\u{fffd}\u{fffd}broken: keys\u{fffd}31m\u{fffd}b"
            );
        }
        assert_eq!(Check::Keys.ok("é ✓ 日本").saw, "é ✓ 日本");
        assert_eq!(Check::Keys.ok("x".repeat(1 << 20)).saw.chars().count(), SHOWN + 1);
    }
}

//! Which checks matter to which client.
//!
//! What a client does was read in its source or its issue tracker, which each row names. A check that is not in a row
//! does not concern the client. Easy to get wrong: what one client forgives keeps another out, so a finding is no
//! verdict before it is held against this table.

use super::check::{Check, Finding, Verdict};

/// A client, or the server itself as the client of its issuer.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name.
    pub name: &'static str,
    /// Where it was learned what it does.
    pub source: &'static str,
    /// What it cannot do without.
    needs: &'static [Check],
    /// What it works better with; when that is broken, it is a warning.
    likes: &'static [Check],
}

/// All of them need these.
const COMMON: &[Check] = &[
    Check::Challenge,
    Check::ResourceMetadata,
    Check::Resource,
    Check::ServerMetadata,
    Check::Issuer,
    Check::Members,
    Check::Pkce,
    Check::PublicClients,
    Check::Registration,
    Check::Scopes,
    Check::Transport,
];

/// The clients, and last the server that takes the tokens.
pub const CLIENTS: &[Client] = &[
    Client {
        name: "Claude Code",
        source: "claude-code#90370, #86233, #37747, #64705; seen on the wire with 2.1.329",
        needs: &[],
        likes: &[Check::Iss],
    },
    Client {
        name: "claude.ai",
        source: "fastmcp#3369, nextcloud-mcp-server#1470, ihub-apps#2360",
        needs: &[Check::Reach],
        likes: &[Check::ClientDocuments],
    },
    Client {
        name: "VS Code",
        source: "vscode#259251, #278512, #250537",
        needs: &[Check::ResourceExact],
        likes: &[],
    },
    Client {
        name: "Cursor",
        source: "better-auth#10946, python-sdk#897",
        needs: &[Check::DynamicRegistration],
        likes: &[Check::ResourceExact],
    },
    Client {
        name: "Codex",
        source: "codex#38944, #37373, #40885, #42427",
        needs: &[Check::Iss],
        likes: &[Check::ResourceExact],
    },
    Client {
        name: "ChatGPT",
        source: "workers-oauth-provider 0.10.2; keycloak#53010",
        needs: &[Check::Reach],
        likes: &[Check::ClientDocuments],
    },
    Client {
        name: "Inspector",
        source: "inspector#675, #738, #1911",
        needs: &[Check::DynamicRegistration, Check::Cors],
        likes: &[],
    },
    Client {
        name: "mcp-remote",
        source: "mcp-remote README and #217",
        needs: &[Check::DynamicRegistration],
        likes: &[],
    },
    Client {
        name: "opencode",
        source: "opencode#47737, #47743",
        needs: &[],
        likes: &[Check::ClientDocuments],
    },
    SERVER,
];

/// What the server needs to check its tokens, whatever the client.
const SERVER: Client = Client {
    name: "the server",
    source: "RFC 9068 section 4, RFC 7519 section 4.1.4",
    needs: &[Check::ServerMetadata, Check::Issuer, Check::Keys, Check::Clock],
    likes: &[],
};

impl Client {
    /// What a finding means for it; nothing when it does not care.
    pub fn verdict(&self, finding: &Finding) -> Option<Verdict> {
        let is_in = |checks: &[Check]| checks.contains(&finding.check);
        if is_in(self.needs) || (self.is_a_client() && is_in(COMMON)) {
            Some(finding.verdict)
        } else if is_in(self.likes) {
            Some(finding.verdict.min(Verdict::Warning))
        } else {
            None
        }
    }

    /// How many columns it takes.
    pub(super) fn width(&self) -> usize {
        self.name.len().max(Verdict::Warning.name().len())
    }

    fn is_a_client(&self) -> bool {
        self.name != SERVER.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(client: &str, finding: &Finding) -> Option<Verdict> {
        let client = CLIENTS.iter().find(|other| other.name == client).unwrap();
        client.verdict(finding)
    }

    #[test]
    fn every_check_matters_to_somebody_and_every_row_has_its_source() {
        for check in Check::ALL {
            let finding = check.broken("", "");
            let matters = CLIENTS
                .iter()
                .any(|client| client.verdict(&finding) == Some(Verdict::Broken));
            assert!(matters || check == Check::ClientDocuments, "{check:?}");
        }
        assert!(CLIENTS.iter().all(|client| !client.source.is_empty()));
    }

    #[test]
    fn what_keeps_one_client_out_does_not_concern_another() {
        let exact = Check::ResourceExact.broken("", "");
        assert_eq!(verdict("VS Code", &exact), Some(Verdict::Broken));
        assert_eq!(verdict("Codex", &exact), Some(Verdict::Warning));
        assert_eq!(verdict("Claude Code", &exact), None);
        let keys = Check::Keys.broken("", "");
        assert_eq!(verdict("the server", &keys), Some(Verdict::Broken));
        assert_eq!(verdict("the server", &Check::Challenge.broken("", "")), None);
        assert_eq!(verdict("VS Code", &keys), None);
    }
}

//! Documents of well-known clients, for an issuer that cannot reach the client's own: one without a way
//! to the Internet, or on a day when the client's server is down.
//!
//! A client that finds Client ID Metadata Documents advertised does not fall back to registration when its
//! document cannot be fetched, so its people could not sign in at all. A seed serves only then, and the log
//! says so. It holds what the client is known to publish, no more: of other clients than Claude Code the address of the
//! document is known here and not all of its words, and a guess could send codes to a stranger. The settings name a file
//! with more.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;
use shared::fetch::guarded::Reach;

use super::document;
use crate::client::metadata::ClientMetadata;
use crate::client::remote::url::ClientUrl;

/// What ships with the issuer.
const SHIPPED: &str = include_str!("seeds.json");

/// The seeds by client identifier.
#[derive(Debug)]
pub(super) struct Seeds(HashMap<String, ClientMetadata>);

impl Seeds {
    /// The seeds that ship, and those of a file; where both have one the file's holds.
    pub(super) fn open(file: Option<&Path>, reach: Reach) -> Result<Self, String> {
        let mut seeds = read(SHIPPED, reach)?;
        if let Some(path) = file {
            let named = |error: String| format!("ISSUER_CIMD_SEED_FILE={}: {error}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
            seeds.extend(read(&text, reach).map_err(named)?);
        }
        Ok(Self(seeds))
    }

    pub(super) fn find(&self, client_id: &str) -> Option<&ClientMetadata> {
        self.0.get(client_id)
    }
}

fn read(text: &str, reach: Reach) -> Result<HashMap<String, ClientMetadata>, String> {
    let documents: Vec<Value> =
        serde_json::from_str(text).map_err(|error| format!("it is not a JSON array of documents: {error}"))?;
    let seed = |document: Value| {
        let client_id = document
            .get("client_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let named = |error: String| format!("the document of {client_id:?}: {error}");
        ClientUrl::parse(&client_id, reach).map_err(|error| named(error.to_string()))?;
        let metadata = document::parse(document.to_string().as_bytes(), &client_id, reach).map_err(named)?;
        Ok((client_id, metadata))
    };
    documents.into_iter().map(seed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";

    #[test]
    fn claude_codes_document_ships() {
        let seeds = Seeds::open(None, Reach::Public).unwrap();
        let claude_code = seeds.find(CLAUDE_CODE).unwrap();
        for port in ["http://localhost:3118/callback", "http://127.0.0.1:50000/callback"] {
            assert!(claude_code.redirect_uri(port).is_some(), "{port}");
        }
        assert!(claude_code.redirect_uri("http://localhost:3118/other").is_none());
    }

    #[test]
    fn a_file_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seeds.json");
        let own = format!(
            r#"[{{"client_id": "{CLAUDE_CODE}", "redirect_uris": ["http://localhost/other"]}},
                {{"client_id": "https://client.example/a", "redirect_uris": ["https://client.example/cb"]}}]"#
        );
        std::fs::write(&path, own).unwrap();
        let seeds = Seeds::open(Some(&path), Reach::Public).unwrap();
        assert!(
            seeds
                .find(CLAUDE_CODE)
                .unwrap()
                .redirect_uri("http://localhost:3118/callback")
                .is_none()
        );
        assert!(seeds.find("https://client.example/a").is_some());
    }

    #[test]
    fn a_file_that_is_wrong_stops_the_start_and_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seeds.json");
        for (text, part) in [
            ("{}", "JSON array"),
            (r#"[{"client_id": "https://client.example"}]"#, "client.example"),
            (r#"[{"client_id": "https://client.example/a"}]"#, "redirect_uris"),
            ("[1]", "document"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Seeds::open(Some(&path), Reach::Public).unwrap_err();
            assert!(
                error.contains("ISSUER_CIMD_SEED_FILE") && error.contains(part),
                "{error}"
            );
        }
        assert!(Seeds::open(Some(&folder.path().join("none")), Reach::Public).is_err());
    }
}

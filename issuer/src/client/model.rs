//! A client as it is known: who it is, what it said of itself, where that comes from, and what is kept with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::clock::NumericDate;

use super::metadata::ClientMetadata;
use super::remote::budget::Known;
use crate::redirect_uri::RedirectUri;
use crate::store::Store;
use crate::store::clients::{ClientRow, ClientState, RememberedClient};
use crate::store::stored_clients::{LiveSecret, Service, StoredClient};

/// A client's identifier: issued at registration, or a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(pub(super) String);

impl ClientId {
    /// The text as clients send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a client's metadata comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It registered, and only its row has it.
    Registered,
    /// It registered, and its identifier has it.
    SelfDescribing,
    /// Its document, fetched at this time; 0 when it is not the client's own copy.
    MetadataDocument(NumericDate),
}

impl Source {
    /// The word that is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SelfDescribing => "self_describing",
            Self::MetadataDocument(_) => "metadata_document",
        }
    }

    pub(super) fn metadata_at(self) -> NumericDate {
        match self {
            Self::MetadataDocument(fetched_at) => fetched_at,
            Self::Registered | Self::SelfDescribing => 0,
        }
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier.
    pub client_id: ClientId,
    /// What it said of itself, as far as it was accepted.
    pub metadata: ClientMetadata,
    /// Where that comes from.
    pub source: Source,
    /// When it registered, or was first allowed.
    pub created_at: NumericDate,
    /// When it last got a code or a token.
    pub last_used_at: NumericDate,
    /// When it was blocked.
    pub blocked_at: Option<NumericDate>,
    /// What it may do by itself.
    pub service: Service,
    /// Which of its states in the database it was read in; `None` where nothing need look whether it still is, as with a
    /// client that was read for the request that it authenticates.
    pub revision: Option<i64>,
    pub(super) has_row: bool,
    /// Bytes of its metadata as they are stored; 0 where they are not.
    pub(super) size: usize,
    /// Its secrets that had not ended when they were read.
    pub(super) secrets: Vec<LiveSecret>,
}

impl Client {
    /// A client that has no row.
    pub(super) fn without_row(client_id: &str, metadata: ClientMetadata, source: Source, now: NumericDate) -> Self {
        Self {
            revision: None,
            has_row: false,
            size: 0,
            client_id: ClientId(client_id.to_owned()),
            metadata,
            source,
            created_at: now,
            last_used_at: now,
            blocked_at: None,
            service: Service::default(),
            secrets: Vec::new(),
        }
    }

    /// The same, for one request that it was read for.
    pub(super) fn without_revision(self) -> Self {
        let revision = None;
        Self { revision, ..self }
    }

    /// Who a statement acts for.
    pub fn state(&self) -> ClientState<'_> {
        ClientState {
            client_id: self.client_id.as_str(),
            revision: self.revision,
        }
    }

    /// The host whose document it is.
    pub fn document_host(&self) -> Option<&str> {
        match self.source {
            Source::MetadataDocument(_) => self.client_id.as_str().split('/').nth(2),
            Source::Registered | Source::SelfDescribing => None,
        }
    }

    /// Whether somebody here allowed or used it before, so that fetching for it has a budget apart.
    pub(super) fn known(&self) -> Known {
        match self.source {
            Source::MetadataDocument(_) | Source::SelfDescribing if self.has_row => Known::Yes,
            Source::Registered if self.last_used_at > self.created_at => Known::Yes,
            Source::Registered | Source::MetadataDocument(_) | Source::SelfDescribing => Known::No,
        }
    }

    /// Keeps a client that a person allows, so that its tokens need nothing else from now on.
    pub async fn remember(&self, store: &Store, now: NumericDate) -> Result<(), sqlx::Error> {
        match self.source {
            Source::Registered => return Ok(()),
            // Its identifier says all of it, so the row says the same.
            Source::SelfDescribing if self.has_row => return Ok(()),
            Source::SelfDescribing | Source::MetadataDocument(_) => {}
        }
        let metadata = self.stored_metadata()?;
        store.remember_client(self.as_remembered(&metadata), now).await
    }

    /// Replaces what is stored of a client whose document is another now.
    pub(super) async fn renew(&self, store: &Store) -> Result<(), sqlx::Error> {
        let metadata = self.stored_metadata()?;
        let hash = self.metadata_hash()?;
        store.renew_client_metadata(self.as_remembered(&metadata), &hash).await
    }

    /// What a consent knows the client by.
    pub fn metadata_hash(&self) -> Result<String, sqlx::Error> {
        metadata_hash(&self.metadata)
    }

    /// The document that holds for a request, as it is kept with that; `None` where the client is looked up anew.
    pub fn document(&self) -> Result<Option<String>, sqlx::Error> {
        match self.source {
            Source::MetadataDocument(fetched_at) => as_json(&(&self.metadata, fetched_at)).map(Some),
            Source::Registered | Source::SelfDescribing => Ok(None),
        }
    }

    pub(super) fn stored_metadata(&self) -> Result<String, sqlx::Error> {
        as_json(&self.metadata)
    }

    pub(super) fn as_remembered<'a>(&'a self, metadata: &'a str) -> RememberedClient<'a> {
        RememberedClient {
            client_id: self.client_id.as_str(),
            metadata,
            source: self.source.as_str(),
            metadata_at: self.source.metadata_at(),
        }
    }
}

/// By what a consent knows a client again as the person saw it: the SHA-256 in base64url of its name, where its answers may
/// go and how it authenticates. Not of what nobody is shown: a key or version that changes asks nobody again.
pub(super) fn metadata_hash(metadata: &ClientMetadata) -> Result<String, sqlx::Error> {
    let mut uris: Vec<&str> = metadata.redirect_uris.iter().map(RedirectUri::as_str).collect();
    uris.sort_unstable();
    let seen = as_json(&(&metadata.client_name, uris, metadata.token_endpoint_auth_method))?;
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(seen.as_bytes())))
}

fn as_json(what: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(what).map_err(|error| sqlx::Error::Encode(error.into()))
}

impl TryFrom<ClientRow> for Client {
    type Error = sqlx::Error;

    fn try_from(row: ClientRow) -> Result<Self, sqlx::Error> {
        let metadata = serde_json::from_str(&row.metadata).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let source = match row.source.as_str() {
            "self_describing" => Source::SelfDescribing,
            "metadata_document" => Source::MetadataDocument(row.metadata_at),
            _ => Source::Registered,
        };
        Ok(Self {
            revision: None,
            has_row: true,
            size: row.metadata.len(),
            client_id: ClientId(row.client_id),
            metadata,
            source,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            blocked_at: row.blocked_at,
            service: Service::default(),
            secrets: Vec::new(),
        })
    }
}

impl TryFrom<StoredClient> for Client {
    type Error = sqlx::Error;

    fn try_from(stored: StoredClient) -> Result<Self, sqlx::Error> {
        Ok(Self {
            service: stored.service,
            secrets: stored.secrets,
            revision: Some(stored.revision),
            ..stored.row.try_into()?
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The hash of a client that says this, too.
    fn hash(name: &str, value: Value) -> String {
        let mut said = json!({
            "client_name": "A client",
            "redirect_uris": ["https://client.example/a", "https://client.example/b"],
            "token_endpoint_auth_method": "none",
        });
        said[name] = value;
        let metadata = ClientMetadata::read(serde_json::from_value(said).unwrap(), None).unwrap();
        metadata_hash(&metadata).unwrap()
    }

    #[test]
    fn a_consent_is_to_what_the_person_is_shown_and_to_nothing_else() {
        let before = hash("client_name", json!("A client"));
        for (name, value) in [
            ("software_version", json!("2.0")),
            ("contacts", json!(["support@client.example"])),
            ("logo_uri", json!("https://client.example/logo.png")),
            ("grant_types", json!(["refresh_token", "authorization_code"])),
            (
                "redirect_uris",
                json!(["https://client.example/b", "https://client.example/a"]),
            ),
        ] {
            assert_eq!(hash(name, value), before, "{name}");
        }
        for (name, value) in [
            ("client_name", json!("Your Bank")),
            ("redirect_uris", json!(["https://client.example/a"])),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
        ] {
            assert_ne!(hash(name, value), before, "{name}");
        }
    }
}

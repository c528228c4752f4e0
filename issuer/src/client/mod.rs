//! Clients: who asks for tokens (RFC 6749 section 2, RFC 7591).

mod assertion;
pub mod authentication;
mod block;
pub mod cimd;
mod find;
mod jwks;
pub mod key_sets;
pub mod management;
pub mod metadata;
pub mod method;
pub mod registration;
pub mod remote;
pub mod secret;
mod self_describing;
pub mod stored;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use shared::clock::NumericDate;

use crate::store::Store;
use crate::store::clients::{ClientRow, RememberedClient};
pub use block::{block, unblock};
pub use find::{Sought, find, find_for_authorization, list, pinned};
pub use metadata::ClientMetadata;
use remote::budget::Known;

/// A client's identifier: issued at registration, or a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(String);

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

    fn metadata_at(self) -> NumericDate {
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
    has_row: bool,
}

impl Client {
    /// A client that has no row.
    fn without_row(client_id: &str, metadata: ClientMetadata, source: Source, now: NumericDate) -> Self {
        Self {
            has_row: false,
            client_id: ClientId(client_id.to_owned()),
            metadata,
            source,
            created_at: now,
            last_used_at: now,
            blocked_at: None,
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
    fn known(&self) -> Known {
        match self.source {
            Source::MetadataDocument(_) | Source::SelfDescribing if self.has_row => Known::Yes,
            Source::Registered if self.last_used_at > self.created_at => Known::Yes,
            Source::Registered | Source::MetadataDocument(_) | Source::SelfDescribing => Known::No,
        }
    }

    /// Keeps a client that a person allows, so that its tokens need nothing else from now on.
    pub async fn remember(&self, store: &Store, now: NumericDate) -> Result<(), sqlx::Error> {
        if self.source == Source::Registered {
            return Ok(());
        }
        let metadata = self.stored_metadata()?;
        store.remember_client(self.as_remembered(&metadata), now).await
    }

    /// Replaces what is stored of a client whose document is another now.
    async fn renew(&self, store: &Store) -> Result<(), sqlx::Error> {
        let metadata = self.stored_metadata()?;
        let hash = self.metadata_hash()?;
        store.renew_client_metadata(self.as_remembered(&metadata), &hash).await
    }

    /// By what a consent knows the client again as the person saw it: the SHA-256 of its metadata in base64url.
    pub fn metadata_hash(&self) -> Result<String, sqlx::Error> {
        let metadata = self.stored_metadata()?;
        Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(metadata.as_bytes())))
    }

    fn stored_metadata(&self) -> Result<String, sqlx::Error> {
        serde_json::to_string(&self.metadata).map_err(|error| sqlx::Error::Encode(error.into()))
    }

    fn as_remembered<'a>(&'a self, metadata: &'a str) -> RememberedClient<'a> {
        RememberedClient {
            client_id: self.client_id.as_str(),
            metadata,
            source: self.source.as_str(),
            metadata_at: self.source.metadata_at(),
        }
    }
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
            has_row: true,
            client_id: ClientId(row.client_id),
            metadata,
            source,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            blocked_at: row.blocked_at,
        })
    }
}

//! Which client an identifier names.
//!
//! At the token endpoint a row is enough, and nothing is fetched but keys: refreshing works while the client's
//! server is down. At the authorization endpoint a client with a document is looked at anew, and only when
//! its document cannot be reached does what was known before serve, for a while, or a seed.

use shared::clock::NumericDate;

use super::cimd::Failure;
use super::remote::budget::Known;
use super::remote::url::ClientUrl;
use super::{Client, ClientMetadata, Source, self_describing};
use crate::app::App;
use crate::store::Store;
use crate::store::clients::ClientRow;
use crate::store::stored_clients::StoredClient;

/// Seconds for which a document that was fetched before serves while the client's server cannot be reached.
const REMEMBERED_SECONDS: NumericDate = 7 * 86_400;

/// What came of looking for a client at the authorization endpoint.
#[derive(Debug)]
pub enum Sought {
    /// This is it.
    Found(Box<Client>),
    /// Nobody knows it.
    Unknown,
    /// It may not be used here any more.
    Blocked,
    /// Its document is of no use.
    NoDocument(Failure),
}

/// The client with this identifier, or `None` when it is not known here or blocked. Nothing is fetched.
pub async fn find(app: &App, client_id: &str) -> Result<Option<Client>, sqlx::Error> {
    match row_of(app, client_id).await? {
        Some(stored) if stored.row.blocked_at.is_some() => Ok(None),
        Some(stored) => Client::try_from(stored).map(Some),
        None => Ok(of_identifier(app, client_id)),
    }
}

/// No row has a NUL in its identifier; PostgreSQL cannot even be asked for one, and answers with an error.
async fn row_of(app: &App, client_id: &str) -> Result<Option<StoredClient>, sqlx::Error> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    app.store.find_stored_client(client_id, app.clock.now()).await
}

/// The client whose identifier says what it is.
pub(super) fn of_identifier(app: &App, client_id: &str) -> Option<Client> {
    let metadata = self_describing::open(&app.keys.mac, client_id)?;
    let now = app.clock.now();
    Some(Client::without_row(client_id, metadata, Source::SelfDescribing, now))
}

/// The client that wants an authorization; its document is fetched when it has one.
pub async fn find_for_authorization(app: &App, client_id: &str) -> Result<Sought, sqlx::Error> {
    let row = row_of(app, client_id).await?;
    if row.as_ref().is_some_and(|stored| stored.row.blocked_at.is_some()) {
        return Ok(Sought::Blocked);
    }
    if ClientUrl::is_meant(client_id) {
        return of_document(app, client_id, row.map(|stored| stored.row)).await;
    }
    let found = row.map(Client::try_from).transpose()?;
    let found = found.or_else(|| of_identifier(app, client_id));
    Ok(found.map_or(Sought::Unknown, |client| Sought::Found(Box::new(client))))
}

/// What a client that has a document says now, and what any other registered; `None` when there is no such document any
/// more. What is new replaces what is stored: a key that was withdrawn does not come back when the client's server is down.
pub(super) async fn newest_metadata(app: &App, client: &Client) -> Result<Option<ClientMetadata>, sqlx::Error> {
    let known = || Ok(Some(client.metadata.clone()));
    let url = match client.source {
        Source::MetadataDocument(_) => app.documents.read(client.client_id.as_str()),
        Source::Registered | Source::SelfDescribing => None,
    };
    let Some(url) = url else { return known() };
    let document = match app.documents.find(&url, client.known()).await {
        Ok(document) => document,
        Err(Failure::Unreachable(_)) => return known(),
        Err(Failure::Refused(_)) => return Ok(None),
    };
    if document.metadata != client.metadata && client.source.metadata_at() < document.fetched_at {
        let newer = Client {
            metadata: document.metadata.clone(),
            source: Source::MetadataDocument(document.fetched_at),
            ..client.clone()
        };
        newer.renew(&app.store).await?;
    }
    Ok(Some(document.metadata.clone()))
}

async fn of_document(app: &App, client_id: &str, row: Option<ClientRow>) -> Result<Sought, sqlx::Error> {
    let url = app.documents.read(client_id).filter(|_| app.documents.is_on());
    let Some(url) = url else {
        return Ok(Sought::Unknown);
    };
    let (now, has_row) = (app.clock.now(), row.is_some());
    let known = if has_row { Known::Yes } else { Known::No };
    let client = |metadata, at| Client {
        has_row,
        ..Client::without_row(client_id, metadata, Source::MetadataDocument(at), now)
    };
    let found = |metadata, at| Sought::Found(Box::new(client(metadata, at)));
    let failure = match app.documents.find(&url, known).await {
        Ok(document) => {
            let newest = client(document.metadata.clone(), document.fetched_at);
            let stored = newest.stored_metadata()?;
            // A clock that was ahead may have stored it from later; nothing would be written, again and again.
            let is_newer = |row: ClientRow| row.metadata_at < document.fetched_at && row.metadata != stored;
            if row.is_some_and(is_newer) {
                newest.renew(&app.store).await?;
            }
            return Ok(Sought::Found(Box::new(newest)));
        }
        Err(failure @ Failure::Refused(_)) => return Ok(Sought::NoDocument(failure)),
        Err(failure) => failure,
    };
    let before = row.filter(|row| now - row.metadata_at < REMEMBERED_SECONDS);
    if let Some(client) = before.map(Client::try_from).transpose()? {
        log::warn!(client_id = client_id; "the client's document cannot be reached; the one from before is used");
        return Ok(Sought::Found(Box::new(client)));
    }
    match app.documents.seed(&url) {
        Some(metadata) => Ok(found(metadata, 0)),
        None => Ok(Sought::NoDocument(failure)),
    }
}

/// A client with the document that held when its request began; `None` when it was blocked since.
pub async fn pinned(
    app: &App,
    client_id: &str,
    metadata: ClientMetadata,
    fetched_at: NumericDate,
) -> Result<Option<Client>, sqlx::Error> {
    let row = app.store.find_client(client_id).await?;
    let blocked = row.is_some_and(|row| row.blocked_at.is_some());
    let source = Source::MetadataDocument(fetched_at);
    Ok((!blocked).then(|| Client::without_row(client_id, metadata, source, app.clock.now())))
}

/// The client that a request was kept for: by the document that was kept with it, or as it is known now.
pub async fn kept(app: &App, client_id: &str, document: Option<&str>) -> Result<Option<Client>, sqlx::Error> {
    let Some(document) = document else {
        return find(app, client_id).await;
    };
    let (metadata, at) = serde_json::from_str(document).map_err(|error| sqlx::Error::Decode(error.into()))?;
    pinned(app, client_id, metadata, at).await
}

/// All clients, the last used first.
pub async fn list(store: &Store) -> Result<Vec<Client>, sqlx::Error> {
    store.list_clients().await?.into_iter().map(Client::try_from).collect()
}

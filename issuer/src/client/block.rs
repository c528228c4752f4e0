//! Blocking a client: whatever its identifier says, it gets no code and no token from then on.
//!
//! That is a row, also for a client that had none: an identifier that describes itself cannot be taken back in
//! any other way.

use serde_json::json;

use super::find::of_identifier;
use super::remote::url::ClientUrl;
use super::{Client, Source};
use crate::app::App;

/// Blocks a client; `false` when nothing like it can be known here.
pub async fn block(app: &App, client_id: &str) -> Result<bool, sqlx::Error> {
    let row = app
        .store
        .find_client(client_id)
        .await?
        .map(Client::try_from)
        .transpose()?;
    let client = row
        .or_else(|| of_identifier(app, client_id))
        .or_else(|| of_url(app, client_id));
    let Some(client) = client else {
        return Ok(false);
    };
    let metadata = client.stored_metadata()?;
    app.store
        .block_client(client.as_remembered(&metadata), app.clock.now())
        .await?;
    Ok(true)
}

/// Lets a blocked client be used again; `false` when it was not blocked.
pub async fn unblock(app: &App, client_id: &str) -> Result<bool, sqlx::Error> {
    app.store.unblock_client(client_id, app.clock.now()).await
}

/// A client with a document that nobody allowed yet: nothing is known of it, and nothing is fetched to block it.
/// Its row says that no answer goes anywhere, and no grant is taken.
fn of_url(app: &App, client_id: &str) -> Option<Client> {
    let url = app
        .documents
        .read(client_id)
        .filter(|_| ClientUrl::is_meant(client_id))?;
    let nothing = json!({"redirect_uris": [], "token_endpoint_auth_method": "none", "grant_types": [],
        "response_types": [], "application_type": "web"});
    let metadata = serde_json::from_value(nothing).ok()?;
    let source = Source::MetadataDocument(0);
    Some(Client::without_row(url.as_str(), metadata, source, app.clock.now()))
}

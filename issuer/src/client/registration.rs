//! The client registration endpoint: RFC 7591 section 3.
//!
//! 1. read the JSON, 2. decide what holds, 3. put it into an identifier, 4. tell the client all of it.
//!
//! Anybody may register: MCP clients do it by themselves before anyone has signed in. A registration
//! allows nothing; a person must consent to each client. The same registration is the same client, since
//! many register at each start; but a client gets a secret when it asks for a method that needs one, and is then
//! stored, another one each time. Easy to get wrong: answering with a secret that
//! was not asked for, or with `null` members: both make clients give up.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use shared::http::access_log::note_client;

use super::metadata::{ClientMetadata, InvalidMetadata, Registration};
use super::method::AuthMethod;
use super::stored::{self, ClientInformation, Origin};
use super::{management, self_describing};
use crate::app::App;
use crate::body;
use crate::error::{ErrorCode, OAuthError};
use crate::store::purge::UNUSED_CLIENTS_KEPT;

/// Bytes of metadata that are stored.
const STORED_BYTES: usize = 16 << 10;

/// `POST /oauth/register`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let asked = read(&request, body).await?;
    let mut metadata = metadata(&app, asked)?;
    if metadata.token_endpoint_auth_method != AuthMethod::None {
        return confidential(&app, &request, &metadata).await;
    }
    let client_id = identifier(&app, &mut metadata).await?;
    let now = app.clock.now();
    note_client(&request, &client_id);
    app.metrics.registration();
    Ok(created(&ClientInformation::new(&client_id, now, &metadata)))
}

/// What holds of what was asked, here and now.
pub(super) fn metadata(app: &App, asked: Registration) -> Result<ClientMetadata, OAuthError> {
    let mut metadata = ClientMetadata::read(asked, app.documents.reach())?;
    if !app.config.device_grant {
        metadata.drop_device_code()?;
    }
    Ok(metadata)
}

/// A client that authenticates is stored, and every registration is another one: each has a secret of its own.
async fn confidential(app: &App, request: &HttpRequest, metadata: &ClientMetadata) -> Result<HttpResponse, OAuthError> {
    let now = app.clock.now();
    to_store(metadata)?;
    app.store.make_room_for_registration(UNUSED_CLIENTS_KEPT, now).await?;
    let stored = stored::keep(&app.store, metadata, Origin::Registered, now).await?;
    note_client(request, stored.client_id());
    app.metrics.registration();
    let information = stored.information(metadata);
    Ok(created(&match stored.registration_access_token() {
        Some(token) => information.managed_at(management::uri(app, stored.client_id()), token),
        None => information,
    }))
}

fn created(answer: &ClientInformation<'_>) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(answer)
}

/// An identifier that says what the client is, and nothing is stored; only what is too large for one gets a row.
async fn identifier(app: &App, metadata: &mut ClientMetadata) -> Result<String, OAuthError> {
    if let Some(client_id) = self_describing::seal(&app.keys.mac, metadata) {
        return Ok(client_id);
    }
    let (kept, now) = (to_store(metadata)?, app.clock.now());
    let client_id = self_describing::of_stored(&app.keys.mac, &kept);
    app.store.make_room_for_registration(UNUSED_CLIENTS_KEPT, now).await?;
    app.store.insert_client(&client_id, &kept, now).await?;
    Ok(client_id)
}

/// The metadata as it is stored, unless it is larger than any client needs: rows of strangers must stay small.
pub(super) fn to_store(metadata: &ClientMetadata) -> Result<String, OAuthError> {
    let text = serde_json::to_string(metadata).map_err(OAuthError::server_error)?;
    if text.len() > STORED_BYTES {
        let description = format!("the metadata is larger than {STORED_BYTES} bytes");
        return Err(OAuthError::new(ErrorCode::InvalidClientMetadata, description));
    }
    Ok(text)
}

/// The body as JSON.
pub(super) async fn read<T: DeserializeOwned>(request: &HttpRequest, body: Payload) -> Result<T, OAuthError> {
    let refused = |text: String| OAuthError::new(ErrorCode::InvalidClientMetadata, text);
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(refused("the body must be application/json".to_owned()));
    }
    let body = body::read(body).await.map_err(|error| refused(error.to_string()))?;
    // serde's words name the member and the type that was expected; nothing in here is a secret.
    serde_json::from_slice(&body).map_err(|error| refused(format!("the body is not client metadata: {error}")))
}

impl From<InvalidMetadata> for OAuthError {
    fn from(error: InvalidMetadata) -> Self {
        match error {
            InvalidMetadata::RedirectUri(text) => Self::new(ErrorCode::InvalidRedirectUri, text),
            InvalidMetadata::Other(text) => Self::new(ErrorCode::InvalidClientMetadata, text),
        }
    }
}

//! The client registration endpoint: RFC 7591 section 3.
//!
//! 1. read the JSON, 2. decide what holds, 3. keep it under a new identifier, 4. tell the client all of it.
//!
//! Anybody may register: MCP clients do it by themselves before anyone has signed in. A registration
//! allows nothing; a person must consent to each client. Easy to get wrong: answering with a secret that
//! was not asked for, or with `null` members: both make clients give up.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use shared::clock::NumericDate;
use shared::http::access_log::note_client;

use super::metadata::{ClientMetadata, InvalidMetadata, Registration};
use crate::app::App;
use crate::body;
use crate::error::{ErrorCode, OAuthError};

/// RFC 7591 section 3.2.1.
#[derive(Serialize)]
struct ClientInformation<'a> {
    client_id: &'a str,
    client_id_issued_at: NumericDate,
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
}

/// `POST /oauth/register`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let metadata = ClientMetadata::try_from(read(&request, body).await?)?;
    let client_id = shared::random::uuid()?;
    let now = app.clock.now();
    let kept = serde_json::to_string(&metadata).map_err(OAuthError::server_error)?;
    app.store.insert_client(&client_id, &kept, now).await?;
    note_client(&request, &client_id);
    let answer = ClientInformation {
        client_id: &client_id,
        client_id_issued_at: now,
        metadata: &metadata,
    };
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(answer))
}

async fn read(request: &HttpRequest, body: Payload) -> Result<Registration, OAuthError> {
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

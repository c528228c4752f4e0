//! What is issued: RFC 6749 section 5.1.

pub mod access_token;
pub mod refresh_token;

use serde::Serialize;
use shared::clock::NumericDate;
use shared::scope::Scope;

use crate::app::App;
use crate::error::OAuthError;
use crate::store::grants::{Counter, Grant};

/// The successful answer of the token endpoint.
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// A JWT (RFC 9068).
    pub access_token: String,
    /// `Bearer` (RFC 6750).
    pub token_type: &'static str,
    /// Seconds until the access token ends; clients refresh by it.
    pub expires_in: NumericDate,
    /// For clients that take the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the access token allows: clients asked for whatever they found listed.
    pub scope: Scope,
}

/// Issues an access token, and the refresh token with this counter when there is one.
pub fn issue(app: &App, grant: &Grant, scope: Scope, counter: Option<Counter>) -> Result<TokenResponse, OAuthError> {
    let now = app.clock.now();
    let claims = access_token::claims(app, grant, &scope, now)?;
    Ok(TokenResponse {
        access_token: access_token::sign(app, &claims)?,
        token_type: "Bearer",
        expires_in: claims.exp - claims.iat,
        refresh_token: counter.map(|counter| refresh_token::mint(&app.keys.mac, grant.grant_id, counter)),
        scope,
    })
}

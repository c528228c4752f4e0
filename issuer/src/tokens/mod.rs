//! What is issued: RFC 6749 section 5.1.

pub mod access_token;
pub mod id_token;
pub mod refresh_token;

use serde::Serialize;
use shared::audience::Audience;
use shared::claims::Confirmation;
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
    /// `Bearer` (RFC 6750), or `DPoP` for a bound one (RFC 9449 section 5).
    pub token_type: &'static str,
    /// Seconds until the access token ends; clients refresh by it.
    pub expires_in: NumericDate,
    /// For clients that take the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the access token allows: clients asked for whatever they found listed.
    pub scope: Scope,
    /// For clients that were granted `openid` (OpenID Connect Core 1.0 section 3.1.3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

/// What there is to issue.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    /// The grant that everything belongs to.
    pub grant: &'a Grant,
    /// What of it the tokens are for.
    pub scope: Scope,
    /// Which of its resources the access token is for.
    pub audience: &'a Audience,
    /// The refresh token's counter, when there is one.
    pub counter: Option<Counter>,
    /// The `nonce` of the authorization request that is answered with this.
    pub nonce: Option<String>,
    /// The key that the access token is bound to.
    pub jkt: Option<&'a str>,
}

/// Issues an access token, and what belongs beside it.
pub async fn issue(app: &App, issue: Issue<'_>) -> Result<TokenResponse, OAuthError> {
    let Issue {
        grant,
        scope,
        audience,
        counter,
        nonce,
        jkt,
    } = issue;
    let mut claims = access_token::claims(app, grant, (&scope, audience), app.clock.now())?;
    claims.cnf = jkt.map(|jkt| Confirmation { jkt: jkt.to_owned() });
    let access_token = access_token::sign(app, &claims)?;
    let id_token = if scope.contains("openid") {
        Some(id_token::issue(app, grant, &scope, nonce, (&access_token, claims.exp)).await?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        id_token,
        token_type: if jkt.is_some() { "DPoP" } else { "Bearer" },
        expires_in: claims.exp - claims.iat,
        refresh_token: counter.map(|counter| refresh_token::mint(&app.keys.mac, grant.grant_id, counter)),
        scope,
    })
}

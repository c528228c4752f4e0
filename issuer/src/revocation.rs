//! The revocation endpoint: RFC 7009.
//!
//! 1. read the form, 2. authenticate the client, 3. end the grant that the token belongs to, 4. answer 200.
//!
//! Giving back either token ends the whole grant: who signs out means all of it (RFC 7009 section 2.1 allows it
//! for refresh tokens and suggests it for access tokens). Easy to get wrong: (1) an error for a token
//! that is unknown or has ended, where 200 is due (section 2.2), since clients sign out with what they have;
//! (2) letting a client end another client's grant.

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use shared::claims::{AccessTokenClaims, TYP};

use crate::app::App;
use crate::client::{Client, authentication};
use crate::error::OAuthError;
use crate::form;
use crate::status_lists;
use crate::store::audit::{AuditEvent, AuditKind};
use crate::store::grants::GrantId;
use crate::tokens::{access_token, refresh_token};

/// `POST /oauth/revoke`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let params = form::read(&request, body).await?;
    let client = authentication::authenticate(&app, &request, &params).await?;
    let token = params.one("token")?;
    revoke_of_service(&app, &client, token).await?;
    if let Some(grant_id) = grant_of(&app, token) {
        // The statement names the client: another client's grant stays, and the answer does not tell.
        app.store
            .revoke_grant(grant_id, client.client_id.as_str(), app.clock.now())
            .await?;
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .finish())
}

/// A token that the client got for itself belongs to no grant that is stored: it alone ends.
async fn revoke_of_service(app: &App, client: &Client, token: &str) -> Result<(), OAuthError> {
    let client_id = client.client_id.as_str();
    let own = |claims: &AccessTokenClaims| claims.sub == client_id && claims.client_id == client_id;
    if let Some(claims) = access_token::verify(app, token).filter(own) {
        let entry = claims.status.and_then(|status| status_lists::entry(app, &status));
        if let Some(entry) = entry
            && app.store.revoke_status_entry(entry).await?
        {
            let event = AuditEvent::new(AuditKind::TokenRevoked, app.clock.now()).client(client_id);
            app.store.audit(&event).await?;
        }
    }
    Ok(())
}

/// The grant of a token that is genuine. `token_type_hint` is not needed: the two kinds look different.
fn grant_of(app: &App, token: &str) -> Option<GrantId> {
    if let Some((grant_id, _)) = refresh_token::parse(&app.keys.mac, token) {
        return Some(grant_id);
    }
    let claims: AccessTokenClaims = app.keys.signing.verify(TYP, token)?;
    GrantId::parse(&claims.grant_id)
}

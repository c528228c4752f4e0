//! Access tokens: JWTs of RFC 9068, under 1.5 kB.
//!
//! Easy to get wrong: (1) `typ` must be `at+jwt`, or an ID token could pass for one; (2) `aud` is the
//! canonical resource identifier, whatever spelling the client asked with; (3) a token must not outlive
//! its grant.

use shared::audience::Audience;
use shared::claims::{AccessTokenClaims, TYP};
use shared::clock::NumericDate;
use shared::random::{self, NoRandomness};
use shared::scope::Scope;

use crate::app::App;
use crate::error::OAuthError;
use crate::status_lists;
use crate::store::grants::Grant;

/// What a token issued now says; scope and audience are the grant's or less.
pub fn claims(
    app: &App,
    grant: &Grant,
    (scope, audience): (&Scope, &Audience),
    now: NumericDate,
) -> Result<AccessTokenClaims, NoRandomness> {
    Ok(AccessTokenClaims {
        iss: app.config.issuer.clone(),
        sub: grant.user_id.clone(),
        aud: audience.clone(),
        client_id: grant.client_id.clone(),
        scope: scope.clone(),
        iat: now,
        exp: grant.ends_at.min(now.saturating_add(lifetime(app, audience))),
        jti: random::token()?,
        grant_id: grant.grant_id.to_string(),
        cnf: None,
        status: grant.status.and_then(|entry| status_lists::status(app, entry)),
    })
}

/// Seconds for which a token for these is good. One that is configured no more has the lifetime of the settings.
fn lifetime(app: &App, audience: &Audience) -> NumericDate {
    let default = app.config.access_token_seconds;
    let target = app.config.resources.still_known(audience);
    target.map_or(default, |target| target.access_token_seconds(default))
}

/// Signs it with the newest key.
pub fn sign(app: &App, claims: &AccessTokenClaims) -> Result<String, OAuthError> {
    app.keys.signing.sign(TYP, claims).map_err(OAuthError::server_error)
}

/// The claims of a token of ours that has not ended: RFC 9068 section 4, as far as it is not the grant's.
pub fn verify(app: &App, token: &str) -> Option<AccessTokenClaims> {
    let keys = &app.keys.signing;
    let claims = app
        .verified
        .claims(token, keys.generation(), || keys.verify(TYP, token))?;
    let ours = claims.iss == app.config.issuer && app.config.resources.still_known(&claims.aud).is_some();
    (ours && app.clock.now() < claims.exp).then_some(claims)
}

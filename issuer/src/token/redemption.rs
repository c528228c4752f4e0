//! A code becomes a grant: RFC 6749 section 4.1.3, for the authorization code and the device code alike.
//!
//! One statement uses the code up and checks everything that it is bound to; it alone decides who gets tokens. Easy to get
//! wrong: a check before that statement, which another request can come in between.

use shared::audience::Audience;
use shared::scope::Scope;

use super::{Exchanged, narrowed, not_for, takes};
use crate::app::App;
use crate::client::Client;
use crate::client::method::AuthMethod;
use crate::error::OAuthError;
use crate::grant_types::REFRESH_TOKEN;
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;
use crate::store::authorization_codes::{GrantSpans, Redeemed, Redemption};
use crate::store::grants::FIRST;
use crate::store::wanted::Wanted;

/// A code, and what is sent with it.
pub(super) struct Code<'a> {
    pub(super) hash: &'a SecretHash,
    pub(super) challenge: &'a CodeChallenge,
    pub(super) redirect_uri: Option<&'a str>,
    pub(super) resource: Option<&'a Audience>,
    /// The thumbprint of the key that the client proved to hold.
    pub(super) jkt: Option<&'a str>,
}

/// Uses a code up; `None` where it is of no use.
pub(super) async fn redeem(app: &App, client: &Client, code: Code<'_>) -> Result<Option<Exchanged>, OAuthError> {
    let known = app.config.resources.known();
    let redemption = Redemption {
        code_hash: code.hash,
        client: client.state(),
        code_challenge: code.challenge,
        redirect_uri: code.redirect_uri,
        resource: Wanted::of(code.resource, &known),
        client_name: client.metadata.client_name.as_deref(),
        dpop_jkt: code.jkt,
        binds_refresh_tokens: client.metadata.token_endpoint_auth_method == AuthMethod::None,
    };
    let spans = GrantSpans {
        idle: app.config.refresh_idle_seconds,
        absolute: app.config.grant_seconds,
    };
    match app.store.redeem_code(&redemption, spans, app.clock.now()).await? {
        Redeemed::Now(grant, nonce) => {
            let (scope, audience) = narrowed(app, &grant, &Scope::default(), code.resource)?;
            Ok(Some(Exchanged {
                grant,
                scope,
                audience,
                counter: takes(client, REFRESH_TOKEN).then_some(FIRST),
                nonce,
            }))
        }
        Redeemed::OtherResource => Err(not_for(code.resource)),
        Redeemed::Refused => Ok(None),
    }
}

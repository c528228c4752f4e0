//! The authorization code grant: RFC 6749 section 4.1.3, RFC 7636 section 4.6, OAuth 2.1 section 4.1.3.
//!
//! 1. the client takes the grant, 2. code and verifier are there, 3. the resource is one of ours,
//! 4. the code is used up, which checks everything it is bound to, 5. tokens.
//!
//! OAuth 2.1 section 10.2 leaves `redirect_uri` out of the token request; when a client of RFC 6749
//! sends it, it must be the one the code was sent to.

use shared::params::Params;
use shared::scope::Scope;

use super::{Exchanged, asked_resource, must_take, narrowed, not_for, takes};
use crate::app::App;
use crate::client::Client;
use crate::client::method::AuthMethod;
use crate::error::OAuthError;
use crate::grant_types::{AUTHORIZATION_CODE, REFRESH_TOKEN};
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;
use crate::store::authorization_codes::{GrantSpans, Redeemed, Redemption};
use crate::store::grants::FIRST;
use crate::store::wanted::Wanted;

pub(super) async fn exchange(
    app: &App,
    client: &Client,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Exchanged, OAuthError> {
    must_take(client, AUTHORIZATION_CODE)?;
    let code_hash = SecretHash::of(params.one("code")?);
    let code_challenge = CodeChallenge::of(params.one("code_verifier")?).ok_or_else(OAuthError::invalid_grant)?;
    let (resource, known) = (asked_resource(app, params)?, app.config.resources.known());
    let redemption = Redemption {
        code_hash: &code_hash,
        client_id: client.client_id.as_str(),
        code_challenge: &code_challenge,
        redirect_uri: params.optional("redirect_uri")?,
        resource: Wanted::of(resource.as_ref(), &known),
        client_name: client.metadata.client_name.as_deref(),
        dpop_jkt: jkt,
        binds_refresh_tokens: client.metadata.token_endpoint_auth_method == AuthMethod::None,
    };
    let spans = GrantSpans {
        idle: app.config.refresh_idle_seconds,
        absolute: app.config.grant_seconds,
    };
    match app.store.redeem_code(&redemption, spans, app.clock.now()).await? {
        Redeemed::Now(grant, nonce) => {
            let (scope, audience) = narrowed(app, &grant, &Scope::default(), resource.as_ref())?;
            Ok(Exchanged {
                grant,
                scope,
                audience,
                counter: takes(client, REFRESH_TOKEN).then_some(FIRST),
                nonce,
            })
        }
        Redeemed::OtherResource => Err(not_for(resource.as_ref())),
        Redeemed::Refused => Err(OAuthError::invalid_grant()),
    }
}

//! The authorization code grant: RFC 6749 section 4.1.3, RFC 7636 section 4.6, OAuth 2.1 section 4.1.3.
//!
//! 1. the client takes the grant, 2. code and verifier are there, 3. the resource is one of ours,
//! 4. the code is used up, which checks everything it is bound to, 5. tokens.
//!
//! OAuth 2.1 section 10.2 leaves `redirect_uri` out of the token request; when a client of RFC 6749
//! sends it, it must be the one the code was sent to.

use shared::params::Params;

use super::redemption::{Code, redeem};
use super::{Exchanged, asked_resource, must_take};
use crate::app::App;
use crate::client::Client;
use crate::error::OAuthError;
use crate::grant_types::AUTHORIZATION_CODE;
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;

pub(super) async fn exchange(
    app: &App,
    client: &Client,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Exchanged, OAuthError> {
    must_take(client, AUTHORIZATION_CODE)?;
    let hash = SecretHash::of(params.one("code")?);
    let challenge = CodeChallenge::of(params.one("code_verifier")?).ok_or_else(OAuthError::invalid_grant)?;
    let resource = asked_resource(app, params)?;
    let code = Code {
        hash: &hash,
        challenge: &challenge,
        redirect_uri: params.optional("redirect_uri")?,
        resource: resource.as_ref(),
        jkt,
    };
    redeem(app, client, code).await?.ok_or_else(OAuthError::invalid_grant)
}

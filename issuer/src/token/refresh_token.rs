//! The refresh token grant: RFC 6749 section 6, OAuth 2.1 section 4.3.
//!
//! 1. the client takes the grant, 2. scope and resource make sense, 3. the token is genuine,
//! 4. its family goes on (or ends), 5. tokens.
//!
//! Nothing is checked after step 4 that could refuse the request: the client would have lost its token.

use shared::params::Params;
use shared::scope::Scope;

use super::{Exchanged, asked_resource, must_take, narrowed, not_for};
use crate::app::App;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::REFRESH_TOKEN;
use crate::store::grants::{Presented, Refreshed, Spans};
use crate::store::wanted::Wanted;
use crate::tokens::refresh_token;

pub(super) async fn exchange(
    app: &App,
    client: &Client,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Exchanged, OAuthError> {
    must_take(client, REFRESH_TOKEN)?;
    let asked = Scope::parse(params.optional("scope")?.unwrap_or_default())
        .map_err(|error| OAuthError::new(ErrorCode::InvalidScope, error.to_string()))?;
    let (resource, known) = (asked_resource(app, params)?, app.config.resources.known());
    let token = params.one("refresh_token")?;
    let (grant_id, counter) = refresh_token::parse(&app.keys.mac, token).ok_or_else(OAuthError::invalid_grant)?;
    let presented = Presented {
        grant_id,
        counter,
        client: client.state(),
        resource: Wanted::of(resource.as_ref(), &known),
        dpop_jkt: jkt,
    };
    let spans = Spans {
        window: app.config.refresh_grace_seconds,
        idle: app.config.refresh_idle_seconds,
    };
    match app.store.refresh(presented, spans, app.clock.now()).await? {
        Refreshed::Successor(grant, counter) => {
            let (scope, audience) = narrowed(app, &grant, &asked, resource.as_ref())?;
            Ok(Exchanged {
                grant,
                scope,
                audience,
                counter: Some(counter),
                nonce: None,
            })
        }
        Refreshed::OtherResource => Err(not_for(resource.as_ref())),
        Refreshed::Refused => Err(OAuthError::invalid_grant()),
    }
}

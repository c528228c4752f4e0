//! The token endpoint: RFC 6749 section 3.2, OAuth 2.1 section 3.2.
//!
//! 1. read the form, 2. authenticate the client, 3. look at its DPoP proof, 4. hand over to the grant,
//! 5. answer uncached.
//!
//! Easy to get wrong: any answer that is not the JSON of RFC 6749 section 5.2 makes clients loop on a
//! dead refresh token, or open a browser for no reason; so all errors are [`OAuthError`].

mod authorization_code;
mod client_credentials;
mod device_code;
mod redemption;
mod refresh_token;

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use shared::audience::Audience;
use shared::http::access_log::note_subject;
use shared::http::client_address::client_address;
use shared::params::Params;
use shared::scope::Scope;

use crate::app::App;
use crate::client::{Client, authentication};
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::{AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, REFRESH_TOKEN};
use crate::limits::RetryAfter;
use crate::metrics::GrantOutcome;
use crate::resource::Target;
use crate::store::grants::{Counter, Grant};
use crate::tokens;
use crate::{dpop, form};

const PATH: &str = "/oauth/token";
const DAY: i64 = 86_400;

/// What a grant gives: tokens for whom, for what and where, the refresh token's counter when there is one, and the
/// `nonce` of a request that is answered now.
struct Exchanged {
    grant: Grant,
    scope: Scope,
    audience: Audience,
    counter: Option<Counter>,
    nonce: Option<String>,
}

/// `POST /oauth/token`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let params = form::read(&request, body).await?;
    let client = match device_code::of_waiting(&app, &params) {
        Some(code) => authentication::authenticate_waiting(&app, &request, &params, &code).await?,
        None => authentication::authenticate_recent(&app, &request, &params).await?,
    };
    if let Some(address) = client_address(&request) {
        let counted = app.rates.of_client(client.client_id.as_str(), address, app.clock.now());
        counted.map_err(|RetryAfter(seconds)| OAuthError::too_many(seconds))?;
    }
    let jkt = dpop::proven(&app, &request, PATH, None).await?;
    let jkt = jkt.as_deref();
    let grant_type = params.one("grant_type")?;
    let exchanged = exchange_by_newest(&app, client, (&request, &params), jkt).await;
    app.metrics.grant(grant_type, outcome(&exchanged));
    let (client, exchanged) = exchanged?;
    note_subject(&request, &exchanged.grant.user_id);
    note_use(&app, &client).await;
    let answer = tokens::issue(&app, exchanged.issue(jkt)).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"));
    if let Some(nonce) = jkt.and_then(|_| dpop::next_nonce(&app)) {
        response.insert_header(("DPoP-Nonce", nonce));
    }
    Ok(response.json(answer))
}

/// What is refused by a client from memory is asked once more by the client as it is now.
async fn exchange_by_newest(
    app: &App,
    client: Arc<Client>,
    (request, params): (&HttpRequest, &Params),
    jkt: Option<&str>,
) -> Result<(Arc<Client>, Exchanged), OAuthError> {
    match exchange(app, &client, params, jkt).await {
        Ok(exchanged) => Ok((client, exchanged)),
        Err(error) if client.revision.is_some() && error.is_refusal() => {
            let newest = authentication::authenticate(app, request, params).await?;
            let exchanged = exchange(app, &newest, params, jkt).await?;
            Ok((newest, exchanged))
        }
        Err(error) => Err(error),
    }
}

async fn exchange(app: &App, client: &Client, params: &Params, jkt: Option<&str>) -> Result<Exchanged, OAuthError> {
    if jkt.is_none() && client.metadata.dpop_bound_access_tokens {
        return Err(dpop::refused(
            "the client registered for dpop_bound_access_tokens, so a DPoP proof is needed",
        ));
    }
    match params.one("grant_type")? {
        AUTHORIZATION_CODE => authorization_code::exchange(app, client, params, jkt).await,
        REFRESH_TOKEN => refresh_token::exchange(app, client, params, jkt).await,
        CLIENT_CREDENTIALS => client_credentials::exchange(app, client, params).await,
        DEVICE_CODE => device_code::exchange(app, client, params, jkt).await,
        _ => Err(OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "see grant_types_supported",
        )),
    }
}

fn outcome<T>(exchanged: &Result<T, OAuthError>) -> GrantOutcome {
    match exchanged.as_ref().map_err(|error| error.error) {
        Ok(_) => GrantOutcome::Issued,
        Err(ErrorCode::InvalidGrant) => GrantOutcome::InvalidGrant,
        Err(ErrorCode::AuthorizationPending | ErrorCode::SlowDown) => GrantOutcome::Waiting,
        Err(ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable) => GrantOutcome::Failed,
        Err(_) => GrantOutcome::Refused,
    }
}

impl Exchanged {
    fn issue<'a>(&'a self, jkt: Option<&'a str>) -> tokens::Issue<'a> {
        tokens::Issue {
            grant: &self.grant,
            scope: self.scope.clone(),
            audience: &self.audience,
            counter: self.counter,
            nonce: self.nonce.clone(),
            jkt,
        }
    }
}

/// Notes that the client is in use, once a day: more often would cost a second commit for each refresh.
/// The code is used up and the token rotated by now, so a failure here is no reason to refuse.
async fn note_use(app: &App, client: &Client) {
    let now = app.clock.now();
    if now.saturating_sub(client.last_used_at) < DAY {
        return;
    }
    if let Err(error) = app.store.touch_client(client.client_id.as_str(), now).await {
        log::warn!("cannot note that a client was used: {error}");
    }
    app.recent_clients.forget(client.client_id.as_str());
}

/// RFC 6749 section 5.2: the client must be one that takes this grant.
fn takes(client: &Client, grant_type: &str) -> bool {
    client.metadata.grant_types.iter().any(|taken| taken == grant_type)
}

fn must_take(client: &Client, grant_type: &'static str) -> Result<(), OAuthError> {
    if takes(client, grant_type) {
        Ok(())
    } else {
        Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client did not register for this grant",
        ))
    }
}

/// The resources that the request names, if any: RFC 8707 section 2.2.
fn asked_target<'a>(app: &'a App, params: &Params) -> Result<Option<Target<'a>>, OAuthError> {
    let target = app.config.resources.select(params.many("resource"));
    target.map_err(|error| OAuthError::new(ErrorCode::InvalidTarget, error.to_string()))
}

fn asked_resource(app: &App, params: &Params) -> Result<Option<Audience>, OAuthError> {
    Ok(asked_target(app, params)?.map(|target| target.audience()))
}

/// What of a grant the access token is for: RFC 6749 section 6, RFC 8707 section 2.2. Without `resource` it is for
/// what the settings still allow of the grant's own. Fewer resources have fewer scopes. Unknown and never granted
/// scopes are dropped; when nothing is left (or nothing was asked), it is all that was granted there, and the answer
/// says so. The grant itself stays as it is.
fn narrowed(
    app: &App,
    grant: &Grant,
    asked: &Scope,
    resource: Option<&Audience>,
) -> Result<(Scope, Audience), OAuthError> {
    let target = app.config.resources.remaining(resource.unwrap_or(&grant.resource));
    let target = target.ok_or_else(|| not_for(resource))?;
    let there = grant.scope.intersection(&target.known(&grant.scope));
    let both = there.intersection(&target.known(asked));
    Ok((if both.is_empty() { there } else { both }, target.audience()))
}

/// The grant is not for what is wanted. A client that named no resource did nothing wrong: its grant is of no use any
/// more, and `invalid_grant` makes it ask the person anew, which helps. After `invalid_target` it would try again.
fn not_for(resource: Option<&Audience>) -> OAuthError {
    match resource {
        Some(_) => OAuthError::new(
            ErrorCode::InvalidTarget,
            "tokens of this grant are not for that resource",
        ),
        None => OAuthError::new(
            ErrorCode::InvalidGrant,
            "the resource of this grant is not known here any more; sign in again",
        ),
    }
}

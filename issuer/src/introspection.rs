//! The introspection endpoint: RFC 7662, and RFC 9701 for signed answers.
//!
//! 1. read the form, 2. authenticate the client, 3. it is a resource server, 4. find what the token is, 5. answer as
//!    JSON, or as a JWT when `Accept` asks for one.
//!
//! A resource server sees tokens for its own resource and no others; all others, and whatever is no token, has ended
//! or was revoked, is `{"active":false}` and nothing more (RFC 7662 sections 2.2 and 4). No browser has a use for this,
//! so there is no CORS. Easy to get wrong: (1) telling by the answer's words or members that a token exists; (2) telling
//! of a refresh token as if it were an access token: a resource server that opens its door to whatever is active would
//! take it, for as long as the grant lives. So only who asks for a refresh token by its name hears of one.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use shared::audience::Audience;
use shared::claims::{AccessTokenClaims, Confirmation};
use shared::clock::NumericDate;
use shared::params::Params;

use crate::app::App;
use crate::client::method::AuthMethod;
use crate::client::{Client, authentication};
use crate::error::{ErrorCode, OAuthError};
use crate::form;
use crate::status_lists;
use crate::store::clients::ClientState;
use crate::store::grants::GrantId;
use crate::store::live_grants::LiveGrant;
use crate::tokens::{access_token, refresh_token};

/// The `typ` of a signed answer (RFC 9701 section 5).
pub const TYP: &str = "token-introspection+jwt";
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// What is told of a token: RFC 7662 section 2.2. Only `active` when it is of no use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are the RFC's")]
pub struct Introspection {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// RFC 9449 section 6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// A signed answer: RFC 9701 section 5. `sub` and `exp` are left out, so that it passes for no other token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are the RFC's")]
pub struct SignedIntrospection {
    pub iss: String,
    /// Who asked, by both its names: its resource (as in the RFC's example) and its `client_id`, which clients compare.
    pub aud: [String; 2],
    pub iat: NumericDate,
    pub token_introspection: Introspection,
}

/// `POST /oauth/introspect`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let params = form::read(&request, body).await?;
    let mut client = authentication::authenticate_recent(&app, &request, &params).await?;
    let mut found = introspect(&app, &client, &params).await;
    let is_refused = match &found {
        Ok((_, found)) => found.is_none(),
        Err(error) => error.is_refusal(),
    };
    if client.revision.is_some() && is_refused {
        client = authentication::authenticate(&app, &request, &params).await?;
        found = introspect(&app, &client, &params).await;
    }
    let (resource, found) = found?;
    let aud = [resource.to_owned(), client.client_id.as_str().to_owned()];
    answer(&app, &request, aud, found.unwrap_or_default())
}

/// The resource whose tokens the client may ask for, and what this token is, while it is one of them and of use.
async fn introspect<'a>(
    app: &App,
    client: &'a Client,
    params: &Params,
) -> Result<(&'a str, Option<Introspection>), OAuthError> {
    if client.metadata.token_endpoint_auth_method == AuthMethod::None {
        let description = "introspection is for clients that authenticate";
        return Err(OAuthError::new(ErrorCode::InvalidClient, description));
    }
    let resource = client.service.resource.as_deref().ok_or_else(no_resource_server)?;
    let wants_refresh_token = params.optional("token_type_hint")? == Some("refresh_token");
    let found = find(app, client.state(), params.one("token")?, wants_refresh_token).await?;
    let is_own = |found: &Introspection| found.aud.as_ref().is_some_and(|aud| aud.contains(resource));
    Ok((resource, found.filter(is_own)))
}

/// What the token is, while it is of use.
async fn find(
    app: &App,
    asking: ClientState<'_>,
    token: &str,
    wants_refresh_token: bool,
) -> Result<Option<Introspection>, OAuthError> {
    if let Some((grant_id, counter)) = refresh_token::parse(&app.keys.mac, token).filter(|_| wants_refresh_token) {
        let grant = app.store.live_grant(grant_id, asking, app.clock.now()).await?;
        return Ok(grant
            .filter(|grant| grant.takes(counter))
            .map(|grant| of_grant(app, grant)));
    }
    let Some(claims) = access_token::verify(app, token) else {
        return Ok(None);
    };
    let is_live = is_live(app, asking, &claims).await?;
    Ok(is_live.then(|| of_access_token(claims)))
}

/// Whether an access token that is genuine was not revoked meanwhile.
async fn is_live(app: &App, asking: ClientState<'_>, claims: &AccessTokenClaims) -> Result<bool, OAuthError> {
    if claims.sub == claims.client_id {
        // The status list is all that is kept of a token that a service got for itself.
        let entry = claims
            .status
            .as_ref()
            .and_then(|status| status_lists::entry(app, status));
        let Some(entry) = entry else {
            return Ok(false);
        };
        let is_live = app.store.is_service_token_live(&claims.client_id, entry, asking);
        return Ok(is_live.await?);
    }
    let Some(grant_id) = GrantId::parse(&claims.grant_id) else {
        return Ok(false);
    };
    let grant = app.store.live_grant(grant_id, asking, app.clock.now()).await?;
    Ok(grant.is_some_and(|grant| grant.user_id == claims.sub && grant.client_id == claims.client_id))
}

fn of_access_token(claims: AccessTokenClaims) -> Introspection {
    let token_type = if claims.cnf.is_some() { "DPoP" } else { "Bearer" };
    Introspection {
        active: true,
        scope: Some(claims.scope.to_string()),
        client_id: Some(claims.client_id),
        token_type: Some(token_type.to_owned()),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub),
        aud: Some(claims.aud),
        iss: Some(claims.iss),
        jti: Some(claims.jti),
        cnf: claims.cnf,
    }
}

/// What is told of a refresh token.
fn of_grant(app: &App, grant: LiveGrant) -> Introspection {
    Introspection {
        active: true,
        scope: Some(grant.scope),
        client_id: Some(grant.client_id),
        token_type: None,
        exp: Some(grant.idle_ends_at),
        iat: Some(grant.created_at),
        sub: Some(grant.user_id),
        aud: Audience::parse(&grant.resource),
        iss: Some(app.config.issuer.clone()),
        jti: None,
        cnf: grant.dpop_jkt.map(|jkt| Confirmation { jkt }),
    }
}

fn answer(app: &App, request: &HttpRequest, aud: [String; 2], told: Introspection) -> Result<HttpResponse, OAuthError> {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"));
    if !wants_signed(request) {
        return Ok(response.json(told));
    }
    let claims = SignedIntrospection {
        iss: app.config.issuer.clone(),
        aud,
        iat: app.clock.now(),
        token_introspection: told,
    };
    let signed = app.keys.signing.sign(TYP, &claims).map_err(OAuthError::server_error)?;
    Ok(response.content_type(MEDIA_TYPE).body(signed))
}

/// Whether `Accept` names the media type of RFC 9701 section 4, and not only to exclude it.
fn wants_signed(request: &HttpRequest) -> bool {
    let accepted = request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|media_type| media_type.eq_ignore_ascii_case(MEDIA_TYPE));
        let excluded = |part: &str| {
            matches!(
                part.to_ascii_lowercase().as_str(),
                "q=0" | "q=0.0" | "q=0.00" | "q=0.000"
            )
        };
        named && !parts.any(excluded)
    })
}

fn no_resource_server() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "this client is no resource server; `issuer client add --resource URL` makes one",
    )
}

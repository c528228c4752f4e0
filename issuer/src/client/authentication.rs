//! Client authentication at the token, revocation and introspection endpoints: RFC 6749 section 2.3, RFC 7591
//! section 2 (`none`, `client_secret_basic`, `client_secret_post`), and RFC 7523 (`private_key_jwt`, in `assertion`).
//!
//! 1. Which client, and what it proves that with: in the header, or in the body, never in both; 2. it is known here;
//! 3. it proves itself in the way it registered for.
//!
//! A public client says who it is with `client_id` and proves nothing. It comes in the body, or as the user name of
//! HTTP Basic with an empty password, which some generic clients send; an empty credential is none.
//!
//! Easy to get wrong: (1) taking the client of the header while the grant looks at the body's: when both are there
//! they must agree; (2) section 2.3.1 has identifier and secret percent-encoded inside HTTP Basic, and widely used
//! clients do not do it. Those we issue have no character that decoding would change, so both forms are the same.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::http::access_log::note_client;
use shared::params::Params;

use super::cimd::Failure;
use super::method::AuthMethod;
use super::{Client, Sought, assertion, find, find_for_authorization, kept, secret};
use crate::app::App;
use crate::error::{ErrorCode, OAuthError};
use crate::hash::SecretHash;

/// What a request proves its client with.
enum Proof {
    /// Nothing: it is a public client, or none that is known.
    Nothing,
    /// A secret that came in this way.
    Secret(AuthMethod, String),
    /// A signed JWT.
    Assertion(String),
}

/// The client that sends this request.
pub async fn authenticate(app: &App, request: &HttpRequest, params: &Params) -> Result<Arc<Client>, OAuthError> {
    let (client_id, proof) = presented(request, params)?;
    read(app, request, &client_id, &proof).await
}

/// The client that sends this request, perhaps as it was when it last came. Then it has a [`revision`](Client::revision):
/// it is given and told nothing but by a statement that still finds that one, and whoever would refuse it asks
/// [`authenticate`] first what it is by now.
pub async fn authenticate_recent(app: &App, request: &HttpRequest, params: &Params) -> Result<Arc<Client>, OAuthError> {
    let (client_id, proof) = presented(request, params)?;
    // An assertion is good once, so it is not looked at by a client that may be another by now.
    let recent = match proof {
        Proof::Assertion(_) => None,
        Proof::Nothing | Proof::Secret(..) => app.recent_clients.get(&client_id),
    };
    if let Some(client) = recent
        && check(app, &client, &proof).await.is_ok()
    {
        note_client(request, &client_id);
        return Ok(client);
    }
    read(app, request, &client_id, &proof).await
}

async fn read(app: &App, request: &HttpRequest, client_id: &str, proof: &Proof) -> Result<Arc<Client>, OAuthError> {
    app.recent_clients.forget(client_id);
    let client = find(app, client_id).await?.ok_or_else(unknown)?;
    check(app, &client, proof).await?;
    note_client(request, client_id);
    Ok(match proof {
        Proof::Assertion(_) => Arc::new(client.without_revision()),
        Proof::Nothing | Proof::Secret(..) => app.recent_clients.keep(client),
    })
}

/// The client that waits for a person who may not have allowed it yet: one with a document has no row then, and is what
/// it was when it asked.
pub async fn authenticate_waiting(
    app: &App,
    request: &HttpRequest,
    params: &Params,
    device_code: &SecretHash,
) -> Result<Arc<Client>, OAuthError> {
    let (client_id, proof) = presented(request, params)?;
    let known = find(app, &client_id).await?;
    let client = if known.is_some() {
        known
    } else {
        let document = app.store.document_of_device(device_code, &client_id).await?;
        kept(app, &client_id, document.as_deref()).await?
    };
    let client = client.ok_or_else(unknown)?;
    check(app, &client, &proof).await?;
    note_client(request, &client_id);
    Ok(Arc::new(client.without_revision()))
}

/// The client that pushes an authorization request. One with a document is looked at anew, as where such a request
/// comes by a link: what the document said when somebody last allowed the client may be withdrawn since.
pub async fn authenticate_for_authorization(
    app: &App,
    request: &HttpRequest,
    params: &Params,
) -> Result<Client, OAuthError> {
    let (client_id, proof) = presented(request, params)?;
    let client = match find_for_authorization(app, &client_id).await? {
        Sought::Found(client) => *client,
        Sought::Unknown | Sought::Blocked => return Err(unknown()),
        Sought::NoDocument(failure) => return Err(failure.into()),
    };
    check(app, &client, &proof).await?;
    note_client(request, &client_id);
    Ok(client)
}

impl From<Failure> for OAuthError {
    fn from(failure: Failure) -> Self {
        let code = match failure {
            Failure::Unreachable(_) => ErrorCode::TemporarilyUnavailable,
            Failure::Refused(_) => ErrorCode::InvalidClient,
        };
        Self::new(code, format!("the client's document cannot be used: {failure}"))
    }
}

/// Who it says it is, and what it proves that with.
fn presented(request: &HttpRequest, params: &Params) -> Result<(String, Proof), OAuthError> {
    let (user, password) = basic(request)?;
    let (subject, assertion) = assertion::presented(params)?.unzip();
    let in_body = params.optional("client_id")?.map(str::to_owned);
    let secret_in_body = params.optional("client_secret")?;
    let proof = match (password, secret_in_body, assertion) {
        (None, None, None) => Proof::Nothing,
        (Some(password), None, None) => Proof::Secret(AuthMethod::ClientSecretBasic, password),
        (None, Some(secret), None) => Proof::Secret(AuthMethod::ClientSecretPost, secret.to_owned()),
        (None, None, Some(assertion)) => Proof::Assertion(assertion),
        _ => return Err(several()),
    };
    let user = user.or_else(|| subject.clone());
    if subject.is_some() && subject != user {
        return Err(invalid_client(
            "the Authorization header and client_assertion name different clients",
        ));
    }
    let client_id = match (user, in_body) {
        (Some(header), Some(body)) if header != body => {
            return Err(invalid_client(
                "client_id and the Authorization header or client_assertion name different clients",
            ));
        }
        (header, body) => body.or(header).ok_or_else(|| invalid_client("client_id is missing"))?,
    };
    // No client has one, and PostgreSQL cannot be asked for it. In a form it was refused; here it comes by other ways.
    if client_id.contains('\0') {
        return Err(unknown());
    }
    Ok((client_id, proof))
}

async fn check(app: &App, client: &Client, proof: &Proof) -> Result<(), OAuthError> {
    let registered = client.metadata.token_endpoint_auth_method;
    match proof {
        Proof::Nothing if registered == AuthMethod::None => Ok(()),
        Proof::Assertion(assertion) if client.metadata.keys.is_some() => assertion::check(app, client, assertion).await,
        Proof::Nothing | Proof::Assertion(_) => Err(wrong_way(registered)),
        Proof::Secret(..) if registered == AuthMethod::None => Err(has_no_secret()),
        Proof::Secret(method, _) if !client.metadata.may_send_secret(*method) => Err(wrong_way(registered)),
        Proof::Secret(_, text) if secret::is_genuine(client, text, app.clock.now()) => Ok(()),
        Proof::Secret(..) => Err(invalid_client("the client_secret is wrong or has ended")),
    }
}

/// User name and password of HTTP Basic, each `None` when it is empty; other schemes say nothing here.
fn basic(request: &HttpRequest) -> Result<(Option<String>, Option<String>), OAuthError> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Some((scheme, credentials)) = header.and_then(|value| value.split_once(' ')) else {
        return Ok((None, None));
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok((None, None));
    }
    let decoded = STANDARD
        .decode(credentials.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let (user, password) = decoded
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .ok_or_else(|| invalid_client("the Authorization header is not HTTP Basic"))?;
    Ok((decode(user), decode(password)))
}

/// Percent-decoded as RFC 6749 section 2.3.1 says.
fn decode(text: &str) -> Option<String> {
    let form = format!("={}", text.replace('&', "%26"));
    let decoded: String = url::form_urlencoded::parse(form.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    Some(decoded).filter(|decoded| !decoded.is_empty())
}

/// RFC 6749 section 2.3: a client must not use more than one way.
fn several() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidRequest,
        "the client authenticates in more than one way at once",
    )
}

fn unknown() -> OAuthError {
    invalid_client("the client is not known here; register it again")
}

fn has_no_secret() -> OAuthError {
    invalid_client("this client has no secret (token_endpoint_auth_method is none); send client_id alone")
}

fn wrong_way(registered: AuthMethod) -> OAuthError {
    let method = registered.as_str();
    OAuthError::new(
        ErrorCode::InvalidClient,
        format!("this client must authenticate by {method}"),
    )
}

fn invalid_client(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, description)
}

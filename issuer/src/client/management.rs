//! The client configuration endpoint: RFC 7592 section 2, with RFC 6750 sections 2.1 and 3.
//!
//! 1. the token in the `Authorization` header manages the client that the URL names,
//! 2. it is read (`GET`), replaced (`PUT`) or deleted (`DELETE`),
//! 3. the answer tells all that holds, and the same token again; never the secret, which is kept as a hash.
//!
//! A client that registered with a way to authenticate has this. Public clients have not: what their identifier says
//! cannot be changed, and others may have the same one.
//!
//! Easy to get wrong: (1) adding what was sent to what was there: a member that is left out is gone (section 2.2);
//! (2) a client that chooses its own secret, or becomes public by leaving its method out: then whoever got hold of a code
//! or a refresh token could use it.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::http::access_log::note_client;
use subtle::ConstantTimeEq;

use super::metadata::{ClientMetadata, Registration};
use super::method::AuthMethod;
use super::secret::{self, FreshSecret};
use super::stored::ClientInformation;
use super::{Client, find, registration};
use crate::app::App;
use crate::error::{ErrorCode, OAuthError};
use crate::hash::SecretHash;
use crate::store::audit::Actor;
use crate::store::registrations::{Replaced, Replacement};

/// The body of a `PUT`: section 2.2.
#[derive(Deserialize)]
struct Asked {
    client_id: Option<String>,
    client_secret: Option<String>,
    #[serde(flatten)]
    issued: Issued,
    #[serde(flatten)]
    metadata: Registration,
}

/// What is the issuer's to say and may not be sent.
#[derive(Deserialize)]
struct Issued {
    registration_access_token: Option<Value>,
    registration_client_uri: Option<Value>,
    client_secret_expires_at: Option<Value>,
    client_id_issued_at: Option<Value>,
}

/// A client, and the token that manages it.
struct Managed<'a> {
    app: &'a App,
    client: Client,
    token: &'a str,
}

/// `GET`, `PUT` and `DELETE /oauth/register/{client_id}`
pub async fn endpoint(
    app: Data<App>,
    request: HttpRequest,
    client_id: Path<String>,
    body: Payload,
) -> Result<HttpResponse, OAuthError> {
    let Some(token) = bearer(&request)? else {
        return Ok(no_token());
    };
    let managed = Managed::find(&app, &client_id, token).await?;
    note_client(&request, &client_id);
    match *request.method() {
        Method::PUT => managed.replace(registration::read(&request, body).await?).await,
        Method::DELETE => managed.delete().await,
        _ => Ok(managed.told(&managed.client.metadata, None)),
    }
}

/// Where the registration of a client is managed.
pub(super) fn uri(app: &App, client_id: &str) -> String {
    app.config.url(&format!("/oauth/register/{client_id}"))
}

impl<'a> Managed<'a> {
    /// The client, when this token manages it: which of the two is wrong is not said.
    async fn find(app: &'a App, client_id: &str, token: &'a str) -> Result<Self, OAuthError> {
        let client = find(app, client_id).await?.ok_or_else(invalid_token)?;
        let kept = app
            .store
            .registration_token(client_id)
            .await?
            .ok_or_else(invalid_token)?;
        let hash = SecretHash::of(token);
        if bool::from(kept.as_bytes().ct_eq(hash.as_str().as_bytes())) {
            Ok(Self { app, client, token })
        } else {
            Err(invalid_token())
        }
    }

    fn client_id(&self) -> &str {
        self.client.client_id.as_str()
    }

    fn told(&self, metadata: &ClientMetadata, secret: Option<&FreshSecret>) -> HttpResponse {
        let information = ClientInformation::new(self.client_id(), self.client.created_at, metadata)
            .with_secret(secret)
            .managed_at(uri(self.app, self.client_id()), self.token);
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(information)
    }

    async fn replace(&self, asked: Asked) -> Result<HttpResponse, OAuthError> {
        self.check(&asked).await?;
        let metadata = registration::metadata(self.app, asked.metadata)?;
        if metadata.token_endpoint_auth_method == AuthMethod::None {
            return Err(invalid(
                "token_endpoint_auth_method must be there and not none; a public client registers anew",
            ));
        }
        let needs_secret = metadata.token_endpoint_auth_method.has_secret();
        let fresh = needs_secret.then(FreshSecret::random).transpose()?;
        let token_hash = SecretHash::of(self.token);
        let stored = registration::to_store(&metadata)?;
        let change = Replacement {
            client_id: self.client_id(),
            token_hash: &token_hash,
            metadata: &stored,
            metadata_hash: &super::model::metadata_hash(&metadata)?,
            secret: fresh.as_ref().map(FreshSecret::kept),
        };
        let replaced = self
            .app
            .store
            .replace_registration(change, self.app.clock.now())
            .await?;
        match replaced {
            Replaced::Gone => Err(invalid_token()),
            Replaced::Changed => Ok(self.told(&metadata, None)),
            Replaced::ChangedWithSecret => Ok(self.told(&metadata, fresh.as_ref())),
        }
    }

    /// What section 2.2 asks of the members that are no metadata.
    async fn check(&self, asked: &Asked) -> Result<(), OAuthError> {
        if asked.client_id.as_deref() != Some(self.client_id()) {
            return Err(invalid("client_id must be the one of the client"));
        }
        let issued = &asked.issued;
        let sent = [
            &issued.registration_access_token,
            &issued.registration_client_uri,
            &issued.client_secret_expires_at,
            &issued.client_id_issued_at,
        ];
        if sent.iter().any(|member| member.is_some()) {
            return Err(invalid(
                "registration_access_token, registration_client_uri, client_secret_expires_at and \
                 client_id_issued_at may not be sent",
            ));
        }
        match &asked.client_secret {
            Some(text) if !secret::is_genuine(&self.client, text, self.app.clock.now()) => {
                Err(invalid("client_secret must be the client's own; it cannot be chosen"))
            }
            _ => Ok(()),
        }
    }

    /// Section 2.3: with the client goes everything that was issued to it.
    async fn delete(&self) -> Result<HttpResponse, OAuthError> {
        let (app, now) = (self.app, self.app.clock.now());
        if !app.store.delete_client(self.client_id(), Actor::Itself, now).await? {
            return Err(invalid_token());
        }
        Ok(HttpResponse::NoContent()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .finish())
    }
}

/// The token of the one `Authorization` header, if it brings one.
fn bearer(request: &HttpRequest) -> Result<Option<&str>, OAuthError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next();
    if headers.next().is_some() {
        let description = "there is more than one Authorization header";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, description));
    }
    let credentials = header.and_then(|value| value.to_str().ok()?.split_once(' '));
    let token = credentials.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Ok(token.map(|(_, token)| token.trim()))
}

fn no_token() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((WWW_AUTHENTICATE, "Bearer realm=\"issuer\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({"error_description": "send the registration_access_token in the Authorization header"}))
}

fn invalid_token() -> OAuthError {
    let description = "the registration_access_token manages no such client, or that client was deleted";
    OAuthError::new(ErrorCode::InvalidToken, description)
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, description)
}

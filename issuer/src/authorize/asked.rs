//! A checked request together with its client and the way back: all that a page or an answer needs.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use shared::clock::NumericDate;
use shared::scope::Scope;

use super::next_step::{NextStep, Standing, next_step};
use super::redirect::{AuthorizationError, AuthorizationErrorCode, Redirect};
use super::request::AuthorizationRequest;
use super::unknown_client;
use crate::app::App;
use crate::browser::Page;
use crate::browser::visitor::SignedIn;
use crate::client::{self, Client, ClientMetadata, Sought, Source};
use crate::display_text::client_name;
use crate::hash::SecretHash;
use crate::redirect_uri::RedirectKind;
use crate::store::authorization_codes::AuthorizationCode;
use crate::store::consents::ConsentTo;
use crate::store::grants::GrantId;

/// A request as it is stored. A document is kept with it: its server may change it while the person
/// decides, and what the person saw is what holds. A client that registered may change, too, but holds as it is stored:
/// then the person begins anew.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    request: AuthorizationRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<(ClientMetadata, NumericDate)>,
    /// [`Client::metadata_hash`]; an older version kept none.
    #[serde(default)]
    metadata_hash: Option<String>,
}

/// What is asked, by whom, and where the answer goes.
#[derive(Debug)]
pub(super) struct Asked {
    /// The request.
    pub request: AuthorizationRequest,
    /// Who asks.
    pub client: Client,
    /// The way back.
    pub redirect: Redirect,
    /// What the client holds already of who is signed in; nothing before that is known.
    pub given: Scope,
}

impl Asked {
    /// A request that was just checked.
    pub(super) fn new(request: AuthorizationRequest, client: Client, redirect: Redirect) -> Self {
        Self {
            request,
            client,
            redirect,
            given: Scope::default(),
        }
    }

    /// What is stored while the request waits.
    pub(super) fn keep(&self) -> Result<Kept, sqlx::Error> {
        let document = match self.client.source {
            Source::MetadataDocument(fetched_at) => Some((self.client.metadata.clone(), fetched_at)),
            Source::Registered | Source::SelfDescribing => None,
        };
        Ok(Kept {
            request: self.request.clone(),
            document,
            metadata_hash: Some(self.client.metadata_hash()?),
        })
    }

    /// The same again from what was stored: a client that registered and its redirect URI are looked up anew.
    pub(super) async fn restore(app: &App, kept: Kept) -> Result<Self, Page> {
        let request = kept.request;
        let redirect_uri = request.redirect_uri.as_deref();
        let client = match kept.document {
            Some((metadata, at)) => client::pinned(app, &request.client_id, metadata, at).await?,
            None => client::find(app, &request.client_id).await?,
        };
        let client = client.ok_or_else(|| unknown_client::page(Sought::Unknown, &request.client_id, redirect_uri))?;
        let is_another = |hash: &String| client.metadata_hash().map(|now| now != *hash);
        if kept.metadata_hash.as_ref().map(is_another).transpose()? == Some(true) {
            return Err(unknown_client::changed());
        }
        let state = request.state.as_deref();
        let redirect = Redirect::to_registered(redirect_uri, &client.metadata, state, &app.config.issuer)?;
        Ok(Self {
            request,
            client,
            redirect,
            given: Scope::default(),
        })
    }

    /// What the client calls itself, fit to be shown.
    pub(super) fn client_name(&self) -> String {
        client_name(self.client.metadata.client_name.as_deref())
    }

    /// Whether an answer is remembered: only for clients that are known by the name of a server.
    pub(super) fn is_remembered(&self) -> bool {
        self.redirect.uri().kind() == RedirectKind::Https
    }

    /// All that the answer would be good for: what is asked and what the client holds already, so that it loses
    /// nothing by asking for more.
    pub(super) fn scope(&self) -> Scope {
        self.request.scope.union(&self.given)
    }

    /// Leaves out what was given meanwhile: what the person saw is what holds.
    pub(super) fn saw(&mut self, given: &Scope) {
        self.given = self.given.intersection(given);
    }

    /// What the client holds of this person, for these resources and as far as it still means something. For a client
    /// that is known by a server's name: as far as that server was allowed it.
    async fn given_by(&self, app: &App, session: &SignedIn, allowed_before: &Scope) -> Result<Scope, sqlx::Error> {
        let of = (session.user_id.as_str(), self.request.client_id.as_str());
        let resource = &self.request.resource;
        let given = app.store.given_before(of, resource, app.clock.now()).await?;
        let target = app.config.resources.still_known(resource);
        let known = target.map_or_else(Scope::default, |target| given.intersection(&target.known(&given)));
        Ok(if self.is_remembered() {
            known.intersection(allowed_before)
        } else {
            known
        })
    }

    /// What comes next for whoever is signed in; `fresh` when that was for this request.
    pub(super) async fn next_step(
        &mut self,
        app: &App,
        session: Option<&SignedIn>,
        fresh: bool,
    ) -> Result<NextStep, Page> {
        let seen = self.client.metadata_hash()?;
        let allowed_before = match session {
            Some(session) if self.is_remembered() => {
                app.store.remembered_consent(self.consent_to(session, &seen)).await?
            }
            _ => Scope::default(),
        };
        let standing = Standing {
            session: session.map(|session| (session.name.as_str(), session.auth_time)),
            fresh,
            kind: self.redirect.uri().kind(),
            allowed_before: &allowed_before,
            now: app.clock.now(),
        };
        let step = next_step(&self.request, standing);
        self.given = match session {
            Some(session) if step != NextStep::Code || self.may_hold_more(&allowed_before) => {
                self.given_by(app, session, &allowed_before).await?
            }
            _ => Scope::default(),
        };
        Ok(step)
    }

    /// Whether what the client holds may be more than what it asks for. Of a client that is known by a server's name only
    /// what that server was allowed counts; most ask for all of it each time, and have many grants to look through.
    fn may_hold_more(&self, allowed_before: &Scope) -> bool {
        !self.is_remembered() || !self.request.scope.covers(allowed_before)
    }

    /// Remembers that the person allowed this.
    pub(super) async fn remember(&self, app: &App, session: &SignedIn) -> Result<(), sqlx::Error> {
        if !self.is_remembered() {
            return Ok(());
        }
        let (seen, now) = (self.client.metadata_hash()?, app.clock.now());
        app.store
            .remember_consent(self.consent_to(session, &seen), &self.scope(), now)
            .await
    }

    /// The answer with a code (RFC 6749 section 4.1.2); when it cannot be made the client hears so.
    pub(super) async fn code_for(&self, app: &App, session: &SignedIn, code: &str) -> HttpResponse {
        match self.keep_code(app, session, code).await {
            Ok(()) => self.redirect.with_code(code),
            Err(cause) => {
                log::error!("a code could not be made: {cause}");
                self.redirect.with_error(&AuthorizationError::new(
                    AuthorizationErrorCode::TemporarilyUnavailable,
                    "the answer could not be kept; try again",
                ))
            }
        }
    }

    async fn keep_code(&self, app: &App, session: &SignedIn, code: &str) -> Result<(), Box<dyn std::error::Error>> {
        let bound = AuthorizationCode {
            grant_id: GrantId::random()?,
            client_id: self.request.client_id.clone(),
            user_id: session.user_id.clone(),
            redirect_uri: self.redirect.uri().as_str().to_owned(),
            code_challenge: self.request.code_challenge.clone(),
            scope: self.scope(),
            resource: self.request.resource.clone(),
            auth_time: session.auth_time,
            nonce: self.request.nonce.clone(),
            dpop_jkt: self.request.dpop_jkt.clone(),
        };
        let now = app.clock.now();
        let end = now.saturating_add(app.config.code_seconds);
        self.client.remember(&app.store, now).await?;
        app.store.insert_code(&SecretHash::of(code), &bound, end).await?;
        Ok(())
    }

    fn consent_to<'a>(&'a self, session: &'a SignedIn, metadata_hash: &'a str) -> ConsentTo<'a> {
        ConsentTo {
            user_id: &session.user_id,
            client_id: &self.request.client_id,
            redirect_uri: self.redirect.uri().as_str(),
            resource: &self.request.resource,
            metadata_hash,
        }
    }
}

//! Connected apps: which programs may act for the account, since when, and how to end it.
//!
//! An app is told by where its codes are sent, which it cannot make up, and by the name it gave itself.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::http::access_log::note_client;
use shared::scope::Scope;

use super::moment::Moment;
use crate::app::App;
use crate::browser::page::path;
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::client::{self, Client};
use crate::display_text::client_name;
use crate::grant_types::DEVICE_CODE;
use crate::redirect_uri::{RedirectKind, RedirectUri};
use crate::resource::Resources;
use crate::scopes;

/// An app as it is shown.
#[derive(Debug)]
pub(super) struct ConnectedApp {
    pub client_id: String,
    pub name: String,
    /// Where its codes are sent, in words.
    pub places: Vec<String>,
    /// What it may do, in words.
    pub scopes: Vec<String>,
    pub resources: Vec<String>,
    pub first_used: Moment,
    pub last_used: Moment,
    /// Whether it holds a living grant; else only the consent is remembered.
    pub connected: bool,
    /// Whether the consent counts no more: the client is another than the person saw, or is not known any more.
    pub outdated: bool,
}

/// One thing that joins an account and a client.
struct Tie {
    client_id: String,
    client_name: Option<String>,
    redirect_uri: Option<String>,
    scope: Scope,
    resource: Audience,
    first_used_at: NumericDate,
    last_used_at: NumericDate,
    connected: bool,
    /// What the client was when it was allowed, of a consent.
    metadata_hash: Option<String>,
}

/// The apps of an account, the last used first; those that are only remembered at the end.
pub(super) async fn list(app: &App, user_id: &str) -> Result<Vec<ConnectedApp>, Page> {
    let now = app.clock.now();
    let mut clients: Vec<Vec<Tie>> = Vec::new();
    for tie in ties(app, user_id, now).await? {
        match clients.iter_mut().find(|ties| is_of(ties, &tie.client_id)) {
            Some(ties) => ties.push(tie),
            None => clients.push(vec![tie]),
        }
    }
    let mut apps = Vec::new();
    for ties in clients {
        let client = client_now(app, &ties).await?;
        let (name, metadata_hash) = match &client {
            Some(client) => (client.metadata.client_name.clone(), Some(client.metadata_hash()?)),
            None => (None, None),
        };
        let name = ties.iter().find_map(|tie| tie.client_name.clone()).or(name);
        let shown = Shown::of(&ties, metadata_hash.as_deref());
        apps.extend(shown.connected_app(&app.config.resources, name.as_deref(), now));
    }
    Ok(apps)
}

async fn ties(app: &App, user_id: &str, now: NumericDate) -> Result<Vec<Tie>, sqlx::Error> {
    let grants = app.store.connections(user_id, now).await?;
    let grants = grants.into_iter().map(|grant| Tie {
        client_id: grant.client_id,
        client_name: grant.client_name,
        redirect_uri: grant.redirect_uri,
        scope: grant.scope,
        resource: grant.resource,
        first_used_at: grant.first_used_at,
        last_used_at: grant.last_used_at,
        connected: true,
        metadata_hash: None,
    });
    let consents = app.store.remembered_consents(user_id).await?;
    let consents = consents.into_iter().filter_map(|consent| {
        Some(Tie {
            client_id: consent.client_id,
            client_name: None,
            redirect_uri: Some(consent.redirect_uri),
            scope: std::iter::once(consent.scope_token).collect(),
            resource: Audience::parse(&consent.resource)?,
            first_used_at: consent.given_at,
            last_used_at: consent.given_at,
            connected: false,
            metadata_hash: Some(consent.metadata_hash),
        })
    });
    Ok(grants.chain(consents).collect())
}

fn is_of(ties: &[Tie], client_id: &str) -> bool {
    ties.first().is_some_and(|tie| tie.client_id == client_id)
}

/// The client as it is known now; of one that is connected only when it told no name then.
async fn client_now(app: &App, ties: &[Tie]) -> Result<Option<Client>, Page> {
    let is_needed = |tie: &&Tie| !tie.connected || tie.client_name.is_none();
    match ties.first().filter(is_needed) {
        Some(tie) => Ok(client::find(app, &tie.client_id).await?),
        None => Ok(None),
    }
}

/// What of a client's ties says what it can do.
struct Shown<'a> {
    ties: Vec<&'a Tie>,
    connected: bool,
    outdated: bool,
}

impl<'a> Shown<'a> {
    /// The living grants, if there are any: what is remembered besides is not what the app can do now. Else the consents to
    /// the client as it is; else those to what it was.
    fn of(ties: &'a [Tie], metadata_hash: Option<&str>) -> Self {
        let connected = ties.iter().any(|tie| tie.connected);
        let is_to_it_now = |tie: &Tie| metadata_hash.is_some() && tie.metadata_hash.as_deref() == metadata_hash;
        let counts = |tie: &&Tie| tie.connected || !connected && is_to_it_now(tie);
        let counting: Vec<_> = ties.iter().filter(counts).collect();
        let outdated = counting.is_empty();
        Self {
            ties: if outdated { ties.iter().collect() } else { counting },
            connected,
            outdated,
        }
    }

    fn connected_app(&self, resources: &Resources, name: Option<&str>, now: NumericDate) -> Option<ConnectedApp> {
        let places = self.ties.iter().filter_map(|tie| place(tie.redirect_uri.as_deref()?));
        let identifiers = self.ties.iter().flat_map(|tie| tie.resource.identifiers());
        Some(ConnectedApp {
            client_id: self.ties.first()?.client_id.clone(),
            name: client_name(name),
            places: distinct(places),
            scopes: in_words(resources, &self.ties),
            resources: distinct(identifiers.map(str::to_owned)),
            first_used: Moment::of(self.ties.iter().map(|tie| tie.first_used_at).min()?, now),
            last_used: Moment::of(self.ties.iter().map(|tie| tie.last_used_at).max()?, now),
            connected: self.connected,
            outdated: self.outdated,
        })
    }
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What the app may do, a line each, in the words of the resources.
fn in_words(resources: &Resources, ties: &[&Tie]) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    let mut all = Scope::default();
    for resource in resources.all() {
        let here = ties.iter().filter(|tie| tie.resource.contains(&resource.identifier));
        let scope = here.fold(Scope::default(), |scope, tie| scope.union(&tie.scope));
        words.extend(resource.scopes.in_words(&scope).iter().map(|meaning| meaning.words));
        all = all.union(&scope);
    }
    words.extend(scopes::people_in_words(&all).iter().map(|meaning| meaning.words));
    let mut seen = BTreeSet::new();
    words.retain(|line| seen.insert(*line));
    words.into_iter().map(str::to_owned).collect()
}

fn place(redirect_uri: &str) -> Option<String> {
    if redirect_uri == DEVICE_CODE {
        return Some("a program on another machine, by a code that you typed".to_owned());
    }
    let uri = RedirectUri::parse(redirect_uri).ok()?;
    Some(match uri.kind() {
        RedirectKind::Https => uri.place().to_owned(),
        RedirectKind::Loopback => "a program on your computer".to_owned(),
        RedirectKind::PrivateUse => format!("a program on your device that opens {}: links", uri.place()),
    })
}

/// `POST /account/apps`: signs the account out of an app.
pub async fn disconnect(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let session = visitor.must_be_signed_in(&app)?;
    let client_id = form.optional("client_id").ok().flatten();
    if let Some(client_id) = client_id.filter(|client_id| !client_id.contains('\0')) {
        note_client(&request, client_id);
        app.store
            .disconnect(&session.user_id, client_id, app.clock.now())
            .await?;
    }
    Ok(visitor.outdate_pages(&app, see_other(path(&app, "/account"))))
}

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
use crate::client;
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
        let name = match ties.iter().find_map(|tie| tie.client_name.clone()) {
            Some(name) => Some(name),
            None => registered_name(app, &ties).await?,
        };
        apps.extend(connected_app(&app.config.resources, &ties, name.as_deref(), now));
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
        })
    });
    Ok(grants.chain(consents).collect())
}

fn is_of(ties: &[Tie], client_id: &str) -> bool {
    ties.first().is_some_and(|tie| tie.client_id == client_id)
}

async fn registered_name(app: &App, ties: &[Tie]) -> Result<Option<String>, Page> {
    let Some(tie) = ties.first() else { return Ok(None) };
    let client = client::find(app, &tie.client_id).await?;
    Ok(client.and_then(|client| client.metadata.client_name))
}

fn connected_app(resources: &Resources, ties: &[Tie], name: Option<&str>, now: NumericDate) -> Option<ConnectedApp> {
    let connected = ties.iter().any(|tie| tie.connected);
    // What is remembered besides a living grant is not what the app can do now.
    let shown: Vec<&Tie> = ties.iter().filter(|tie| tie.connected == connected).collect();
    let distinct = |texts: Vec<String>| {
        let mut texts = texts;
        texts.sort();
        texts.dedup();
        texts
    };
    Some(ConnectedApp {
        client_id: ties.first()?.client_id.clone(),
        name: client_name(name),
        places: distinct(
            shown
                .iter()
                .filter_map(|tie| place(tie.redirect_uri.as_deref()?))
                .collect(),
        ),
        scopes: in_words(resources, &shown),
        resources: distinct(
            shown
                .iter()
                .flat_map(|tie| tie.resource.identifiers().map(str::to_owned))
                .collect(),
        ),
        first_used: Moment::of(shown.iter().map(|tie| tie.first_used_at).min()?, now),
        last_used: Moment::of(shown.iter().map(|tie| tie.last_used_at).max()?, now),
        connected,
    })
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
    Ok(see_other(path(&app, "/account")))
}

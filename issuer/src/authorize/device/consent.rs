//! The decision about a program on another machine: RFC 8628 sections 3.3, 5.4 and 5.5.
//!
//! The page says that the program is elsewhere, from where it asked, and that a code from somebody else is an attack. It is
//! shown for every code, whatever the person allowed before. The answer goes to no address: the program fetches it.
//!
//! Easy to get wrong: the page after the decision, which people come back to. It is looked up each time, and says what holds
//! then.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::clock::NumericDate;
use shared::http::access_log::note_client;
use shared::scope::Scope;

use super::super::asked_at::{AskedAt, Line, asked_at, lines};
use super::super::unknown_client;
use super::{Onward, enter, must_be_on};
use crate::app::App;
use crate::browser::page::{Layout, html, initial, path};
use crate::browser::visitor::SignedIn;
use crate::browser::{Form, Page, Visitor, csrf, is_token, see_other};
use crate::client::{self, Client, Sought};
use crate::display_text::client_name;
use crate::hash::SecretHash;
use crate::scopes;
use crate::store::audit::{AuditEvent, AuditKind};
use crate::store::device_authorizations::DeviceAuthorization;
use crate::store::device_decisions::{AllowedDevice, ClaimedAuthorization, Outcome};
use crate::store::grants::GrantId;

#[derive(Template)]
#[template(path = "device/consent.html")]
struct ConsentPage<'a> {
    layout: Layout<'a>,
    name: String,
    document_host: Option<&'a str>,
    asked_from: Option<&'a str>,
    asked_at: Vec<AskedAt<'a>>,
    of_people: Vec<Line<'a>>,
    account: &'a str,
    initial: String,
    handle: &'a str,
    csrf: String,
}

#[derive(Template)]
#[template(path = "device/done.html")]
struct DonePage<'a> {
    layout: Layout<'a>,
    name: String,
    outcome: Outcome,
    client_id: &'a str,
    csrf: String,
}

/// A request in this browser, and who asks.
struct Waiting<'a> {
    handle: &'a str,
    claimed: ClaimedAuthorization,
    client: Client,
}

/// `GET /device?waiting=...`, for somebody signed in.
pub(super) async fn show(
    app: &App,
    request: &HttpRequest,
    (visitor, session): (&Visitor, &SignedIn),
    handle: &str,
) -> Result<HttpResponse, Page> {
    let waiting = Waiting::load(app, request, visitor, handle).await?;
    Ok(match waiting.claimed.outcome {
        Some(outcome) => waiting.done(app, visitor, outcome),
        None => waiting.page(app, visitor, session),
    })
}

/// `POST /device/decide`
pub async fn decide(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    must_be_on(&app)?;
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let handle = form
        .optional("waiting")
        .ok()
        .flatten()
        .filter(|handle| is_token(handle));
    let handle = handle.ok_or_else(|| gone(&app))?;
    let onward = Onward::to_request(handle);
    let Some(session) = visitor.session() else {
        return Ok(see_other(onward.sign_in(&app)));
    };
    let allowed = match form.optional("decision").ok().flatten() {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(Page::for_status(StatusCode::BAD_REQUEST)),
    };
    let waiting = Waiting::load(&app, &request, &visitor, handle).await?;
    if waiting.claimed.outcome.is_none() {
        waiting.decide(&app, &visitor, session, allowed).await?;
    }
    // Whoever decided: the page says what was.
    Ok(see_other(onward.path(&app)))
}

impl<'a> Waiting<'a> {
    /// The request of this name, when it is this browser's, and its client is who it was.
    async fn load(app: &App, request: &HttpRequest, visitor: &Visitor, handle: &'a str) -> Result<Self, Page> {
        let claimed = app
            .store
            .claimed_authorization(&SecretHash::of(handle), app.clock.now())
            .await?;
        let claimed = claimed.ok_or_else(|| gone(app))?;
        if claimed.browser_hash.as_deref() != Some(visitor.browser().as_str()) {
            return Err(of_another_browser(app));
        }
        if claimed.outcome.is_none() && claimed.expires_at <= app.clock.now() {
            return Err(gone(app));
        }
        let asked = &claimed.asked;
        note_client(request, &asked.client_id);
        let client = client::kept(app, &asked.client_id, asked.client_document.as_deref()).await?;
        let client = client.ok_or_else(|| unknown_client::page(Sought::Unknown, &asked.client_id, None))?;
        if client.metadata_hash()? != asked.metadata_hash {
            return Err(unknown_client::changed());
        }
        Ok(Self {
            handle,
            claimed,
            client,
        })
    }

    fn asked(&self) -> &DeviceAuthorization {
        &self.claimed.asked
    }

    fn client_name(&self) -> String {
        client_name(self.client.metadata.client_name.as_deref())
    }

    fn page(&self, app: &App, visitor: &Visitor, session: &SignedIn) -> HttpResponse {
        let (asked, nothing) = (self.asked(), Scope::default());
        let page = ConsentPage {
            layout: Layout::of(app),
            name: self.client_name(),
            document_host: self.client.document_host(),
            asked_from: asked.asked_from.as_deref(),
            asked_at: asked_at(app, &asked.resource, (&asked.scope, &nothing)),
            of_people: lines(scopes::people_in_words(&asked.scope), &nothing),
            account: &session.name,
            initial: initial(&session.name),
            handle: self.handle,
            csrf: visitor.csrf(),
        };
        html(StatusCode::OK, &page)
    }

    /// What came of it. The account page lists the program once it has tokens; the way back is here from the first moment.
    fn done(&self, app: &App, visitor: &Visitor, outcome: Outcome) -> HttpResponse {
        let page = DonePage {
            layout: Layout::of(app),
            name: self.client_name(),
            outcome,
            client_id: &self.asked().client_id,
            csrf: visitor.csrf(),
        };
        html(StatusCode::OK, &page)
    }

    async fn decide(&self, app: &App, visitor: &Visitor, session: &SignedIn, allowed: bool) -> Result<(), Page> {
        let now = app.clock.now();
        let (kind, allowed) = if allowed {
            self.client.remember(&app.store, now).await?;
            let allowed = AllowedDevice {
                asked: self.asked().clone(),
                grant_id: GrantId::random()?,
                user_id: session.user_id.clone(),
                auth_time: session.auth_time,
            };
            (AuditKind::ConsentGiven, Some(allowed))
        } else {
            (AuditKind::ConsentDenied, None)
        };
        let event = told(self.asked(), kind, session, now);
        let bound = (&SecretHash::of(self.handle), &visitor.browser());
        let decided = app
            .store
            .decide_device_authorization(bound, allowed.as_ref(), &event, now);
        decided.await?;
        Ok(())
    }
}

/// What the audit log tells of a decision.
fn told(asked: &DeviceAuthorization, kind: AuditKind, session: &SignedIn, now: NumericDate) -> AuditEvent {
    let event = AuditEvent::new(kind, now)
        .user(&session.user_id)
        .client(&asked.client_id);
    let from = asked.asked_from.as_deref().unwrap_or("an unknown address");
    event.detail(format!(
        "{} at {}, by a code for a program at {from}",
        asked.scope, asked.resource
    ))
}

fn gone(app: &App) -> Page {
    Page::new(StatusCode::GONE, "This code has ended")
        .say("A code waits for ten minutes, and this one is not there any more. Nothing was allowed.")
        .remedy(
            "Start signing in again in the program on the other machine; it shows a new code.",
            Vec::new(),
        )
        .link("Type a new code", enter::page(app))
}

fn of_another_browser(app: &App) -> Page {
    Page::new(StatusCode::FORBIDDEN, "This page belongs to another browser")
        .say("The code was typed in another browser, or in another window later. If somebody sent you this link, close it: it would give them access to your account.")
        .say("Nothing was allowed.")
        .link("Your account", path(app, "/account"))
}

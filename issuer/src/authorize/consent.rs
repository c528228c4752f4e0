//! The consent page: RFC 6749 section 10.2, RFC 8252 section 8.6, RFC 9700 section 4.16 (clickjacking).
//!
//! It says who asks, for what, where, and as which account. Who asks is told by what cannot be made up:
//! the host that gets the answer. A program on the person's computer has no such name, and the page says
//! so, also when it uses the document of a well-known client: any program can. The name that a client gives itself stands in quotes; its logo and its links are not shown.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::clock::NumericDate;
use shared::http::access_log::note_client;
use shared::params::Params;
use shared::scope::Scope;

use super::asked::Asked;
use super::asked_at::{AskedAt, Line, asked_at, lines};
use super::next_step::NextStep;
use super::pending::{Last, Pending, page_of};
use super::redirect::{AuthorizationError, AuthorizationErrorCode};
use crate::app::App;
use crate::browser::frame::leads_to_client;
use crate::browser::page::{Layout, html, initial};
use crate::browser::visitor::SignedIn;
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::redirect_uri::RedirectKind;
use crate::scopes;
use crate::store::audit::{AuditEvent, AuditKind};
use crate::store::authorization_requests::Decision;

/// Who gets the answer, as far as it can be known.
#[derive(Debug)]
enum Place<'a> {
    /// A server with this host.
    Https(&'a str),
    /// Whatever listens at this host and port of the person's computer.
    Loopback(&'a str),
    /// Whatever opens links of this scheme on the person's device.
    PrivateUse(&'a str),
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    layout: Layout<'a>,
    name: String,
    place: Place<'a>,
    document_host: Option<&'a str>,
    asked_at: Vec<AskedAt<'a>>,
    of_people: Vec<Line<'a>>,
    given: Scope,
    account: &'a str,
    initial: String,
    handle: &'a str,
    csrf: String,
}

/// `GET /consent`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let mut pending = Pending::load(
        &app,
        &visitor,
        &Params::decode(request.query_string().as_bytes()),
        Last::IsLast,
    )
    .await?;
    note_client(&request, &pending.asked.request.client_id);
    match (pending.next_step(&app, &visitor).await?, visitor.session()) {
        (NextStep::SignIn, _) | (_, None) => Ok(see_other(page_of(&app, &NextStep::SignIn, &pending.handle))),
        (_, Some(session)) => Ok(page(&app, &visitor, &pending, session)),
    }
}

fn page(app: &App, visitor: &Visitor, pending: &Pending, session: &SignedIn) -> HttpResponse {
    let asked = &pending.asked;
    leads_to_client(html(
        StatusCode::OK,
        &ConsentPage {
            layout: Layout::of(app),
            name: asked.client_name(),
            place: place(asked),
            document_host: asked.client.document_host(),
            asked_at: asked_at(app, &asked.request.resource, (&asked.scope(), &asked.given)),
            of_people: lines(scopes::people_in_words(&asked.scope()), &asked.given),
            given: asked.given.clone(),
            account: &session.name,
            initial: initial(&session.name),
            handle: &pending.handle,
            csrf: visitor.csrf(),
        },
    ))
}

fn place(asked: &Asked) -> Place<'_> {
    let uri = asked.redirect.uri();
    match uri.kind() {
        RedirectKind::Https => Place::Https(uri.place()),
        RedirectKind::Loopback => Place::Loopback(uri.place()),
        RedirectKind::PrivateUse => Place::PrivateUse(uri.place()),
    }
}

/// `POST /consent`
pub async fn decide(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let mut pending = Pending::load(&app, &visitor, &form, Last::MayComeAgain).await?;
    note_client(&request, &pending.asked.request.client_id);
    let decision = match form.optional("decision").ok().flatten() {
        Some("allow") => Decision::Allowed,
        Some("deny") => Decision::Denied,
        _ => return Err(Page::for_status(StatusCode::BAD_REQUEST)),
    };
    let session = match (pending.next_step(&app, &visitor).await?, visitor.session()) {
        (NextStep::SignIn, _) | (_, None) => return Ok(see_other(page_of(&app, &NextStep::SignIn, &pending.handle))),
        (_, Some(session)) => session,
    };
    pending.asked.saw(&before(&form));
    let event = told(&pending.asked, session, decision, app.clock.now());
    pending.decide(&app, &visitor, decision, Some(event)).await?;
    Ok(answer(&app, &pending, session, decision).await)
}

/// What the page showed as allowed before. Who changes it can only lose something.
fn before(form: &Params) -> Scope {
    let text = form.optional("before").ok().flatten().unwrap_or_default();
    Scope::parse(text).unwrap_or_default()
}

/// What the audit log tells of a decision.
fn told(asked: &Asked, session: &SignedIn, decision: Decision, now: NumericDate) -> AuditEvent {
    let kind = match decision {
        Decision::Allowed => AuditKind::ConsentGiven,
        Decision::Denied => AuditKind::ConsentDenied,
    };
    let request = &asked.request;
    let event = AuditEvent::new(kind, now)
        .user(&session.user_id)
        .client(&request.client_id);
    event.detail(format!("{} at {}", asked.scope(), request.resource))
}

async fn answer(app: &App, pending: &Pending, session: &SignedIn, decision: Decision) -> HttpResponse {
    let asked = &pending.asked;
    if decision == Decision::Denied {
        let denied = AuthorizationError::new(AuthorizationErrorCode::AccessDenied, "the person pressed Deny");
        return asked.redirect.with_error(&denied);
    }
    if let Err(error) = asked.remember(app, session).await {
        log::warn!("a consent could not be remembered, so the person will be asked again: {error}");
    }
    asked.code_for(app, session, &pending.code(app)).await
}

//! An authorization request that waits for the person, kept on the server for 15 minutes and bound to the
//! browser that brought it.
//!
//! The forms carry a handle only, so there is nothing in them to change. Easy to get wrong: taking a handle
//! from any browser; then a link to somebody else's half-done sign-in gives *them* the person's consent.
//! And taking the second click of a double click for a replay: the browser gives up the answer to the
//! first one, so the client would never hear. A request is decided once, its code is made from its handle,
//! and so the same decision gets the same answer again for a moment.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::clock::NumericDate;
use shared::params::Params;
use shared::random;

use super::asked::Asked;
use super::next_step::NextStep;
use crate::app::App;
use crate::browser::page::path;
use crate::browser::visitor::SignedIn;
use crate::browser::{Page, Visitor, is_token, see_other};
use crate::hash::SecretHash;
use crate::store::audit::AuditEvent;
use crate::store::authorization_requests::{Decision, StoredRequest};

/// Seconds that a person has to sign in and decide.
pub(super) const WAITING_SECONDS: NumericDate = 900;

/// Seconds in which the same answer may be sent again: the second click, or one after a slow network.
const DOUBLE_CLICK_SECONDS: NumericDate = 10;

/// A request that waits in this browser.
#[derive(Debug)]
pub(super) struct Pending {
    /// What forms and links carry.
    pub handle: String,
    /// The request.
    pub asked: Asked,
    session_hash: Option<String>,
}

impl Pending {
    /// Keeps a request for this browser, and sends the browser to the page where it goes on.
    pub(super) async fn keep(
        app: &App,
        visitor: &Visitor,
        asked: &Asked,
        step: &NextStep,
    ) -> Result<HttpResponse, Page> {
        let handle = random::token()?;
        let request = serde_json::to_string(&asked.keep()?).map_err(|error| Page::server_error(&error))?;
        let (hash, now) = (SecretHash::of(&handle), app.clock.now());
        let end = now.saturating_add(WAITING_SECONDS);
        app.store
            .insert_request(&hash, &visitor.browser(), &request, now, end)
            .await?;
        Ok(visitor.greet(app, see_other(page_of(app, step, &handle))))
    }

    /// The request that a link or form of this browser names in `request`.
    pub(super) async fn load(app: &App, visitor: &Visitor, params: &Params, last: Last) -> Result<Self, Page> {
        let handle = params
            .optional("request")
            .ok()
            .flatten()
            .filter(|handle| is_token(handle));
        let handle = handle.ok_or_else(gone)?;
        let stored = app
            .store
            .find_request(&SecretHash::of(handle))
            .await?
            .ok_or_else(gone)?;
        check(&stored, visitor, app.clock.now(), last)?;
        let kept = serde_json::from_str(&stored.request).map_err(|error| Page::server_error(&error))?;
        Ok(Self {
            handle: handle.to_owned(),
            asked: Asked::restore(app, kept).await?,
            session_hash: stored.session_hash,
        })
    }

    /// What comes next for whoever is signed in.
    pub(super) async fn next_step(&mut self, app: &App, visitor: &Visitor) -> Result<NextStep, Page> {
        let fresh = |session: &SignedIn| self.session_hash.as_deref() == Some(session.hash().as_str());
        let is_fresh = visitor.session().is_some_and(fresh);
        self.asked.next_step(app, visitor.session(), is_fresh).await
    }

    /// Goes on after somebody signed in for this request.
    pub(super) async fn go_on(mut self, app: &App, visitor: &Visitor) -> Result<HttpResponse, Page> {
        self.session_hash = visitor.session().map(|session| session.hash().as_str().to_owned());
        match (self.next_step(app, visitor).await?, visitor.session()) {
            (NextStep::Code, Some(session)) => {
                self.decide(app, visitor, Decision::Allowed, None).await?;
                Ok(self.asked.code_for(app, session, &self.code(app)).await)
            }
            (NextStep::Refusal(error), _) => Ok(self.asked.redirect.with_error(&error)),
            (step, _) => Ok(see_other(page_of(app, &step, &self.handle))),
        }
    }

    /// Decides the request, once. The same decision again is the second click of a double click; anything
    /// else gets a page.
    pub(super) async fn decide(
        &self,
        app: &App,
        visitor: &Visitor,
        decision: Decision,
        event: Option<AuditEvent>,
    ) -> Result<(), Page> {
        let (handle, now) = (SecretHash::of(&self.handle), app.clock.now());
        let bound = (&handle, &visitor.browser());
        if app.store.decide_request(bound, decision, event.as_ref(), now).await? {
            return Ok(());
        }
        let stored = app.store.find_request(&handle).await?.ok_or_else(gone)?;
        check(&stored, visitor, now, Last::MayComeAgain)?;
        match stored.decision.as_deref() {
            Some(before) if before == decision.as_str() => Ok(()),
            Some(before) => Err(decided(before)),
            None => Err(gone()),
        }
    }

    /// The code of this request: 256 bits that only the holder of the key can make of the handle.
    pub(super) fn code(&self, app: &App) -> String {
        let tag = app.keys.mac.tag("authorization code", self.handle.as_bytes());
        URL_SAFE_NO_PAD.encode(tag)
    }
}

/// Where the person goes on.
pub(super) fn page_of(app: &App, step: &NextStep, handle: &str) -> String {
    let page = if *step == NextStep::SignIn {
        "sign-in"
    } else {
        "consent"
    };
    path(app, &format!("/{page}?request={handle}"))
}

/// Whether a form that was just answered may be answered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// No: what is shown now was decided.
    IsLast,
    /// Yes, for [`DOUBLE_CLICK_SECONDS`].
    MayComeAgain,
}

fn check(stored: &StoredRequest, visitor: &Visitor, now: NumericDate, last: Last) -> Result<(), Page> {
    if stored.browser_hash != visitor.browser().as_str() {
        return Err(of_another_browser(visitor));
    }
    let just_now = stored
        .decided_at
        .is_some_and(|at| now.saturating_sub(at) < DOUBLE_CLICK_SECONDS);
    match stored.decision.as_deref() {
        Some(_) if just_now && last == Last::MayComeAgain => Ok(()),
        Some(decision) => Err(decided(decision)),
        None if stored.expires_at <= now => Err(gone()),
        None => Ok(()),
    }
}

const START_AGAIN: &str = "Go back to the program that sent you here and start signing in again there.";

fn gone() -> Page {
    Page::new(StatusCode::GONE, "This request has ended")
        .say("A request waits for 15 minutes, and this one is not there any more. Nothing was allowed.")
        .remedy(START_AGAIN, Vec::new())
}

fn decided(decision: &str) -> Page {
    let words = match decision {
        "allowed" => "You pressed Allow, and the program was told.",
        _ => "You pressed Deny, and the program was told.",
    };
    Page::new(StatusCode::CONFLICT, "You already answered this")
        .say(words)
        .say("An answer counts once, so there is nothing left to do on this page. You can close it.")
        .remedy("If the program still waits, start signing in again there.", Vec::new())
}

fn of_another_browser(visitor: &Visitor) -> Page {
    let page = Page::new(StatusCode::FORBIDDEN, "This page belongs to another browser");
    let page = if visitor.is_new() {
        page.say("The request began in another browser or window, or this browser does not keep cookies for this site.")
    } else {
        page.say("The request began in another browser or window. If somebody sent you this link, close it: it would give them access to your account.")
    };
    page.say("Nothing was allowed.").remedy(START_AGAIN, Vec::new())
}

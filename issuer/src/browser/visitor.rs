//! Who is at the other end of a request: a browser, and perhaps somebody signed in.
//!
//! A session ends on the server: by signing out, by 24 hours without use, and 14 days after sign-in in
//! any case (NIST SP 800-63B section 2.1.3 allows 30). Signing in makes a new session id (session fixation).
//! The browser id stays: alone it gives nothing, and when the answer to a sign-in is lost, or given up for
//! a second click, the browser must still be the one that its requests wait for.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse};
use shared::clock::NumericDate;
use shared::http::access_log::note_subject;
use shared::http::client_address::client_address;
use shared::random;

use super::cookies::{BROWSER_SECONDS, CookieName};
use super::page::{Page, path};
use super::words::browser_words;
use crate::app::App;
use crate::hash::SecretHash;
use crate::store::audit::{AuditEvent, AuditKind};
use crate::store::sessions::SignIn;

/// Seconds without use after which a session ends.
pub const IDLE_SECONDS: NumericDate = 24 * 3600;
/// Seconds after sign-in at which a session ends in any case.
pub const ABSOLUTE_SECONDS: NumericDate = 14 * 86_400;
/// How often the time of last use is written, in seconds.
const TOUCH_SECONDS: NumericDate = 60;

/// A browser, and who is signed in there.
#[derive(Clone, Debug)]
pub struct Visitor {
    browser: String,
    is_new: bool,
    words: String,
    address: Option<IpAddr>,
    session: Option<SignedIn>,
}

/// An account whose password was just verified, or just set.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedUser<'a> {
    /// The account.
    pub user_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The PHC string that is stored for it.
    pub password_hash: &'a str,
    /// A stronger one of the same password, to be stored in its place.
    pub rehash: Option<&'a str>,
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    id: String,
    /// The account.
    pub user_id: String,
    /// Its name.
    pub name: String,
    /// When the person signed in.
    pub auth_time: NumericDate,
}

impl SignedIn {
    /// The session's hash, as stored.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.id)
    }
}

impl Visitor {
    /// Reads the cookies, and looks the session up.
    pub async fn of(app: &App, request: &HttpRequest) -> Result<Self, Page> {
        let known = CookieName::Browser.read(app, request);
        let is_new = known.is_none();
        let browser = known.map_or_else(random::token, Ok)?;
        let session = match CookieName::Session.read(app, request) {
            Some(id) => signed_in(app, id).await?,
            None => None,
        };
        if let Some(session) = &session {
            note_subject(request, &session.user_id);
        }
        let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            browser,
            is_new,
            words: browser_words(user_agent.unwrap_or_default()),
            address: client_address(request),
            session,
        })
    }

    /// Who is signed in.
    pub fn session(&self) -> Option<&SignedIn> {
        self.session.as_ref()
    }

    /// The browser's hash, as stored.
    pub fn browser(&self) -> SecretHash {
        SecretHash::of(&self.browser)
    }

    /// Where the request comes from, for the audit log.
    pub fn place(&self) -> String {
        match self.address {
            Some(address) => format!("{} at {address}", self.words),
            None => self.words.clone(),
        }
    }

    /// The session, or the page that says to sign in.
    pub fn must_be_signed_in(&self, app: &App) -> Result<&SignedIn, Page> {
        self.session.as_ref().ok_or_else(|| {
            Page::new(StatusCode::FORBIDDEN, "You are not signed in")
                .say("You signed out, or it was too long ago. Nothing was done.")
                .link("Sign in", path(app, "/sign-in"))
        })
    }

    /// Whether the browser sent no cookie of ours.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What a form must bring back: bound to the browser and to the session, or to there being none.
    pub fn csrf(&self) -> String {
        let session = self.session.as_ref().map_or("", |session| session.id.as_str());
        SecretHash::of(&format!("csrf\n{}\n{session}", self.browser))
            .as_str()
            .to_owned()
    }

    /// Gives a browser its cookie, if it had none.
    pub fn greet(&self, app: &App, mut answer: HttpResponse) -> HttpResponse {
        if self.is_new {
            let cookie = CookieName::Browser.set(app, self.browser.clone(), BROWSER_SECONDS);
            add_cookie(&mut answer, &cookie);
        }
        answer
    }

    /// Gives the browser its cookie anew, for another year, with the answer to what makes pages from before untrue. Chromium
    /// keeps a page for Back, also one with `no-store`, until a cookie that scripts cannot read changes.
    pub fn outdate_pages(&self, app: &App, mut answer: HttpResponse) -> HttpResponse {
        let cookie = CookieName::Browser.set(app, self.browser.clone(), BROWSER_SECONDS);
        add_cookie(&mut answer, &cookie);
        answer
    }

    /// Begins a session for an account, for the authorization request that waits, if any; `None` when the account
    /// changed since its password was looked at. The audit log hears of it.
    pub async fn sign_in(
        &self,
        app: &App,
        user: VerifiedUser<'_>,
        request: Option<&SecretHash>,
    ) -> Result<Option<Self>, Page> {
        let event = AuditEvent::new(AuditKind::SignIn, app.clock.now()).user(user.user_id);
        self.begin(app, user, request, Some(&event.detail(self.place()))).await
    }

    /// Goes on under a new session id, after a new password.
    pub async fn renew(&self, app: &App, user: VerifiedUser<'_>) -> Result<Option<Self>, Page> {
        self.begin(app, user, None, None).await
    }

    async fn begin(
        &self,
        app: &App,
        user: VerifiedUser<'_>,
        request: Option<&SecretHash>,
        event: Option<&AuditEvent>,
    ) -> Result<Option<Self>, Page> {
        let now = app.clock.now();
        let session = SignedIn {
            id: random::token()?,
            user_id: user.user_id.to_owned(),
            name: user.name.to_owned(),
            auth_time: now,
        };
        let old_session = self.session.as_ref().map(SignedIn::hash);
        let sign_in = SignIn {
            user_id: user.user_id,
            password_hash: user.password_hash,
            rehash: user.rehash,
            session: &session.hash(),
            old_session: old_session.as_ref(),
            browser: &self.browser(),
            browser_words: &self.words,
            request,
            at: now,
            expires_at: now.saturating_add(ABSOLUTE_SECONDS),
            event,
        };
        let begun = app.store.sign_in(&sign_in).await?;
        Ok(begun.then(|| Self {
            is_new: true,
            session: Some(session),
            ..self.clone()
        }))
    }

    /// Gives the browser the cookie of a session just begun, and its own for another year.
    pub fn welcome(&self, app: &App, answer: HttpResponse) -> HttpResponse {
        let mut answer = self.greet(app, answer);
        if let Some(session) = &self.session {
            let cookie = CookieName::Session.set(app, session.id.clone(), ABSOLUTE_SECONDS);
            add_cookie(&mut answer, &cookie);
        }
        answer
    }

    /// Ends the session on the server, and makes the browser forget it.
    pub async fn sign_out(&self, app: &App, mut answer: HttpResponse) -> Result<HttpResponse, Page> {
        if let Some(session) = &self.session {
            app.store.end_session(&session.hash(), app.clock.now()).await?;
        }
        add_cookie(&mut answer, &CookieName::Session.forget(app));
        Ok(answer)
    }
}

async fn signed_in(app: &App, id: String) -> Result<Option<SignedIn>, Page> {
    let (hash, now) = (SecretHash::of(&id), app.clock.now());
    let Some(session) = app
        .store
        .find_session(&hash, now, now.saturating_sub(IDLE_SECONDS))
        .await?
    else {
        return Ok(None);
    };
    if now.saturating_sub(session.last_seen_at) >= TOUCH_SECONDS {
        app.store.touch_session(&hash, now).await?;
    }
    Ok(Some(SignedIn {
        id,
        user_id: session.user_id,
        name: session.name,
        auth_time: session.auth_time,
    }))
}

/// Our cookies have only letters and digits in them, so this cannot fail; if it did, the next page would say so.
fn add_cookie(answer: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'static>) {
    if let Err(error) = answer.add_cookie(cookie) {
        log::error!("a cookie could not be set: {error}");
    }
}

//! The sign-in page: OpenID Connect Core 1.0 section 3.1.2.3, RFC 9700 section 4.12, OWASP on authentication.
//!
//! 1. The form must be ours; of many at once few are looked at, since each takes memory until its password is looked at.
//!    While no more passwords can be looked at, nobody waits: who would be refused in the end hears so at once;
//! 2. the try must be within the limits, and is counted;
//! 3. the password is looked at, with the same work and words whether the account exists or not;
//! 4. the session begins under new ids, unless the account changed since its password was read;
//! 5. the request that waits goes on, or the home page is shown.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::http::client_address::client_address;
use shared::params::Params;

use super::device::Onward;
use super::next_step::NextStep;
use super::pending::{Last, Pending, page_of};
use crate::account::{Password, UserName};
use crate::app::App;
use crate::browser::frame::leads_to_client;
use crate::browser::page::{Layout, Problem, html, span};
use crate::browser::visitor::VerifiedUser;
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::display_text::plain;
use crate::limits::{Attempt, RetryAfter};
use crate::metrics::SignInOutcome;
use crate::password::Verified;
use crate::store::audit::{AuditEvent, AuditKind};
use crate::store::users::Credentials;
use crate::turns::Turn;

/// Characters of a typed name that come back in the form.
const SHOWN_NAME: usize = 128;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    layout: Layout<'a>,
    asker: Option<String>,
    handle: Option<&'a str>,
    onward: Onward,
    csrf: String,
    username: String,
    signed_in_as: Option<&'a str>,
    continue_at: Option<String>,
    problems: Vec<Problem>,
}

/// `GET /sign-in`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let params = Params::decode(request.query_string().as_bytes());
    let mut pending = pending(&app, &visitor, &params, Last::IsLast).await?;
    let hint = pending
        .as_ref()
        .and_then(|pending| pending.asked.request.login_hint.clone());
    let onward = Onward::of(&app, &params);
    let continue_at = continue_at(&app, &visitor, pending.as_mut(), &onward).await?;
    let mut page = SignInPage::new(&app, &visitor, (pending.as_ref(), &onward), &hint.unwrap_or_default());
    page.continue_at = continue_at;
    Ok(visitor.greet(&app, leads_to_client(html(StatusCode::OK, &page))))
}

/// `POST /sign-in`
pub async fn sign_in(app: Data<App>, request: HttpRequest, form: Form) -> Result<HttpResponse, Page> {
    app.passwords.must_have_room()?;
    let turn = app.turns.next().await.map_err(|closed| Page::server_error(&closed))?;
    // It may be full by now, also for all who wait.
    app.passwords.must_have_room()?;
    // In a box, so that who waits for a turn takes no more memory than that.
    Box::pin(in_turn(&app, &request, form, turn)).await
}

async fn in_turn(app: &App, request: &HttpRequest, Form(form): Form, turn: Turn<'_>) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(app, request).await?;
    csrf::check(app, request, &visitor, &form)?;
    let pending = pending(app, &visitor, &form, Last::MayComeAgain).await?;
    let typed = form.optional("username").ok().flatten().unwrap_or_default();
    let onward = Onward::of(app, &form);
    let again = |refusal| {
        refused(
            SignInPage::new(app, &visitor, (pending.as_ref(), &onward), typed),
            refusal,
        )
    };
    let (user, rehash) = match verified(app, request, &visitor, &form, turn).await? {
        Ok(verified) => verified,
        Err(refusal) => return Ok(again(&refusal)),
    };
    let handle = pending
        .as_ref()
        .map(|pending| crate::hash::SecretHash::of(&pending.handle));
    let verified = VerifiedUser {
        user_id: &user.user_id,
        name: &user.name,
        password_hash: &user.password_hash,
        rehash: rehash.as_deref(),
    };
    let Some(visitor) = visitor.sign_in(app, verified, handle.as_ref()).await? else {
        refusal_is_told(app, &visitor, Some(&user), "the account changed meanwhile").await?;
        return Ok(again(&Refusal::Meanwhile));
    };
    let answer = match pending {
        Some(pending) => pending.go_on(app, &visitor).await?,
        None => see_other(onward.path(app)),
    };
    Ok(visitor.welcome(app, answer))
}

/// Why nobody is signed in.
enum Refusal {
    /// Something was not filled in.
    Empty,
    /// No such account, or not its password: which one is not said.
    Wrong,
    /// The password is right, and the account is disabled.
    Disabled,
    /// The account changed while its password was looked at.
    Meanwhile,
    /// Too many tries.
    TooMany(RetryAfter),
}

/// Whose password it was, and a stronger hash of it where one is due.
type Right = (Credentials, Option<String>);

async fn pending(app: &App, visitor: &Visitor, params: &Params, last: Last) -> Result<Option<Pending>, Page> {
    match params.many("request").next() {
        Some(_) => Pending::load(app, visitor, params, last).await.map(Some),
        None => Ok(None),
    }
}

/// Where somebody who is signed in already may go on as that account.
async fn continue_at(
    app: &App,
    visitor: &Visitor,
    pending: Option<&mut Pending>,
    onward: &Onward,
) -> Result<Option<String>, Page> {
    let Some(pending) = pending else {
        return Ok(Some(onward.path(app)));
    };
    Ok(match pending.next_step(app, visitor).await? {
        NextStep::SignIn => None,
        step => Some(page_of(app, &step, &pending.handle)),
    })
}

async fn verified(
    app: &App,
    request: &HttpRequest,
    visitor: &Visitor,
    form: &Params,
    turn: Turn<'_>,
) -> Result<Result<Right, Refusal>, Page> {
    let (Ok(typed), Ok(password)) = (form.one("username"), form.one("password")) else {
        return Ok(Err(Refusal::Empty));
    };
    let name = UserName::parse(typed).ok();
    let credentials = match &name {
        Some(name) => app.store.find_credentials(name).await?,
        None => None,
    };
    let user_id = credentials.as_ref().map_or("", |user| user.user_id.as_str());
    // Looked up for unknown users as well: the same work for both.
    let is_known = app.store.browser_is_known(&visitor.browser(), user_id).await?;
    let attempt = Attempt {
        account: name.map_or_else(|| plain(typed, SHOWN_NAME), |name| name.key().to_owned()),
        address: client_address(request),
        known_browser: is_known.then(|| visitor.browser()),
    };
    let tried = tried(
        app,
        visitor,
        &attempt,
        Password::parse(password).ok(),
        credentials,
        turn,
    )
    .await;
    app.metrics.sign_in(match &tried {
        Ok(Ok(_)) => SignInOutcome::Succeeded,
        Ok(Err(Refusal::TooMany(_))) => SignInOutcome::Slowed,
        Ok(Err(_)) => SignInOutcome::Wrong,
        Err(_) => SignInOutcome::Failed,
    });
    tried
}

async fn tried(
    app: &App,
    visitor: &Visitor,
    attempt: &Attempt,
    password: Option<Password>,
    credentials: Option<Credentials>,
    turn: Turn<'_>,
) -> Result<Result<Right, Refusal>, Page> {
    let now = app.clock.now();
    if let Err(wait) = app.attempts.begin(attempt, now) {
        return Ok(Err(Refusal::TooMany(wait)));
    }
    let stored = credentials.as_ref().map(|user| user.password_hash.as_str());
    let place = app.passwords.place();
    drop(turn);
    let verified = match place {
        Ok(place) => app.passwords.verify_at(place, password.as_ref(), stored).await,
        Err(busy) => Err(busy),
    };
    let verified = verified.inspect_err(|_| app.attempts.void(attempt, now))?;
    let (refusal, words) = match (verified, credentials.as_ref()) {
        (Verified::Yes { rehash }, Some(user)) if user.disabled_at.is_none() => {
            app.attempts.succeeded(attempt, now);
            return Ok(Ok((user.clone(), rehash)));
        }
        (Verified::Yes { .. }, Some(_)) => (Refusal::Disabled, "the account is disabled"),
        (_, Some(_)) => (Refusal::Wrong, "wrong password"),
        (_, None) => (Refusal::Wrong, "no such account"),
    };
    refusal_is_told(app, visitor, credentials.as_ref(), words).await?;
    Ok(Err(refusal))
}

/// Tells the audit log; the same work whether the account exists or not, and never what was typed.
async fn refusal_is_told(
    app: &App,
    visitor: &Visitor,
    user: Option<&Credentials>,
    words: &str,
) -> Result<(), sqlx::Error> {
    let event = AuditEvent::new(AuditKind::SignInRefused, app.clock.now());
    let event = event.detail(format!("{words}: {}", visitor.place()));
    let event = user.into_iter().fold(event, |event, user| event.user(&user.user_id));
    app.store.audit(&event).await
}

fn refused(mut page: SignInPage<'_>, refusal: &Refusal) -> HttpResponse {
    let (status, words, wait) = match refusal {
        Refusal::Empty => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Enter your user name and your password.".to_owned(),
            None,
        ),
        Refusal::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The user name or the password is wrong.".to_owned(),
            None,
        ),
        Refusal::Disabled => (
            StatusCode::FORBIDDEN,
            "This account is disabled. Ask whoever runs this server.".to_owned(),
            None,
        ),
        Refusal::Meanwhile => (
            StatusCode::CONFLICT,
            "Your account was changed a moment ago. Sign in again.".to_owned(),
            None,
        ),
        Refusal::TooMany(RetryAfter(seconds)) => {
            let words = format!("There were too many tries. Wait {}, then try again.", span(*seconds));
            (StatusCode::TOO_MANY_REQUESTS, words, Some(seconds))
        }
    };
    page.problems.push(Problem::new("password", words));
    let mut answer = leads_to_client(html(status, &page));
    if let Some(seconds) = wait {
        answer.headers_mut().insert(RETRY_AFTER, (*seconds).into());
    }
    answer
}

impl<'a> SignInPage<'a> {
    fn new(
        app: &'a App,
        visitor: &'a Visitor,
        (pending, onward): (Option<&'a Pending>, &Onward),
        username: &str,
    ) -> Self {
        Self {
            layout: Layout::of(app),
            asker: pending.map(|pending| pending.asked.client_name()),
            handle: pending.map(|pending| pending.handle.as_str()),
            onward: onward.clone(),
            csrf: visitor.csrf(),
            username: plain(username, SHOWN_NAME),
            signed_in_as: visitor.session().map(|session| session.name.as_str()),
            continue_at: None,
            problems: Vec::new(),
        }
    }
}

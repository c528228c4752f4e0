//! Signed-in browsers: where the account is signed in, and how to end it from here.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::moment::Moment;
use crate::app::App;
use crate::browser::page::path;
use crate::browser::visitor::{IDLE_SECONDS, SignedIn};
use crate::browser::{Form, Page, Visitor, csrf, is_token, see_other};

/// A browser as it is shown.
#[derive(Debug)]
pub(super) struct SignedInBrowser {
    /// What names it in the form.
    pub session: String,
    pub words: String,
    pub signed_in: Moment,
    pub last_seen: Moment,
    /// Whether it is the one that shows the page.
    pub this_one: bool,
}

/// The browsers in which the account is signed in, this one first.
pub(super) async fn list(app: &App, session: &SignedIn) -> Result<Vec<SignedInBrowser>, Page> {
    let now = app.clock.now();
    let idle_since = now.saturating_sub(IDLE_SECONDS);
    let own = session.hash();
    let sessions = app.store.sessions_of(&session.user_id, now, idle_since).await?;
    let shown = sessions.into_iter().map(|each| SignedInBrowser {
        this_one: each.session_hash == own.as_str(),
        session: each.session_hash,
        words: each.browser_words.unwrap_or_else(|| "A browser".to_owned()),
        signed_in: Moment::of(each.auth_time, now),
        last_seen: Moment::of(each.last_seen_at, now),
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|browser| !browser.this_one);
    Ok(shown)
}

/// `POST /account/browsers`: signs one browser out, or all but this one.
pub async fn end(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let session = visitor.must_be_signed_in(&app)?;
    let (own, now) = (session.hash(), app.clock.now());
    match form.optional("session").ok().flatten() {
        Some("others") => app.store.end_other_sessions(&session.user_id, &own, now).await?,
        Some(ended) if ended == own.as_str() => {
            return visitor.sign_out(&app, see_other(path(&app, "/signed-out"))).await;
        }
        Some(ended) if is_token(ended) => app.store.end_session_of(&session.user_id, ended, now).await?,
        _ => return Err(Page::for_status(StatusCode::BAD_REQUEST)),
    }
    Ok(see_other(path(&app, "/account")))
}

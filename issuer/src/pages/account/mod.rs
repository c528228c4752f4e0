//! The account page: what its owner sees and decides about programs, browsers, password and data.
//!
//! Everything here is for the account that is signed in and for no other; every form carries the token of its
//! session.

pub mod apps;
pub mod browsers;
pub mod deletion;
pub mod export;
mod moment;
pub mod password;
mod present_password;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::params::Params;

use self::apps::ConnectedApp;
use self::browsers::SignedInBrowser;
use crate::app::App;
use crate::browser::page::{Layout, html, initial, path};
use crate::browser::{Page, Visitor, see_other};

/// Seconds for which the page says what was just done.
const DONE_SECONDS: i64 = 60;

#[derive(Template)]
#[template(path = "account/overview.html")]
struct AccountPage<'a> {
    layout: Layout<'a>,
    account: &'a str,
    initial: String,
    /// Whether the password was just changed.
    password_changed: bool,
    apps: Vec<ConnectedApp>,
    browsers: Vec<SignedInBrowser>,
    /// Minutes for which a token works that was given out before.
    token_minutes: i64,
    csrf: String,
}

/// `GET /account`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let Some(session) = visitor.session() else {
        return Ok(see_other(path(&app, "/sign-in")));
    };
    let done = Params::decode(request.query_string().as_bytes());
    // The change began a new session; a link with these words that somebody made says nothing.
    let just_now = app.clock.now().saturating_sub(session.auth_time) < DONE_SECONDS;
    let longest_token_seconds = app.config.resources.longest_seconds(app.config.access_token_seconds);
    let page = AccountPage {
        layout: Layout::of(&app),
        account: &session.name,
        initial: initial(&session.name),
        password_changed: just_now && done.many("done").any(|done| done == "password"),
        apps: apps::list(&app, &session.user_id).await?,
        browsers: browsers::list(&app, session).await?,
        token_minutes: longest_token_seconds.div_euclid(60).max(1),
        csrf: visitor.csrf(),
    };
    Ok(html(StatusCode::OK, &page))
}

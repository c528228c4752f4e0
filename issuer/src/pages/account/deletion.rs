//! Deleting the account: its owner types its name and its password, and all that is its own goes with it.
//!
//! What stays are entries of the audit log, which hold identifiers, until its retention ends.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::present_password;
use crate::account::UserName;
use crate::app::App;
use crate::browser::page::{Layout, Problem, html, path};
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::display_text::plain;

#[derive(Template)]
#[template(path = "account/deletion.html")]
struct DeletionPage<'a> {
    layout: Layout<'a>,
    account: &'a str,
    typed: String,
    csrf: String,
    problems: Vec<Problem>,
}

impl DeletionPage<'_> {
    fn problem(&self, field: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.field == field)
    }
}

#[derive(Template)]
#[template(path = "account/deleted.html")]
struct DeletedPage<'a> {
    layout: Layout<'a>,
}

/// `GET /account/delete`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    if visitor.session().is_none() {
        return Ok(see_other(path(&app, "/sign-in")));
    }
    page(&app, &visitor, "", Vec::new())
}

/// `POST /account/delete`
pub async fn delete(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let session = visitor.must_be_signed_in(&app)?;
    let text = |name| form.optional(name).ok().flatten().unwrap_or_default();
    let typed = text("username");
    if !is_same(typed, &session.name) {
        let problem = Problem::new("username", format!("Type the name of this account: {}", session.name));
        return page(&app, &visitor, typed, vec![problem]);
    }
    let credentials = match present_password::verified(&app, &request, (&visitor, session), text("password")).await? {
        Ok(credentials) => credentials,
        Err(problem) => return page(&app, &visitor, typed, vec![problem]),
    };
    let deleted = app
        .store
        .delete_own_account(&credentials.user_id, &credentials.password_hash, app.clock.now());
    if !deleted.await? {
        let problem = Problem::new("password", "The password was changed elsewhere a moment ago.");
        return page(&app, &visitor, typed, vec![problem]);
    }
    visitor.sign_out(&app, see_other(path(&app, "/account/deleted"))).await
}

/// `GET /account/deleted`
pub async fn deleted(app: Data<App>) -> HttpResponse {
    html(
        StatusCode::OK,
        &DeletedPage {
            layout: Layout::of(&app),
        },
    )
}

fn is_same(typed: &str, name: &str) -> bool {
    let key = |name: &str| UserName::parse(name).ok().map(|name| name.key().to_owned());
    key(typed).is_some_and(|typed| Some(typed) == key(name))
}

fn page(app: &App, visitor: &Visitor, typed: &str, problems: Vec<Problem>) -> Result<HttpResponse, Page> {
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = DeletionPage {
        layout: Layout::of(app),
        account: &visitor.must_be_signed_in(app)?.name,
        typed: plain(typed, 128),
        csrf: visitor.csrf(),
        problems,
    };
    Ok(html(status, &page))
}

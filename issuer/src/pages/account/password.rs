//! Changing the password: NIST SP 800-63B section 3.1.1, OWASP on session management.
//!
//! 1. The present password must be given;
//! 2. the new one must fit, and be typed twice;
//! 3. one statement changes it, if it is still the old one, and every other session ends with it;
//! 4. this browser gets a new session.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::params::Params;

use super::present_password;
use crate::account::Password;
use crate::app::App;
use crate::browser::page::{Layout, Problem, html, path};
use crate::browser::visitor::VerifiedUser;
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::store::own_sessions::NewPassword;
use crate::store::users::Credentials;

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage<'a> {
    layout: Layout<'a>,
    account: &'a str,
    csrf: String,
    problems: Vec<Problem>,
}

impl PasswordPage<'_> {
    fn problem(&self, field: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.field == field)
    }
}

/// `GET /account/password`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    if visitor.session().is_none() {
        return Ok(see_other(path(&app, "/sign-in")));
    }
    page(&app, &visitor, Vec::new())
}

/// `POST /account/password`
pub async fn change(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let session = visitor.must_be_signed_in(&app)?;
    let new = match new_password(&form) {
        Ok(new) => new,
        Err(problems) => return page(&app, &visitor, problems),
    };
    let present = form.optional("password").ok().flatten().unwrap_or_default();
    let old = match present_password::verified(&app, &request, (&visitor, session), present).await? {
        Ok(old) => old,
        Err(problem) => return page(&app, &visitor, vec![problem]),
    };
    let renewed = match store(&app, &visitor, &old, &new).await? {
        Some(hash) => visitor.renew(&app, with_password(&old, &hash)).await?,
        None => None,
    };
    if let Some(visitor) = renewed {
        return Ok(visitor.welcome(&app, see_other(path(&app, "/account?done=password"))));
    }
    let meanwhile = Problem::new("password", "The password was changed elsewhere a moment ago.");
    page(&app, &visitor, vec![meanwhile])
}

/// The account as it is after the change.
fn with_password<'a>(account: &'a Credentials, password_hash: &'a str) -> VerifiedUser<'a> {
    VerifiedUser {
        user_id: &account.user_id,
        name: &account.name,
        password_hash,
        rehash: None,
    }
}

/// The PHC string that is stored now, or `None` when the password was not the old one any more.
async fn store(app: &App, visitor: &Visitor, old: &Credentials, new: &Password) -> Result<Option<String>, Page> {
    let session = visitor.must_be_signed_in(app)?;
    let hash = app.passwords.hash(new).await?;
    let change = NewPassword {
        user_id: &old.user_id,
        old: &old.password_hash,
        new: &hash,
        session: &session.hash(),
        browser: &visitor.browser(),
    };
    let changed = app.store.change_password(change, app.clock.now()).await?;
    Ok(changed.then_some(hash))
}

fn new_password(form: &Params) -> Result<Password, Vec<Problem>> {
    let typed = |name| form.optional(name).ok().flatten().unwrap_or_default();
    let missing = typed("password")
        .is_empty()
        .then(|| Problem::new("password", "Enter your present password."));
    let (new, problem) = match Password::parse(typed("new")) {
        Err(error) => (None, Some(Problem::new("new", error.to_string()))),
        Ok(_) if typed("new") != typed("repeat") => {
            let words = "The two passwords differ. Type the same one again.";
            (None, Some(Problem::new("repeat", words)))
        }
        Ok(new) => (Some(new), None),
    };
    match (missing, new) {
        (None, Some(new)) => Ok(new),
        (missing, _) => Err(missing.into_iter().chain(problem).collect()),
    }
}

fn page(app: &App, visitor: &Visitor, problems: Vec<Problem>) -> Result<HttpResponse, Page> {
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = PasswordPage {
        layout: Layout::of(app),
        account: &visitor.must_be_signed_in(app)?.name,
        csrf: visitor.csrf(),
        problems,
    };
    Ok(html(status, &page))
}

//! The home page: what this is, who is signed in, and what to do next.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::browser::page::{Layout, html, initial};
use crate::browser::{Page, Visitor};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    layout: Layout<'a>,
    account: Option<&'a str>,
    initial: String,
    resource: &'a str,
    has_users: bool,
    csrf: String,
}

/// `GET /`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let account = visitor.session().map(|session| session.name.as_str());
    let page = HomePage {
        layout: Layout::of(&app),
        account,
        initial: initial(account.unwrap_or_default()),
        resource: &app.config.resources.default_resource().identifier,
        has_users: account.is_some() || app.store.has_users().await?,
        csrf: visitor.csrf(),
    };
    Ok(visitor.greet(&app, html(StatusCode::OK, &page)))
}

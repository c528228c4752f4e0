//! Signing out: the session ends on the server, so a copy of its cookie is worth nothing afterwards.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::browser::page::{Layout, html, path};
use crate::browser::{Form, Page, Visitor, csrf, see_other};

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    layout: Layout<'a>,
}

/// `POST /sign-out`
pub async fn sign_out(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    visitor.sign_out(&app, see_other(path(&app, "/signed-out"))).await
}

/// `GET /signed-out`
pub async fn signed_out(app: Data<App>) -> HttpResponse {
    html(
        StatusCode::OK,
        &SignedOutPage {
            layout: Layout::of(&app),
        },
    )
}

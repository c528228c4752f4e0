//! Forms are only taken from pages of ours: OWASP on cross-site request forgery, RFC 6819 section 5.3.5.
//!
//! 1. `Sec-Fetch-Site`, when sent, must say that our own page sent the form;
//! 2. `Origin`, when sent, must be ours. Pages have `Referrer-Policy: no-referrer`, which makes
//!    browsers send `null` with our own forms, so `null` proves nothing either way;
//! 3. the token in the form must be the one for this browser and this session. This is what counts:
//!    it also stops a form from another session, from before signing in, and login CSRF.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, ORIGIN};
use shared::params::Params;
use subtle::ConstantTimeEq;

use super::page::{Page, path};
use super::visitor::Visitor;
use crate::app::App;

/// Refuses a form that no page of ours sent to this browser and session.
pub fn check(app: &App, request: &HttpRequest, visitor: &Visitor, form: &Params) -> Result<(), Page> {
    let token = form.optional("csrf").ok().flatten().unwrap_or_default();
    if !is_from_our_page(app, request.headers()) {
        log::warn!("a form from another site was refused");
        return Err(
            Page::new(StatusCode::FORBIDDEN, "This form came from another site").say(format!(
                "Nothing was done. Use the pages at {} only.",
                app.config.issuer
            )),
        );
    }
    if visitor.is_new() {
        return Err(
            Page::new(StatusCode::FORBIDDEN, "This browser did not send its cookie").say(
                "Nothing was done. Allow cookies for this site, then start again from the program that sent you here.",
            ),
        );
    }
    if bool::from(token.as_bytes().ct_eq(visitor.csrf().as_bytes())) {
        return Ok(());
    }
    Err(out_of_date(app, form))
}

fn is_from_our_page(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let ours = app.config.public_url.origin().ascii_serialization();
    text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
        && text(ORIGIN.as_str()).is_none_or(|origin| origin == ours || origin == "null")
}

fn out_of_date(app: &App, form: &Params) -> Page {
    let page = Page::new(StatusCode::FORBIDDEN, "This page was out of date")
        .say("You signed in or out since it was opened, perhaps in another tab. Nothing was done.");
    let handle = form
        .optional("request")
        .ok()
        .flatten()
        .filter(|handle| super::is_token(handle));
    match handle {
        Some(handle) => page.link("Open it again", path(app, &format!("/consent?request={handle}"))),
        None => page.link("Start again", path(app, "/")),
    }
}

//! Help for every error code that the issuer sends: where `error_uri` leads (RFC 6749 sections 4.1.2.1 and 5.2).
//!
//! The texts are in `help_texts`; a test looks for a page for each code of `error::ErrorCode`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::help_texts::{HELP, Help};
use crate::app::App;
use crate::browser::Page;
use crate::browser::page::{Layout, html};

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage<'a> {
    layout: Layout<'a>,
    help: &'a Help,
}

/// `GET /help/errors/{code}`
pub async fn show(app: Data<App>, code: Path<String>) -> Result<HttpResponse, Page> {
    let help = HELP.iter().find(|help| help.code == *code);
    let help = help.ok_or_else(|| Page::for_status(StatusCode::NOT_FOUND))?;
    let page = HelpPage {
        layout: Layout::of(&app),
        help,
    };
    Ok(html(StatusCode::OK, &page))
}

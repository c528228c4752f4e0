//! The pages for a client that is not known or may not be used: RFC 6749 section 4.1.2.1 forbids to redirect.
//!
//! The program that sent the person here never learns of the page, so the person must: which program it was,
//! as far as can be told, and what to do in it.

use actix_web::http::StatusCode;

use super::remedies::{self, again};
use crate::browser::Page;
use crate::client::Sought;
use crate::client::cimd::Failure;
use crate::display_text::plain;

/// The page: what happened, who it was as far as can be told, and what to do.
pub(super) fn page(sought: Sought, client_id: &str, redirect_uri: Option<&str>) -> Page {
    match sought {
        Sought::Blocked => blocked(client_id),
        Sought::NoDocument(failure) => no_document(&failure, client_id),
        Sought::Unknown | Sought::Found(_) => unknown(client_id, redirect_uri),
    }
}

fn unknown(client_id: &str, redirect_uri: Option<&str>) -> Page {
    let page = Page::new(StatusCode::BAD_REQUEST, "This server does not know the program that sent you").say(match host(client_id) {
        Some(host) => format!("It says who it is by a document at {host}, and this server does not take that."),
        None => format!("It calls itself by the identifier “{}”, which is not registered here. The server may have been set up anew since the program registered.", plain(client_id, 80)),
    });
    let page = match remedies::product(client_id, redirect_uri) {
        Some(product) => page.say(format!("It is probably {product}.")),
        None => page,
    };
    let page = match redirect_uri {
        Some(uri) => page.say(format!(
            "It wants the answer at {}. Nothing was sent there.",
            plain(uri, 120)
        )),
        None => page,
    };
    again(page, client_id, redirect_uri)
}

fn no_document(failure: &Failure, client_id: &str) -> Page {
    let host = host(client_id).unwrap_or_default();
    let (status, remedy) = match failure {
        Failure::Unreachable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Try again in a minute. If it stays like this, whoever runs this server must let it reach that host, \
             name a copy of the document in ISSUER_CIMD_SEED_FILE, or set ISSUER_CIMD=off, so that programs register instead.",
        ),
        Failure::Refused(_) => (
            StatusCode::BAD_REQUEST,
            "Whoever makes the program must put this right. Nothing that you do here would change it.",
        ),
    };
    let page = Page::new(status, format!("The program from {host} could not be checked"));
    let page = match failure {
        Failure::Unreachable(_) => page.retry_after(60),
        Failure::Refused(_) => page,
    };
    page.say(format!(
        "It says who it is by the document {}, which this server could not use: {}.",
        plain(client_id, 120),
        plain(&failure.to_string(), 200)
    ))
    .say("Nothing was allowed.")
    .remedy(remedy, Vec::new())
}

fn blocked(client_id: &str) -> Page {
    Page::new(StatusCode::FORBIDDEN, "This program may not be used here")
        .say(format!(
            "Whoever runs this server blocked the program with the identifier “{}”. Nothing was allowed.",
            plain(client_id, 80)
        ))
        .remedy("Ask whoever runs this server, if you need it.", Vec::new())
}

/// The page for a client that is another than when it asked.
pub(super) fn changed() -> Page {
    Page::new(StatusCode::CONFLICT, "The program changed meanwhile")
        .say("It calls itself by another name now than when it sent you here, or wants its answers elsewhere. Nothing was allowed.")
        .remedy("Start signing in again in that program, if you know why it changed.", Vec::new())
}

/// The host of an identifier that is a URL.
fn host(client_id: &str) -> Option<String> {
    let rest = client_id
        .strip_prefix("https://")
        .or_else(|| client_id.strip_prefix("http://"))?;
    Some(plain(rest.split(['/', '?', '#']).next().unwrap_or_default(), 80))
}

/// The page for a request that does not even name a client.
pub(super) fn no_client() -> Page {
    Page::new(StatusCode::BAD_REQUEST, "This link is not complete")
        .say("A program sends people here to sign in, and says who it is. This link does not say it, or says it twice.")
        .remedy("Start signing in again in that program. If you came here by a link, open it as a whole: it may have been cut off.", Vec::new())
}

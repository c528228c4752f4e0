//! The page for a client that is not known: RFC 6749 section 4.1.2.1 forbids to redirect.

use actix_web::http::StatusCode;

use super::remedies::again;
use crate::browser::Page;
use crate::display_text::plain;

/// The page: what happened, who it was as far as can be told, and how to register again.
pub(super) fn page(client_id: &str, redirect_uri: Option<&str>) -> Page {
    let page = Page::new(StatusCode::BAD_REQUEST, "This server does not know the program that sent you")
        .say(format!("It calls itself by the identifier “{}”, which is not registered here. The server may have been set up anew since the program registered.", plain(client_id, 80)));
    let page = match redirect_uri {
        Some(uri) => page.say(format!(
            "It wants the answer at {}. Nothing was sent there.",
            plain(uri, 120)
        )),
        None => page,
    };
    again(page, redirect_uri)
}

/// The page for a request that does not even name a client.
pub(super) fn no_client() -> Page {
    Page::new(StatusCode::BAD_REQUEST, "This link is not complete")
        .say("A program sends people here to sign in, and says who it is. This link does not say it, or says it twice.")
        .remedy("Start signing in again in that program. If you came here by a link, open it as a whole: it may have been cut off.", Vec::new())
}

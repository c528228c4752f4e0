//! What pages for people need: cookies, sessions, forms, headers, errors in words.
//!
//! Knows nothing of OAuth; `authorize` and `pages` build on it.

pub mod assets;
mod cookies;
pub mod csrf;
pub mod form;
pub mod frame;
pub mod page;
pub mod visitor;
mod words;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;

pub use form::Form;
pub use page::Page;
pub use visitor::Visitor;

/// The answer to a form: RFC 9700 section 4.12 wants 303, which never sends the form's body on.
pub fn see_other(location: String) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// Whether the text has the form of a token of ours, and so may stand in a link.
pub fn is_token(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

//! The two cookies: RFC 6265bis sections 4.1.2 and 4.1.3.2 (the `__Host-` prefix).
//!
//! `issuer_browser` binds what waits to one browser, signed in or not; `issuer_session` is a signed-in
//! session. Both are 256 random bits that only the server can give meaning to. Over https both have the
//! `__Host-` prefix, which no other host of the same domain can set.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::app::App;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieName {
    /// One browser.
    Browser,
    /// A signed-in session.
    Session,
}

/// A year: a browser is remembered that long for an account.
pub(super) const BROWSER_SECONDS: i64 = 365 * 86_400;

impl CookieName {
    fn text(self, app: &App) -> &'static str {
        match (self, app.config.is_https()) {
            (Self::Browser, true) => "__Host-issuer_browser",
            (Self::Browser, false) => "issuer_browser",
            (Self::Session, true) => "__Host-issuer_session",
            (Self::Session, false) => "issuer_session",
        }
    }

    /// The value that the browser sent, when it has the form of ours.
    pub(super) fn read(self, app: &App, request: &HttpRequest) -> Option<String> {
        let cookie = request.cookie(self.text(app))?;
        let value = cookie.value();

        super::is_token(value).then(|| value.to_owned())
    }

    /// The cookie to set.
    pub(super) fn set(self, app: &App, value: String, seconds: i64) -> Cookie<'static> {
        Cookie::build(self.text(app), value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(app.config.is_https())
            .max_age(Duration::seconds(seconds))
            .finish()
    }

    /// The cookie that makes the browser forget it.
    pub(super) fn forget(self, app: &App) -> Cookie<'static> {
        self.set(app, String::new(), 0)
    }
}

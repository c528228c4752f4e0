//! The present password, asked again before what cannot be undone: NIST SP 800-63B section 5.2, OWASP on
//! authentication.
//!
//! Tries count like those of signing in: whoever finds a browser open must not guess faster than a stranger.

use actix_web::HttpRequest;
use shared::http::client_address::client_address;

use crate::account::{Password, UserName};
use crate::app::App;
use crate::browser::page::{Problem, span};
use crate::browser::visitor::SignedIn;
use crate::browser::{Page, Visitor};
use crate::limits::{Attempt, RetryAfter};
use crate::password::Verified;
use crate::store::users::Credentials;

/// The account's stored credentials when `typed` is its password; else what is wrong.
pub(super) async fn verified(
    app: &App,
    request: &HttpRequest,
    (visitor, session): (&Visitor, &SignedIn),
    typed: &str,
) -> Result<Result<Credentials, Problem>, Page> {
    let Some(credentials) = credentials(app, session).await? else {
        return Ok(Err(wrong()));
    };
    let browser = visitor.browser();
    let is_known = app.store.browser_is_known(&browser, &session.user_id).await?;
    let attempt = Attempt {
        account: name_key(session),
        address: client_address(request),
        known_browser: is_known.then_some(browser),
    };
    let now = app.clock.now();
    if let Err(RetryAfter(seconds)) = app.attempts.begin(&attempt, now) {
        let words = format!("There were too many tries. Wait {}, then try again.", span(seconds));
        return Ok(Err(Problem::new("password", words)));
    }
    let password = Password::parse(typed).ok();
    match app
        .passwords
        .verify(password.as_ref(), Some(&credentials.password_hash))
        .await
    {
        Ok(Verified::Yes { .. }) => {
            app.attempts.succeeded(&attempt, now);
            Ok(Ok(credentials))
        }
        Ok(Verified::No) => Ok(Err(wrong())),
        Err(error) => {
            app.attempts.void(&attempt, now);
            Err(error.into())
        }
    }
}

async fn credentials(app: &App, session: &SignedIn) -> Result<Option<Credentials>, sqlx::Error> {
    let Ok(name) = UserName::parse(&session.name) else {
        return Ok(None);
    };
    let found = app.store.find_credentials(&name).await?;
    Ok(found.filter(|found| found.user_id == session.user_id))
}

fn name_key(session: &SignedIn) -> String {
    UserName::parse(&session.name).map_or_else(|_| session.name.clone(), |name| name.key().to_owned())
}

fn wrong() -> Problem {
    Problem::new("password", "This is not your present password.")
}

//! Pages for people: what they look like on the wire, and the page that says what went wrong.
//!
//! A [`Page`] is the error type of every endpoint that people see: what happened, and what to do. It is
//! put into HTML by the `frame` around those endpoints, which knows the settings and the request's id.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use shared::clock::NumericDate;

use super::assets;
use crate::app::App;
use crate::password::HashingError;

/// A page that says what happened and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{title}")]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in sentences.
    pub sentences: Vec<String>,
    /// What to do.
    pub remedies: Vec<Remedy>,
    /// Where to go on.
    pub link: Option<Link>,
    /// Seconds after which it is worth another try.
    pub retry_after: Option<NumericDate>,
}

/// Something to do, with the commands for it.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// What to do.
    pub words: String,
    /// What to type in a terminal.
    pub commands: Vec<String>,
}

/// A link to another page of ours.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its text.
    pub words: &'static str,
    /// A path under the public URL.
    pub href: String,
}

impl Page {
    /// A page with a title.
    pub fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            sentences: Vec::new(),
            remedies: Vec::new(),
            link: None,
            retry_after: None,
        }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.sentences.push(sentence.into());
        self
    }

    /// Adds something to do.
    #[must_use]
    pub fn remedy(mut self, words: impl Into<String>, commands: Vec<String>) -> Self {
        self.remedies.push(Remedy {
            words: words.into(),
            commands,
        });
        self
    }

    /// Sets where to go on; `href` is a path of ours.
    #[must_use]
    pub fn link(mut self, words: &'static str, href: String) -> Self {
        self.link = Some(Link { words, href });
        self
    }

    /// Says when it is worth another try.
    #[must_use]
    pub fn retry_after(mut self, seconds: NumericDate) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Our own fault; `cause` goes to the log.
    pub fn server_error(cause: &dyn std::fmt::Display) -> Self {
        log::error!("{cause}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here")
            .say("It is not your fault, and nothing was changed. Try again; if it happens again, tell whoever runs this server.")
    }

    /// A page for an error that has no words of its own.
    pub fn for_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(status, "There is no page here").say("Check the address."),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "This page cannot be used that way").say("Open it in a browser.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "That was too much text").say("Nothing was done."),
            status if status.is_server_error() => Self::server_error(&status),
            status => Self::new(status, "This request could not be understood").say("Nothing was done."),
        }
    }
}

impl From<sqlx::Error> for Page {
    fn from(error: sqlx::Error) -> Self {
        log::error!("{error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The database cannot be used right now")
            .say("Nothing was lost. Wait a moment, then load this page again.")
            .retry_after(2)
    }
}

impl From<shared::random::NoRandomness> for Page {
    fn from(error: shared::random::NoRandomness) -> Self {
        Self::server_error(&error)
    }
}

impl From<HashingError> for Page {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "Too many people are signing in")
                .say("Nothing was done. Wait a few seconds, then go back and try again.")
                .retry_after(3),
            HashingError::Failed => Self::server_error(&error),
        }
    }
}

impl ResponseError for Page {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Without the frame there are no settings, so this is plain text.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        answer.insert_header(ContentType::plaintext()).body(self.title.clone())
    }
}

/// What every page has around it.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    /// The path under which the issuer is reached; empty at the root.
    pub base: &'a str,
    /// The stylesheet's path.
    pub style: String,
    /// The icon, as a data URL.
    pub icon: &'static str,
    /// The issuer's host and port.
    pub site: &'a str,
}

impl<'a> Layout<'a> {
    /// The layout of this issuer's pages.
    pub fn of(app: &'a App) -> Self {
        let base = base(app);
        let site = app.config.issuer.split_once("://").map_or("", |(_, rest)| rest);
        Self {
            base,
            style: format!("{base}{}", assets::style_path()),
            icon: assets::ICON,
            site: site.split('/').next().unwrap_or(site),
        }
    }
}

/// The letter that stands for an account.
pub fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect()
}

/// The path of the public URL, without a slash at its end.
pub fn base(app: &App) -> &str {
    app.config.public_url.path().trim_end_matches('/')
}

/// A page's path, with its query if any, as a browser must ask for it.
pub fn path(app: &App, path: &str) -> String {
    format!("{}{path}", base(app))
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout<'a>,
    page: &'a Page,
    request_id: &'a str,
}

/// The page's HTML.
pub(super) fn error_page(app: &App, page: &Page, request_id: &str) -> HttpResponse {
    let layout = Layout::of(app);
    let mut answer = html(
        page.status,
        &ErrorPage {
            layout,
            page,
            request_id,
        },
    );
    if let Some(seconds) = page.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    answer
}

/// A page from its template.
pub fn html(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(text) => HttpResponse::build(status).content_type(ContentType::html()).body(text),
        Err(error) => HttpResponse::from_error(Page::server_error(&error)),
    }
}

/// Something to correct in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's id.
    pub field: &'static str,
    /// What to do about it.
    pub words: String,
}

impl Problem {
    /// A problem with a field.
    pub fn new(field: &'static str, words: impl Into<String>) -> Self {
        Self {
            field,
            words: words.into(),
        }
    }
}

/// A span of seconds in words, never shorter than it is.
pub fn span(seconds: NumericDate) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_words() {
        let all = [1, 2, 90, 91, 120, 121, 900].map(span);
        assert_eq!(
            all,
            [
                "1 second",
                "2 seconds",
                "90 seconds",
                "2 minutes",
                "2 minutes",
                "3 minutes",
                "15 minutes"
            ]
        );
    }
}

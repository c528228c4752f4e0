//! The page where a person types the code: RFC 8628 sections 3.3, 3.3.1 and 5.1.
//!
//! 1. Somebody is signed in;
//! 2. the form is ours;
//! 3. the try is counted before the code is looked up, for the account and the address; a right code takes back what it
//!    counted;
//! 4. the request is this browser's from now on.
//!
//! A link that has the code in it fills in the form, and the person compares it and goes on.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::clock::NumericDate;
use shared::http::access_log::note_client;
use shared::http::client_address::client_address;
use shared::params::Params;
use shared::random;

use super::{Onward, PAGE, UserCode, consent, must_be_on};
use crate::app::App;
use crate::browser::page::{Layout, Problem, html, initial, path, span};
use crate::browser::visitor::SignedIn;
use crate::browser::{Form, Page, Visitor, csrf, is_token, see_other};
use crate::display_text::plain;
use crate::hash::SecretHash;
use crate::limits::{Attempt, RetryAfter};

/// Characters of a typed code that come back in the form.
const SHOWN_CODE: usize = 20;

#[derive(Template)]
#[template(path = "device/enter.html")]
struct EnterPage<'a> {
    layout: Layout<'a>,
    user_code: String,
    /// Whether the code came with the link, so that the person must compare it.
    from_link: bool,
    account: &'a str,
    initial: String,
    csrf: String,
    problems: Vec<Problem>,
}

/// Why a code leads nowhere.
enum Refusal {
    /// Nobody has this code, or it has ended, or was answered.
    Unknown,
    /// Too many tries.
    TooMany(NumericDate),
}

/// `GET /device`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    must_be_on(&app)?;
    let visitor = Visitor::of(&app, &request).await?;
    let params = Params::decode(request.query_string().as_bytes());
    let waiting = params.many("waiting").next().filter(|handle| is_token(handle));
    let code = params.many("user_code").next().and_then(UserCode::parse);
    let Some(session) = visitor.session() else {
        let onward = waiting.map_or_else(|| Onward::to_page(code.as_ref()), Onward::to_request);
        return Ok(see_other(onward.sign_in(&app)));
    };
    if let Some(handle) = waiting {
        return consent::show(&app, &request, (&visitor, session), handle).await;
    }
    let typed = code.map(|code| code.shown()).unwrap_or_default();
    let page = EnterPage {
        from_link: !typed.is_empty(),
        ..EnterPage::of(&app, &visitor, session, typed)
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /device`
pub async fn enter(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    must_be_on(&app)?;
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let typed = form.optional("user_code").ok().flatten().unwrap_or_default();
    let code = UserCode::parse(typed);
    let Some(session) = visitor.session() else {
        return Ok(see_other(Onward::to_page(code.as_ref()).sign_in(&app)));
    };
    let claimed = match &code {
        Some(code) => claim(&app, &request, (&visitor, session), code).await?,
        // Nothing is looked up for what can be no code, so it is no guess.
        None => Err(Refusal::Unknown),
    };
    match claimed {
        Ok(handle) => Ok(see_other(Onward::to_request(&handle).path(&app))),
        Err(refusal) => {
            let page = EnterPage::of(&app, &visitor, session, plain(typed, SHOWN_CODE));
            Ok(page.refused(&refusal))
        }
    }
}

/// Makes the request with this code one of this browser; the name that it has here.
async fn claim(
    app: &App,
    request: &HttpRequest,
    (visitor, session): (&Visitor, &SignedIn),
    code: &UserCode,
) -> Result<Result<String, Refusal>, Page> {
    let (handle, now) = (random::token()?, app.clock.now());
    let attempt = Attempt {
        account: session.user_id.clone(),
        address: client_address(request),
        known_browser: None,
    };
    if let Err(RetryAfter(seconds)) = app.user_codes.begin(&attempt, now) {
        log::warn!("somebody guesses codes of devices; the next try must wait {seconds} s");
        return Ok(Err(Refusal::TooMany(seconds)));
    }
    let claim = SecretHash::of(&handle);
    let claimed = app
        .store
        .claim_device_authorization(&code.hash(app), (&claim, &visitor.browser()), now)
        .await
        .inspect_err(|_| app.user_codes.void(&attempt, now))?;
    let Some(client_id) = claimed else {
        return Ok(Err(Refusal::Unknown));
    };
    app.user_codes.void(&attempt, now);
    note_client(request, &client_id);
    Ok(Ok(handle))
}

impl<'a> EnterPage<'a> {
    fn of(app: &'a App, visitor: &Visitor, session: &'a SignedIn, user_code: String) -> Self {
        Self {
            layout: Layout::of(app),
            user_code,
            from_link: false,
            account: &session.name,
            initial: initial(&session.name),
            csrf: visitor.csrf(),
            problems: Vec::new(),
        }
    }

    fn refused(mut self, refusal: &Refusal) -> HttpResponse {
        let (status, words) = match refusal {
            Refusal::Unknown => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "No program waits with this code. Compare it with what the program shows; after ten minutes it shows a new one.".to_owned(),
            ),
            Refusal::TooMany(seconds) => {
                let words = format!("There were too many wrong codes. Wait {}, then try again.", span(*seconds));
                (StatusCode::TOO_MANY_REQUESTS, words)
            }
        };
        self.problems.push(Problem::new("user_code", words));
        let mut answer = html(status, &self);
        if let Refusal::TooMany(seconds) = refusal {
            answer.headers_mut().insert(RETRY_AFTER, (*seconds).into());
        }
        answer
    }
}

/// Where a program's code is typed.
pub(super) fn page(app: &App) -> String {
    path(app, PAGE)
}

//! The authorization endpoint: OAuth 2.1 section 4.1, RFC 6749 sections 3.1 and 4.1.2.1, RFC 9207.
//!
//! 1. Find the client, whose document is fetched when it has one; 2. find its redirect URI; without either there is a page and no redirect;
//! 3. check the rest, in `request`; what is wrong goes back to the client;
//! 4. decide what comes next, in `next_step`: sign-in, consent, a code, or an error;
//! 5. keep the request (`pending`) and send the browser to that page, or send the client its answer.
//!
//! Easy to get wrong: using something up here. Browsers load a link twice, people reload it, and some
//! clients fetch it once without cookies to see whether they are known; so a `GET` changes nothing that
//! another `GET` would need.

mod asked;
mod asked_at;
mod consent;
pub mod device;
mod next_step;
mod pending;
mod prompt;
mod pushed;
mod redirect;
mod remedies;
mod request;
mod sign_in;
mod unknown_client;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use shared::http::access_log::note_client;
use shared::params::Params;
use shared::random;

use self::asked::Asked;
use self::next_step::NextStep;
use self::pending::Pending;
use self::redirect::Redirect;
use self::request::{Asker, AuthorizationRequest, state_of};
use crate::app::App;
use crate::browser::form::{QUERY_BYTES, as_link};
use crate::browser::page::path;
use crate::browser::{Page, Visitor};
use crate::client::{self, Client, Sought};

pub use consent::{decide, show as consent_page};
pub use pushed::push;
pub use sign_in::{show as sign_in_page, sign_in};

/// `GET /oauth/authorize`
pub async fn endpoint(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    if request.query_string().len() > QUERY_BYTES {
        return Err(Page::new(StatusCode::URI_TOO_LONG, "This link is too long").say("Nothing was done."));
    }
    let params = Params::decode(request.query_string().as_bytes());
    let client_id = params.one("client_id").map_err(|_| unknown_client::no_client())?;
    if client_id.contains('\0') {
        // PostgreSQL cannot be asked for it, and would answer with an error.
        return Err(unknown_client::no_client());
    }
    if let Some(handle) = pushed::handle_of(&params) {
        note_client(&request, client_id);
        let visitor = Visitor::of(&app, &request).await?;
        let asked = pushed::take(&app, &visitor, client_id, handle).await?;
        return begin(&app, &visitor, asked).await;
    }
    let redirect_uri = params
        .optional("redirect_uri")
        .map_err(|_| unknown_client::no_client())?;
    let client = match client::find_for_authorization(&app, client_id).await? {
        Sought::Found(client) => *client,
        sought => return Err(unknown_client::page(sought, client_id, redirect_uri)),
    };
    note_client(&request, client_id);
    let redirect = Redirect::to_registered(redirect_uri, &client.metadata, state_of(&params), &app.config.issuer)?;
    let asked = pushed::may_be_left_out(&client)
        .and_then(|()| AuthorizationRequest::read(&params, asker(&client), redirect_uri, &app.config.resources));
    match asked {
        Ok(asked) => {
            let visitor = Visitor::of(&app, &request).await?;
            begin(&app, &visitor, Asked::new(asked, client, redirect)).await
        }
        Err(error) => Ok(redirect.with_error(&error)),
    }
}

fn asker(client: &Client) -> Asker<'_> {
    Asker {
        client_id: client.client_id.as_str(),
        wish: client.metadata.scope.as_deref(),
    }
}

async fn begin(app: &App, visitor: &Visitor, mut asked: Asked) -> Result<HttpResponse, Page> {
    match (asked.next_step(app, visitor.session(), false).await?, visitor.session()) {
        (NextStep::Refusal(error), _) => Ok(asked.redirect.with_error(&error)),
        (NextStep::Code, Some(session)) => Ok(asked.code_for(app, session, &random::token()?).await),
        (step, _) => Pending::keep(app, visitor, &asked, &step).await,
    }
}

/// `POST /oauth/authorize` (RFC 6749 section 3.1): the same as a link.
pub async fn post(app: Data<App>, body: web::Payload) -> Result<HttpResponse, Page> {
    as_link(&path(&app, "/oauth/authorize"), body).await
}

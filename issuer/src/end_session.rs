//! Signing out at a client's wish: OpenID Connect RP-Initiated Logout 1.0 sections 2 to 4.
//!
//! 1. The hint, when there is one, must be ours and agree with `client_id`;
//! 2. afterwards the browser goes where the client registered, and nowhere else;
//! 3. with a hint of the account that is signed in, the session ends at once; else a page asks.
//!
//! Easy to get wrong: redirecting on `client_id` alone. Anybody may register a client here with any address,
//! so a link to this endpoint could lead anywhere without a click (RFC 9700 section 4.11.2). A hint shows
//! that a person once let the client in, and counts in a browser where that person signed in before: with a hint of
//! their own, whoever has an account could send others along. Without one, the person sees where it goes.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::http::access_log::note_client;
use shared::params::Params;

use crate::app::App;
use crate::browser::form::{QUERY_BYTES, as_link};
use crate::browser::frame::leads_to_client;
use crate::browser::page::{Layout, html, initial, path};
use crate::browser::{Form, Page, Visitor, csrf, see_other};
use crate::client::{self, Client};
use crate::display_text::client_name;
use crate::redirect_uri::RedirectUri;
use crate::tokens::id_token::{self, IdTokenClaims};

/// Where this is.
pub const PATH: &str = "/oauth/end-session";

/// What is asked.
struct Logout<'a> {
    /// An ID token that we issued.
    hint: Option<IdTokenClaims>,
    /// Who asks, as far as it is known.
    client: Option<Client>,
    /// Where the browser goes afterwards: an address of the client's.
    back: Option<RedirectUri>,
    /// What the client gets back there.
    state: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "end_session.html")]
struct EndSessionPage<'a> {
    layout: Layout<'a>,
    asker: Option<String>,
    account: Option<&'a str>,
    initial: String,
    /// Host and port (or the scheme) of `back`, and the address with `state`.
    back: Option<(&'a str, String)>,
    fields: Vec<(&'static str, &'a str)>,
    csrf: String,
}

/// `GET /oauth/end-session`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    if request.query_string().len() > QUERY_BYTES {
        return Err(Page::new(StatusCode::URI_TOO_LONG, "This link is too long").say("Nothing was done."));
    }
    let params = Params::decode(request.query_string().as_bytes());
    let logout = Logout::read(&app, &params).await?;
    logout.note(&request);
    match (visitor.session(), &logout.hint) {
        (Some(session), Some(hint)) if session.user_id == hint.sub => {
            visitor.sign_out(&app, see_other(logout.location(&app))).await
        }
        (None, Some(hint)) if app.store.browser_is_known(&visitor.browser(), &hint.sub).await? => {
            Ok(see_other(logout.location(&app)))
        }
        _ => Ok(visitor.greet(&app, page(&app, &visitor, &logout))),
    }
}

/// `POST /oauth/end-session` from a client's page: the same as a link.
pub async fn post(app: Data<App>, body: Payload) -> Result<HttpResponse, Page> {
    as_link(&path(&app, PATH), body).await
}

/// `POST /oauth/end-session/confirm`: the person pressed Sign out.
pub async fn confirm(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let logout = Logout::read(&app, &form).await?;
    logout.note(&request);
    visitor.sign_out(&app, see_other(logout.location(&app))).await
}

impl<'a> Logout<'a> {
    async fn read(app: &App, params: &'a Params) -> Result<Self, Page> {
        let one = |name| params.optional(name).map_err(|_| unfit());
        let hint = one("id_token_hint")?.and_then(|token| id_token::verify_hint(app, token));
        let client_id = one("client_id")?;
        if let (Some(hint), Some(client_id)) = (&hint, client_id)
            && hint.aud != client_id
        {
            return Err(unfit());
        }
        let client_id = client_id.or(hint.as_ref().map(|hint| hint.aud.as_str()));
        // PostgreSQL cannot be asked for a NUL.
        let client = match client_id.filter(|client_id| !client_id.contains('\0')) {
            Some(client_id) => client::find(app, client_id).await?,
            None => None,
        };
        let back = one("post_logout_redirect_uri")?.and_then(|asked| registered(client.as_ref()?, asked));
        let state = one("state")?;
        Ok(Self {
            hint,
            client,
            back,
            state,
        })
    }

    fn note(&self, request: &HttpRequest) {
        if let Some(client) = &self.client {
            note_client(request, client.client_id.as_str());
        }
    }

    /// Where the browser goes when nobody is signed in any more.
    fn location(&self, app: &App) -> String {
        self.address().unwrap_or_else(|| path(app, "/signed-out"))
    }

    fn address(&self) -> Option<String> {
        let state = self.state.map(|state| ("state", state));
        self.back.as_ref().map(|back| back.with_query(state))
    }

    /// What the page's form must bring back.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let client_id = self.client.as_ref().map(|client| client.client_id.as_str());
        let fields = [
            ("client_id", client_id),
            ("post_logout_redirect_uri", self.back.as_ref().map(RedirectUri::as_str)),
            ("state", self.state),
        ];
        let sent = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        sent.collect()
    }
}

/// The address, when it is among the client's, byte for byte.
fn registered(client: &Client, asked: &str) -> Option<RedirectUri> {
    let uris = &client.metadata.post_logout_redirect_uris;
    uris.iter().find(|uri| uri.as_str() == asked).cloned()
}

fn page(app: &App, visitor: &Visitor, logout: &Logout<'_>) -> HttpResponse {
    let account = visitor.session().map(|session| session.name.as_str());
    let name = |client: &Client| client_name(client.metadata.client_name.as_deref());
    leads_to_client(html(
        StatusCode::OK,
        &EndSessionPage {
            layout: Layout::of(app),
            asker: logout.client.as_ref().map(name),
            account,
            initial: initial(account.unwrap_or_default()),
            back: logout.back.as_ref().map(RedirectUri::place).zip(logout.address()),
            fields: logout.fields(),
            csrf: visitor.csrf(),
        },
    ))
}

fn unfit() -> Page {
    Page::new(StatusCode::BAD_REQUEST, "This link does not fit together")
        .say("A program sent you here to sign out, and what it says contradicts itself. Nothing was done.")
        .remedy("You can sign out on the first page of this server.", Vec::new())
}

//! The first account, made in the browser by whoever can read the terminal: OWASP on default credentials.
//!
//! 1. `issuer serve` prints a one-time link while there is no account; each start makes a new one.
//! 2. The link's form makes the account. The statement that takes the link away decides, so that two
//!    forms sent at once make one account (`store::users`).
//! 3. The person is signed in and sees what to do next.
//!
//! Easy to get wrong: hashing a password for anybody who posts here; the link is looked at first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use shared::params::Params;
use shared::random;

use crate::account::{Password, UserName};
use crate::app::App;
use crate::browser::page::{Layout, Problem, html, path};
use crate::browser::visitor::VerifiedUser;
use crate::browser::{Form, Page, Visitor, csrf, is_token, see_other};
use crate::display_text::plain;
use crate::hash::SecretHash;
use crate::store::users::{Created, NewUser};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    layout: Layout<'a>,
    csrf: String,
    link: &'a str,
    username: String,
    problems: Vec<Problem>,
}

impl SetupPage<'_> {
    fn problem(&self, field: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.field == field)
    }
}

/// Makes a new one-time link while there is no account; its URL.
pub async fn link(app: &App) -> Result<Option<String>, String> {
    let token = random::token().map_err(|error| error.to_string())?;
    let offered = app
        .store
        .offer_setup_link(&SecretHash::of(&token), app.clock.now())
        .await;
    let offered = offered.map_err(|error| format!("the first account's link cannot be stored: {error}"))?;
    Ok(offered.then(|| app.config.url(&format!("/setup?link={token}"))))
}

/// `GET /setup`
pub async fn show(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    let params = Params::decode(request.query_string().as_bytes());
    let link = living(&app, &params).await?;
    Ok(visitor.greet(&app, page(&app, &visitor, link, "", Vec::new())))
}

/// `POST /setup`
pub async fn create(app: Data<App>, request: HttpRequest, Form(form): Form) -> Result<HttpResponse, Page> {
    let visitor = Visitor::of(&app, &request).await?;
    csrf::check(&app, &request, &visitor, &form)?;
    let link = living(&app, &form).await?;
    let typed = form.optional("username").ok().flatten().unwrap_or_default();
    let (name, password) = match read(&form) {
        Ok(account) => account,
        Err(problems) => return Ok(page(&app, &visitor, link, typed, problems)),
    };
    let password_hash = app.passwords.hash(&password).await?;
    let user_id = random::uuid()?;
    let user = NewUser {
        user_id: &user_id,
        name: &name,
        password_hash: &password_hash,
        created_at: app.clock.now(),
    };
    match app.store.insert_first_user(&SecretHash::of(link), &user).await? {
        Created::Now => {
            let user = VerifiedUser {
                user_id: &user_id,
                name: name.as_str(),
                password_hash: &password_hash,
                rehash: None,
            };
            Ok(match visitor.sign_in(&app, user, None).await? {
                Some(visitor) => visitor.welcome(&app, see_other(path(&app, "/"))),
                None => see_other(path(&app, "/sign-in")),
            })
        }
        Created::LinkDead | Created::NameTaken => Err(dead(&app).await?),
    }
}

/// The link of this request, while it lives.
async fn living<'a>(app: &App, params: &'a Params) -> Result<&'a str, Page> {
    let link = params.optional("link").ok().flatten().filter(|link| is_token(link));
    if let Some(link) = link
        && app.store.setup_link_lives(&SecretHash::of(link)).await?
    {
        return Ok(link);
    }
    Err(dead(app).await?)
}

async fn dead(app: &App) -> Result<Page, Page> {
    let page = Page::new(StatusCode::GONE, "This link is used up");
    Ok(if app.store.has_users().await? {
        page.say("The first account was made, and the link worked once. Whoever runs this server can add more accounts in a terminal.")
            .remedy("To add an account:", vec!["issuer user add NAME".to_owned()])
            .link("Sign in", path(app, "/sign-in"))
    } else {
        page.say("Each start of the server makes a new link, and the earlier ones end.")
            .remedy("Open the link from the newest line that begins with setup-link: in the terminal, or start the server again for a new one.", Vec::new())
    })
}

/// The account that was typed, or everything that is wrong with it.
fn read(form: &Params) -> Result<(UserName, Password), Vec<Problem>> {
    let typed = |name| form.optional(name).ok().flatten().unwrap_or_default();
    let name = UserName::parse(typed("username"));
    let password = Password::parse(typed("password"));
    let same = typed("password") == typed("repeat");
    match (name, password) {
        (Ok(name), Ok(password)) if same => Ok((name, password)),
        (name, password) => {
            let repeat = (password.is_ok() && !same)
                .then(|| Problem::new("repeat", "The two passwords differ. Type the same one again."));
            let name = name.err().map(|error| Problem::new("username", error.to_string()));
            let password = password.err().map(|error| Problem::new("password", error.to_string()));
            Err([name, password, repeat].into_iter().flatten().collect())
        }
    }
}

fn page(app: &App, visitor: &Visitor, link: &str, username: &str, problems: Vec<Problem>) -> HttpResponse {
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = SetupPage {
        layout: Layout::of(app),
        csrf: visitor.csrf(),
        link,
        username: plain(username, 128),
        problems,
    };
    html(status, &page)
}

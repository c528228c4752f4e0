//! A person with a browser that keeps cookies and shows forms, and nothing else.

use std::collections::BTreeMap;

use issuer::account::{Password, UserName};
use issuer::pages::setup;
use issuer::store::users::{Created, NewUser};
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use shared::random;

use super::{Answer, RESOURCE, TestIssuer, client};

/// The password of every account of the tests.
pub const PASSWORD: &str = "correct horse battery";
/// The challenge of every request of the tests (RFC 7636 appendix B).
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What opens it.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A browser.
#[derive(Clone)]
pub struct Person {
    site: String,
    http: reqwest::Client,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
}

/// What a browser gets.
pub struct Shown {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The page.
    pub text: String,
}

impl TestIssuer {
    /// A browser with nothing in it.
    pub fn person(&self) -> Person {
        Person::of(&self.url)
    }

    /// A browser in which this account is signed in.
    pub async fn signed_in_person(&self, name: &str) -> Person {
        let mut person = self.person();
        let page = person.get("/sign-in").await;
        let answer = person.sign_in(&page, name, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.location().as_str()),
            (303, "/"),
            "{}",
            answer.text
        );
        person
    }

    /// An account with [`PASSWORD`]; its identifier.
    pub async fn account(&self, name: &str) -> String {
        let user_id = random::uuid().unwrap();
        let password = Password::parse(PASSWORD).unwrap();
        let password_hash = self.app.passwords.hash(&password).await.unwrap();
        let user = NewUser {
            user_id: &user_id,
            name: &UserName::parse(name).unwrap(),
            password_hash: &password_hash,
            created_at: self.clock.now(),
        };
        assert_eq!(self.app.store.insert_user(&user).await.unwrap(), Created::Now);
        user_id
    }

    /// A client with this name and these redirect URIs; its `client_id`.
    pub async fn client_named(&self, name: &str, redirect_uris: &[&str]) -> String {
        let metadata =
            json!({"client_name": name, "redirect_uris": redirect_uris, "token_endpoint_auth_method": "none"});
        let answer = self
            .request("POST", "/oauth/register")
            .json(&metadata)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        super::text(&answer.json().await.unwrap(), "client_id").to_owned()
    }
}

/// The authorization request of a well-behaved client, with something besides.
pub fn authorize(client_id: &str, redirect_uri: &str, besides: &str) -> String {
    let encoded = |text: &str| {
        text.replace('%', "%25")
            .replace('&', "%26")
            .replace('+', "%2B")
            .replace(' ', "%20")
    };
    format!(
        "/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri={}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&state=st4te&resource={RESOURCE}{besides}",
        encoded(redirect_uri)
    )
}

/// The token request for a code that [`authorize`] asked for.
pub fn code_form<'a>(client_id: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

impl TestIssuer {
    /// The answer to the token request for the code that this answer brings.
    pub async fn redeem(&self, client_id: &str, allowed: &Shown) -> Answer {
        let code = allowed.answer("code").unwrap();
        self.post_token(&code_form(client_id, &code)).await
    }

    /// The tokens for the code that this answer brings.
    pub async fn tokens(&self, client_id: &str, allowed: &Shown) -> Value {
        let (status, tokens) = self.redeem(client_id, allowed).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// The link of the first start.
    pub async fn setup_link(&self) -> String {
        setup::link(&self.app).await.unwrap().unwrap()
    }

    /// Follows the link of the first start: the account `alex`, in this browser.
    pub async fn first_account(&self, person: &mut Person, link: &str) -> Shown {
        let page = person.get(link.strip_prefix(&self.url).unwrap()).await;
        let (csrf, link) = (page.field("csrf"), page.field("link"));
        let form = [
            ("csrf", csrf.as_str()),
            ("link", &link),
            ("username", "alex"),
            ("password", PASSWORD),
            ("repeat", PASSWORD),
        ];
        person.post("/setup", &form).await
    }
}

impl Person {
    /// A browser with nothing in it, at this address.
    pub fn of(site: &str) -> Self {
        Self {
            site: site.to_owned(),
            http: client(),
            cookies: BTreeMap::new(),
        }
    }

    /// The same browser, at an issuer that was started again elsewhere.
    pub fn at(self, issuer: &TestIssuer) -> Self {
        Self {
            site: issuer.url.clone(),
            ..self
        }
    }

    /// Opens a page, following redirects on this site only.
    pub async fn visit(&mut self, path: &str) -> Shown {
        let mut shown = self.get(path).await;
        for _ in 0..5 {
            if shown.status != 303 || !shown.location().starts_with('/') {
                return shown;
            }
            let next = shown.location();
            shown = self.get(&next).await;
        }
        shown
    }

    /// Opens a page without following anything.
    pub async fn get(&mut self, path: &str) -> Shown {
        let request = self.http.get(format!("{}{path}", self.site));
        self.send(request).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let request = self.http.post(format!("{}{path}", self.site)).form(fields);
        self.send(request).await
    }

    /// Sends a form with further headers.
    pub async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Shown {
        let request = self.http.post(format!("{}{path}", self.site)).form(fields);
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Shown {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies.join("; "))
        };
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Shown {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    /// Fills in the sign-in form of this page.
    pub async fn sign_in(&mut self, page: &Shown, name: &str, password: &str) -> Shown {
        let (csrf, request) = (page.field("csrf"), page.field("request"));
        let fields = [
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("username", name),
            ("password", password),
        ];
        self.post("/sign-in", &fields).await
    }

    /// Presses a button of the account page: the form at `path` with these fields.
    pub async fn press(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let csrf = self.visit("/account").await.field("csrf");
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post(path, &fields).await
    }

    /// Presses Allow or Deny on this page.
    pub async fn decide(&mut self, page: &Shown, decision: &str) -> Shown {
        let (csrf, request) = (page.field("csrf"), page.field("request"));
        self.post(
            "/consent",
            &[("csrf", &csrf), ("request", &request), ("decision", decision)],
        )
        .await
    }
}

impl Shown {
    /// Where it leads.
    pub fn location(&self) -> String {
        self.header(LOCATION.as_str())
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    /// A parameter of the answer to the client.
    pub fn answer(&self, name: &str) -> Option<String> {
        let url = reqwest::Url::parse(&self.location()).unwrap();
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden field, or nothing.
    pub fn field(&self, name: &str) -> String {
        let at = self.text.split(&format!("name=\"{name}\" value=\"")).nth(1);
        at.and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned()
    }

    /// The page's title.
    pub fn title(&self) -> String {
        let at = self
            .text
            .split("<title>")
            .nth(1)
            .and_then(|rest| rest.split("</title>").next());
        at.unwrap_or_default().to_owned()
    }
}

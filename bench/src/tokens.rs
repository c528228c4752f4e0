//! The issuer under load: refresh, client_credentials, introspection, and authorization with the exchange of its code.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::issuer_server::{Confidential, IssuerServer, REDIRECT_URI, SignInForm};
use crate::load::{Driver, Same, member, must_be};
use crate::noop::RESOURCE;
use crate::wire::{Answer, Connection, get, header, post};

/// The media type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Where an authorization server answers.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints {
    /// The path of the token endpoint.
    pub token: &'static str,
    /// The path of the introspection endpoint.
    pub introspection: &'static str,
}

/// Where the issuer does.
pub const OURS: Endpoints = Endpoints {
    token: "/oauth/token",
    introspection: "/oauth/introspect",
};

/// A client that refreshes, each time with the token it was given last.
#[derive(Debug)]
pub struct Refreshing {
    endpoint: &'static str,
    client_id: String,
    request: Vec<u8>,
}

impl Refreshing {
    /// With its first token.
    pub fn new(client_id: &str, token: &str) -> Self {
        Self::at(OURS, client_id, token)
    }

    /// At the endpoint of somebody else.
    pub fn at(server: Endpoints, client_id: &str, token: &str) -> Self {
        let mut new = Self {
            endpoint: server.token,
            client_id: client_id.to_owned(),
            request: Vec::new(),
        };
        new.bring(token);
        new
    }

    fn bring(&mut self, token: &str) {
        let body = format!(
            "grant_type=refresh_token&client_id={}&refresh_token={token}",
            self.client_id
        );
        self.request = post(self.endpoint, FORM, &[], &body);
    }
}

impl Driver for Refreshing {
    fn request(&mut self) -> &[u8] {
        &self.request
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        must_be(200, answer)?;
        let token = text(answer.body, "refresh_token")?;
        self.bring(&token);
        Ok(())
    }
}

/// The request of a client for this, in a browser with these cookies.
pub fn authorize(client_id: &str, cookies: &str) -> Vec<u8> {
    let path = format!(
        "/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri={}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&state=xyz&scope=food%3Aread+food%3Awrite&resource={}",
        encoded(REDIRECT_URI),
        encoded(RESOURCE)
    );
    get(&path, &[cookies.to_owned()])
}

/// A browser that is sent to the authorization endpoint, and the client that exchanges the code.
#[derive(Debug)]
pub struct Connecting {
    authorize: Vec<u8>,
    exchange: Option<Vec<u8>>,
    client_id: String,
}

impl Connecting {
    /// In a browser that allowed this client before.
    pub fn new(client_id: &str, cookies: &str) -> Self {
        Self {
            authorize: authorize(client_id, cookies),
            exchange: None,
            client_id: client_id.to_owned(),
        }
    }
}

impl Driver for Connecting {
    fn request(&mut self) -> &[u8] {
        self.exchange.as_deref().unwrap_or(&self.authorize)
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        if self.exchange.take().is_some() {
            return must_be(200, answer);
        }
        let location = header(answer.head, "location").unwrap_or_default();
        let code = location
            .split_once("code=")
            .map(|(_, code)| code.split('&').next().unwrap_or(code));
        let code = code.ok_or_else(|| format!("no code: {} {location}", answer.status))?;
        let body = format!(
            "grant_type=authorization_code&client_id={}&code={code}&code_verifier={VERIFIER}&redirect_uri={}",
            self.client_id,
            encoded(REDIRECT_URI)
        );
        self.exchange = Some(post("/oauth/token", FORM, &[], &body));
        Ok(())
    }
}

/// A browser whose owner signs in, again and again.
#[derive(Clone, Debug)]
pub struct SigningIn {
    request: Vec<u8>,
}

impl SigningIn {
    /// With what the page of the sign-in held, and the right password.
    pub fn new(form: &SignInForm) -> Self {
        let body = format!("csrf={}&username={}&password={}", form.csrf, form.name, form.password);
        Self {
            request: post("/sign-in", FORM, std::slice::from_ref(&form.cookie), &body),
        }
    }
}

impl Driver for SigningIn {
    fn request(&mut self) -> &[u8] {
        &self.request
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        must_be(303, answer)?;
        if answer.head.contains("issuer_session=") {
            return Ok(());
        }
        Err(format!("nobody is signed in: {}", answer.head))
    }
}

/// `client_credentials`, again and again.
pub fn client_credentials(server: Endpoints, client: &Confidential, scope: &str) -> Same {
    let body = format!("grant_type=client_credentials&scope={}", encoded(scope));
    Same {
        request: post(server.token, FORM, &[basic(client)], &body),
        status: 200,
        holds: Some(("access_token", "\"")),
    }
}

/// The same access token introspected again and again.
pub fn introspection(server: Endpoints, client: &Confidential, token: &str) -> Same {
    Same {
        request: post(server.introspection, FORM, &[basic(client)], &format!("token={token}")),
        status: 200,
        holds: Some(("active", "true")),
    }
}

/// An access token of a service of its own.
pub async fn service_token(
    address: SocketAddr,
    server: Endpoints,
    client: &Confidential,
    scope: &str,
) -> Result<String, String> {
    let mut asking = client_credentials(server, client, scope);
    let connection = Connection::open(address).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let answer = connection.send(asking.request()).await;
    let answer = answer.map_err(|error| error.to_string())?;
    asking.answered(&answer)?;
    text(answer.body, "access_token")
}

/// An access token of a grant of its own.
pub async fn access_token(issuer: &IssuerServer) -> Result<String, String> {
    let token = issuer.refresh_tokens(1).await?.pop().unwrap_or_default();
    let mut client = Refreshing::new(&issuer.client_id, &token);
    let connection = Connection::open(issuer.server.address).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let answer = connection
        .send(client.request())
        .await
        .map_err(|error| error.to_string())?;
    must_be(200, &answer)?;
    text(answer.body, "access_token")
}

fn basic(client: &Confidential) -> String {
    let credentials = STANDARD.encode(format!("{}:{}", client.client_id, client.secret));
    format!("Authorization: Basic {credentials}")
}

/// The text of a member.
fn text(body: &[u8], name: &str) -> Result<String, String> {
    let value = member(body, name).and_then(|value| value.strip_prefix('"')?.split_once('"'));
    let none = || format!("no {name} in {}", String::from_utf8_lossy(body));
    value.map(|(value, _)| value.to_owned()).ok_or_else(none)
}

fn encoded(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}

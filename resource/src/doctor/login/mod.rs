//! `resource doctor --login`: a client's whole way, with a person at the browser.
//!
//! 1. What [`examine`](super::examine) found: the resource, its issuer, the scope (MCP 2026-07-28, basic/authorization);
//!    every address that a code, a secret or a token goes to is https, or of this computer.
//! 2. A client: one that is given, or by dynamic registration (RFC 7591).
//! 3. The authorization request with PKCE (RFC 7636), `state` and `resource` (RFC 8707), opened in the browser.
//! 4. The callback at a loopback listener of our own (RFC 8252 section 7.3), with `iss` held against the issuer
//!    (RFC 9207 section 2.4).
//! 5. The token (RFC 6749 section 4.1.3), and with it a tool.
//! 6. What was granted is given back (RFC 7009), and the registration deleted where it can be (RFC 7592), however far it
//!    came.
//!
//! Easy to get wrong: a listener that takes the first request takes the browser's look for an icon; and a token that
//! is shown on a terminal stays in its history, so none is, also where a server puts it into what it answers.

mod callback;
mod client;
mod management;
mod mcp;
mod token;

use std::fmt;

use serde_json::{Value, json};
use shared::fetch::Fetch;
use shared::random;
use url::Url;

use self::callback::Listener;
use self::client::Registered;
pub use self::client::{Attempt, register_as_each};
pub use self::mcp::Call;
use super::check::visible;
use super::exchange::is_protected;
use crate::identifier::is_loopback;

/// Where a client has to go: what the examination found.
#[derive(Clone, Debug)]
pub struct Way {
    /// The MCP URL as it was typed.
    pub mcp_url: String,
    /// `resource` of the protected resource metadata.
    pub resource: String,
    /// The issuer that clients take.
    pub issuer: String,
    /// The scope that clients ask for.
    pub scope: String,
    /// The issuer's metadata.
    pub metadata: Value,
}

impl Way {
    /// An endpoint, if a code, a secret or a token may be sent there.
    fn endpoint(&self, name: &'static str) -> Result<&str, String> {
        let url = self.metadata.get(name).and_then(Value::as_str);
        let url = url.ok_or_else(|| format!("the issuer's metadata has no {name}"))?;
        self.hold_back(name, url).map(|()| url)
    }

    /// Nothing goes in clear text, and no stranger's document leads to this computer.
    fn hold_back(&self, name: &str, address: &str) -> Result<(), String> {
        let is_here = |address: &str| Url::parse(address).is_ok_and(|url| is_loopback(&url));
        if !is_protected(address) {
            return Err(format!("{name} {address:?} is not https"));
        }
        if is_here(address) && !is_here(&self.mcp_url) {
            let typed = &self.mcp_url;
            return Err(format!("{name} {address:?} is on this computer, and {typed:?} is not"));
        }
        Ok(())
    }

    /// Looks at every address of a login before anything is sent; registration does so for itself.
    fn hold_back_all(&self) -> Result<(), String> {
        self.hold_back("the MCP URL", &self.mcp_url)?;
        self.endpoint("authorization_endpoint")?;
        self.endpoint("token_endpoint")?;
        let revocation = self.metadata.get("revocation_endpoint").and_then(Value::as_str);
        revocation.map_or(Ok(()), |url| self.hold_back("revocation_endpoint", url))
    }
}

/// A step that was taken.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What came of it, or what is wrong.
    pub outcome: Result<String, String>,
}

/// The steps, as far as they went.
#[derive(Clone, Default)]
pub struct Steps {
    /// One after the other.
    pub all: Vec<Step>,
    /// What must not be shown, whoever says it.
    secrets: Vec<String>,
}

/// What is shorter is no secret worth its name, and would make holes into ordinary words.
const SHORTEST_SECRET: usize = 8;

impl Steps {
    /// Whether the tool was not reached.
    pub fn is_broken(&self) -> bool {
        self.all.iter().any(|step| step.outcome.is_err())
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let steps = self.all.iter().map(|step| match &step.outcome {
            Ok(saw) => json!({"step": step.name, "verdict": "ok", "saw": saw}),
            Err(saw) => json!({"step": step.name, "verdict": "broken", "saw": saw}),
        });
        steps.collect()
    }

    fn note<T>(&mut self, name: &'static str, outcome: Result<(String, T), String>) -> Option<T> {
        let (outcome, value) = match outcome {
            Ok((saw, value)) => (Ok(self.shown(saw)), Some(value)),
            Err(why) => (Err(self.shown(why)), None),
        };
        self.all.push(Step { name, outcome });
        value
    }

    /// From now on these are hidden.
    fn hide<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        let secrets = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
        self.secrets.extend(secrets.map(str::to_owned));
    }

    fn shown(&self, text: String) -> String {
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), "(hidden)");
        visible(&self.secrets.iter().fold(text, hide))
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.all {
            let (verdict, saw) = match &step.outcome {
                Ok(saw) => ("ok", saw),
                Err(saw) => ("broken", saw),
            };
            writeln!(f, "{:14}{verdict:8}{saw}", step.name)?;
        }
        Ok(())
    }
}

/// What a login needs beside the way.
pub struct Login<'a> {
    /// Makes the requests.
    pub fetch: &'a Fetch,
    /// The client to be, where none shall be registered.
    pub client_id: Option<&'a str>,
    /// What to call in the end.
    pub call: Option<&'a Call>,
    /// Shows the address to the person, and opens it.
    pub open: &'a dyn Fn(&str),
}

impl Login<'_> {
    /// Goes the whole way, and says how far it came.
    pub async fn go(&self, way: &Way) -> Steps {
        let mut steps = Steps::default();
        // The step that failed is noted; there is nothing more to do.
        if let Some((client, listener)) = self.begin(way, &mut steps).await {
            let _ended = self.sign_in(way, &client, listener, &mut steps).await;
            if let Some(deleted) = client.unregister(self.fetch, way).await {
                steps.note("registration", deleted.map(|()| ("is deleted again".to_owned(), ())));
            }
        }
        steps
    }

    async fn begin(&self, way: &Way, steps: &mut Steps) -> Option<(Registered, Listener)> {
        let safe = way.hold_back_all();
        steps.note("addresses", safe.map(|()| ("https, or this computer".to_owned(), ())))?;
        let listener = Listener::start().map_err(|error| format!("cannot listen on loopback: {error}"));
        let listener = listener.map(|listener| (listener.redirect_uri().to_owned(), listener));
        let listener = steps.note("listener", listener)?;
        let client = self.client(way, listener.redirect_uri()).await;
        if let Ok(client) = &client {
            steps.hide(client.secrets());
        }
        let client = client.map(|client| (format!("client_id {}", client.client_id), client));
        Some((steps.note("client", client)?, listener))
    }

    async fn sign_in(&self, way: &Way, client: &Registered, mut listener: Listener, steps: &mut Steps) -> Option<()> {
        let request = Request::new(way, client, listener.redirect_uri());
        let request = steps.note(
            "request",
            request.map(|request| ("with PKCE, state and resource".to_owned(), request)),
        )?;
        steps.hide([request.code_verifier.as_str()]);
        (self.open)(request.url.as_str());
        let code = listener.code(&request.state, way).await;
        listener.end().await;
        let code = code.map(|code| ("a code, with the right state and iss".to_owned(), code));
        let code = steps.note("callback", code)?;
        steps.hide([code.as_str()]);
        let exchanged = token::exchange(self.fetch, way, client, &request, &code).await;
        if let Ok(tokens) = &exchanged {
            steps.hide(tokens.secrets());
        }
        let tokens = steps.note("token", exchanged.map(|tokens| (tokens.to_string(), tokens)))?;
        let called = mcp::call(self.fetch, &way.mcp_url, &tokens.access_token, self.call).await;
        let called = steps.note("tool", called.map(|saw| (saw, ())));
        if let Some(revoked) = token::revoke(self.fetch, way, client, &tokens).await {
            steps.note(
                "revocation",
                revoked.map(|()| ("what was granted is given back".to_owned(), ())),
            );
        }
        called
    }

    async fn client(&self, way: &Way, redirect_uri: &str) -> Result<Registered, String> {
        match self.client_id {
            Some(client_id) => Ok(Registered::given(client_id)),
            None => client::register(self.fetch, way, redirect_uri).await,
        }
    }
}

/// An authorization request, and what it will be held against.
struct Request {
    url: Url,
    state: String,
    code_verifier: String,
    redirect_uri: String,
}

impl Request {
    fn new(way: &Way, client: &Registered, redirect_uri: &str) -> Result<Self, String> {
        let token = || random::token().map_err(|error| error.to_string());
        let (state, code_verifier) = (token()?, token()?);
        let endpoint = way.endpoint("authorization_endpoint")?;
        let mut url = Url::parse(endpoint).map_err(|error| format!("authorization_endpoint {endpoint:?}: {error}"))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_challenge", &token::s256(&code_verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state)
            .append_pair("resource", &way.resource);
        if !way.scope.is_empty() {
            url.query_pairs_mut().append_pair("scope", &way.scope);
        }
        Ok(Self {
            url,
            state,
            code_verifier,
            redirect_uri: redirect_uri.to_owned(),
        })
    }
}

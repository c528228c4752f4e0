//! What the servers answered: the requests that clients make before anybody signs in.
//!
//! Nothing is registered and nobody is signed in. Easy to get wrong: following a redirect, which hides that the
//! address that clients compare is another one.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::{Clock, NumericDate};
use shared::fetch::{Fetch, Fetched};
use url::Url;

use super::check::visible;
use super::www_authenticate::{Challenge, challenges};
use crate::auth::discovery::places;
use crate::auth::trust::Discovery;
use crate::identifier::WELL_KNOWN;

/// Largest answer that is read, in bytes.
const MOST: usize = 1 << 20;
/// Where the Inspector's page comes from.
pub(super) const PAGE: &str = "http://localhost:6274";
/// What browsers ask for before they let that page send an MCP request.
pub(super) const PREFLIGHT_HEADERS: &str = "authorization,content-type,mcp-protocol-version";
/// Headers that the Inspector's page sends to metadata and token endpoints.
pub(super) const PREFLIGHT_HEADERS_OF_DISCOVERY: &str = "content-type,mcp-protocol-version";

/// An answer, or why there is none.
pub(super) struct Answer {
    pub(super) url: String,
    pub(super) fetched: Result<Fetched, String>,
    /// When it came.
    pub(super) at: NumericDate,
}

impl Answer {
    pub(super) fn status(&self) -> Option<u16> {
        self.fetched.as_ref().ok().map(|fetched| fetched.status)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.fetched.as_ref().ok()?.headers.get(name)?.to_str().ok()
    }

    /// The object that a 200 holds.
    pub(super) fn document(&self) -> Option<Value> {
        let fetched = self.fetched.as_ref().ok().filter(|fetched| fetched.status == 200)?;
        serde_json::from_slice(&fetched.body).ok().filter(Value::is_object)
    }

    pub(super) fn challenges(&self) -> Vec<Challenge> {
        let Ok(fetched) = &self.fetched else {
            return Vec::new();
        };
        let values = fetched.headers.get_all("www-authenticate").iter();
        challenges(values.filter_map(|value| value.to_str().ok()))
    }

    /// What came, in a few words.
    pub(super) fn summary(&self) -> String {
        match &self.fetched {
            Err(why) => format!("{}: {why}", self.url),
            Ok(fetched) if fetched.status == 200 && self.document().is_none() => {
                format!("{}: 200 without a JSON object", self.url)
            }
            Ok(fetched) => format!("{}: {}", self.url, fetched.status),
        }
    }
}

/// The requests of one examination.
pub(super) struct Asker<'a> {
    pub(super) fetch: &'a Fetch,
    pub(super) clock: &'a Clock,
    pub(super) progress: &'a dyn Fn(&str),
}

impl Asker<'_> {
    /// An MCP request without a token, of a page when `origin` is given.
    pub(super) async fn mcp(&self, url: &str, origin: Option<&'static str>) -> Answer {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "resource doctor", "version": env!("CARGO_PKG_VERSION")}}});
        let mut headers = vec![
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
        ];
        headers.extend(origin.map(|origin| ("origin", origin)));
        self.ask(Method::POST, url, &headers, message.to_string().into_bytes())
            .await
    }

    /// A document, asked for as pages do.
    pub(super) async fn document(&self, url: &str) -> Answer {
        let headers = [("accept", "application/json"), ("origin", PAGE)];
        self.ask(Method::GET, url, &headers, Vec::new()).await
    }

    /// What a browser asks before it lets a page make the request.
    pub(super) async fn preflight(&self, url: &str, method: &'static str, headers: &'static str) -> Answer {
        let headers = [
            ("origin", PAGE),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        self.ask(Method::OPTIONS, url, &headers, Vec::new()).await
    }

    async fn ask(&self, method: Method, url: &str, headers: &[(&'static str, &'static str)], body: Vec<u8>) -> Answer {
        (self.progress)(&visible(&format!("{method} {url}")));
        let pairs = headers.iter().map(|(name, value)| {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
            (name, value)
        });
        let headers: HeaderMap = pairs.collect();
        let fetched = self.fetch.request(method, url, headers, body, MOST).await;
        Answer {
            url: url.to_owned(),
            fetched: fetched.map_err(|error| error.to_string()),
            at: self.clock.now(),
        }
    }
}

/// Where the resource's metadata may be (RFC 9728 section 3.1): with its path, and at the root.
pub(super) fn metadata_places(url: &Url) -> Vec<String> {
    let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    let mut places = vec![format!("{origin}{WELL_KNOWN}{path}")];
    if !path.is_empty() {
        places.push(format!("{origin}{WELL_KNOWN}"));
    }
    places
}

/// Where the issuer's metadata may be, in the order of trial.
pub(super) fn issuer_places(issuer: &str) -> Vec<String> {
    places(issuer, Discovery::Auto)
}

//! Taking a registration back: RFC 7592 sections 2.3 and 3.
//!
//! An issuer that keeps registrations may say where each is managed, and by which token. Easy to get wrong: that address
//! is a stranger's word, so nothing is sent anywhere but to the origin where the client registered.

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::Method;
use serde_json::Value;
use shared::fetch::Fetch;
use url::Url;

use super::Way;
use super::token::MOST;

/// Where a registration is managed.
pub(super) struct Management {
    uri: String,
    pub(super) token: String,
}

impl Management {
    /// What the answer to a registration says of it.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            uri: text("registration_client_uri")?,
            token: text("registration_access_token")?,
        })
    }

    /// Deletes the registration.
    pub(super) async fn delete(&self, fetch: &Fetch, way: &Way) -> Result<(), String> {
        let name = "registration_client_uri";
        way.hold_back(name, &self.uri)?;
        let origin = |url: &str| Url::parse(url).map(|url| url.origin()).ok();
        if origin(&self.uri) != origin(way.endpoint("registration_endpoint")?) {
            return Err(format!("{name} {:?} is not where the client registered", self.uri));
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token));
        let mut bearer = bearer.map_err(|_| "registration_access_token does not fit into a header")?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        let answer = fetch
            .request(Method::DELETE, &self.uri, headers, Vec::new(), MOST)
            .await;
        let answer = answer.map_err(|error| format!("{}: {error}", self.uri))?;
        match answer.status {
            204 => Ok(()),
            status => Err(format!("status {status}, which is not the 204 of RFC 7592 section 2.3")),
        }
    }
}

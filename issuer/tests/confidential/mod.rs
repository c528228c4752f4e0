//! Clients that authenticate: RFC 6749 section 2.3, RFC 7591, and what they may do.

pub mod assertion;
pub mod command_line;
mod introspection;
mod jwks_uri;
mod management;
mod management_races;
mod secrets;
mod service;
mod service_ends;

use issuer::store::grants::GrantId;
use serde_json::{Value, json};

use crate::support::{Answer, REDIRECT_URI, TestIssuer, read, text};

/// A client with a secret.
#[derive(Clone, Debug)]
pub struct Confidential {
    /// Its `client_id`.
    pub client_id: String,
    /// Its secret.
    pub secret: String,
}

/// Registers with this metadata besides a redirect URI; the answer.
pub async fn register(issuer: &TestIssuer, metadata: Value) -> Value {
    let mut body = json!({"client_name": "Test", "redirect_uris": [REDIRECT_URI]});
    body.as_object_mut()
        .unwrap()
        .extend(metadata.as_object().unwrap().clone());
    let answer = issuer
        .request("POST", "/oauth/register")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

/// A client that registered for this method.
pub async fn confidential(issuer: &TestIssuer, method: &str) -> Confidential {
    let answer = register(issuer, json!({"token_endpoint_auth_method": method})).await;
    Confidential::of(&[answer])
}

impl Confidential {
    /// The client that the first of these tells of.
    pub fn of(information: &[Value]) -> Self {
        let first = information.first().unwrap();
        Self {
            client_id: text(first, "client_id").to_owned(),
            secret: text(first, "client_secret").to_owned(),
        }
    }

    /// Posts a form with HTTP Basic.
    pub async fn basic(&self, issuer: &TestIssuer, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = issuer
            .request("POST", path)
            .basic_auth(&self.client_id, Some(&self.secret));
        read(request.form(form).send().await.unwrap()).await
    }

    /// Posts a form with the secret in it.
    pub async fn post(&self, issuer: &TestIssuer, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut all = vec![("client_id", self.client_id.as_str()), ("client_secret", &self.secret)];
        all.extend(form);
        read(issuer.request("POST", path).form(&all).send().await.unwrap()).await
    }

    /// A code for it, exchanged with HTTP Basic; the tokens and their grant.
    pub async fn tokens(&self, issuer: &TestIssuer) -> (Value, GrantId) {
        let code = issuer.code(&self.client_id).await;
        let (status, tokens) = self.basic(issuer, "/oauth/token", &code.form()).await;
        assert_eq!(status, 200, "{tokens}");
        (tokens, code.grant_id)
    }
}

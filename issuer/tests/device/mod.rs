//! Programs without a browser: RFC 8628.

mod attacks;
mod browsers;
mod clients;
mod ends;
mod flow;
mod pages;
mod polling;
mod races;
mod secrets;

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::person::{Person, Shown};
use crate::support::{Answer, RESOURCE, TestIssuer, read, text};

/// The grant.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What turns it on.
pub const ON: [(&str, &str); 1] = [("ISSUER_DEVICE_GRANT", "on")];

/// A program that waits for a person.
pub struct Device {
    /// Who it is.
    pub client_id: String,
    /// Its own code.
    pub code: String,
    /// The code that it shows.
    pub user_code: String,
}

/// An issuer that offers the grant, with the account alex.
pub async fn offering(database: TestDatabase) -> TestIssuer {
    let issuer = TestIssuer::with(database, &ON).await;
    issuer.account("alex").await;
    issuer
}

/// A client that registers for the grant alone and for refresh tokens, as a program without a browser does.
pub async fn headless(issuer: &TestIssuer, name: &str) -> String {
    let metadata = json!({"client_name": name, "grant_types": [DEVICE_CODE, "refresh_token"], "token_endpoint_auth_method": "none"});
    let answer = issuer.request("POST", "/oauth/register").json(&metadata).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 201);
    text(&answer.json().await.unwrap(), "client_id").to_owned()
}

/// Begins: the answer, whatever it is.
pub async fn ask(issuer: &TestIssuer, form: &[(&str, &str)]) -> Answer {
    let request = issuer.request("POST", "/oauth/device_authorization").form(form);
    read(request.send().await.unwrap()).await
}

impl Device {
    /// A program that begins well, with something besides.
    pub async fn begin(issuer: &TestIssuer, client_id: &str, besides: &[(&str, &str)]) -> Self {
        let form: Vec<_> = [("client_id", client_id), ("resource", RESOURCE)]
            .into_iter()
            .chain(besides.iter().copied())
            .collect();
        let (status, body) = ask(issuer, &form).await;
        assert_eq!(status, 200, "{body}");
        Self::of(client_id, &body)
    }

    /// What the answer says.
    pub fn of(client_id: &str, body: &Value) -> Self {
        Self {
            client_id: client_id.to_owned(),
            code: text(body, "device_code").to_owned(),
            user_code: text(body, "user_code").to_owned(),
        }
    }

    /// The token request.
    pub fn form(&self) -> Vec<(&str, &str)> {
        vec![
            ("grant_type", DEVICE_CODE),
            ("client_id", &self.client_id),
            ("device_code", &self.code),
        ]
    }

    /// Asks how things stand.
    pub async fn poll(&self, issuer: &TestIssuer) -> Answer {
        issuer.post_token(&self.form()).await
    }
}

impl Person {
    /// Types a code, and follows to the page after it.
    pub async fn type_code(&mut self, code: &str) -> Shown {
        let csrf = self.visit("/device").await.field("csrf");
        let answer = self.post("/device", &[("csrf", &csrf), ("user_code", code)]).await;
        if answer.status != 303 {
            return answer;
        }
        self.get(&answer.location()).await
    }

    /// Presses Allow or Deny on this page, and follows to the page after it.
    pub async fn decide_device(&mut self, page: &Shown, decision: &str) -> Shown {
        let (csrf, waiting) = (page.field("csrf"), page.field("waiting"));
        let form = [("csrf", csrf.as_str()), ("waiting", &waiting), ("decision", decision)];
        let answer = self.post("/device/decide", &form).await;
        if answer.status != 303 {
            return answer;
        }
        self.get(&answer.location()).await
    }

    /// Types the code of this program, and allows it.
    pub async fn allow_device(&mut self, device: &Device) {
        let page = self.type_code(&device.user_code).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let done = self.decide_device(&page, "allow").await;
        assert!(done.text.contains("You allowed"), "{}", done.text);
    }
}

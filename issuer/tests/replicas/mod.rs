//! Several issuers over one PostgreSQL and one folder of keys, behind a proxy that gives each request to the next:
//! any of them finishes what another began, and one that is killed takes nothing with it.

mod kill;
mod proxy;
mod replay;
mod start;

use std::net::TcpListener;

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person, Shown, VERIFIER, authorize};
use crate::support::process::Process;
use crate::support::{Answer, REDIRECT_URI, TestIssuer, client, read, text};
use proxy::Proxy;

/// Three programs and the proxy before them.
struct Replicas {
    proxy: Proxy,
    issuers: Vec<Process>,
}

/// A PostgreSQL database, or `None` where the server is not installed.
fn postgres() -> Option<TestDatabase> {
    TestDatabase::each().into_iter().find(TestDatabase::is_postgres)
}

impl Replicas {
    /// Starts them on the database and keys of an issuer that was stopped.
    async fn start(of: &TestIssuer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let settings = [("ISSUER_PUBLIC_URL", url.as_str()), ("ISSUER_RATE_LIMITS", "off")];
        let log = || tempfile::tempfile().unwrap();
        let issuers = join_all((0..3).map(|_| Process::start(of, &settings, log()))).await;
        let proxy = Proxy::start(listener, issuers.iter().map(|issuer| issuer.url.clone()).collect());
        Self { proxy, issuers }
    }

    /// Posts a form to the token endpoint of whoever's turn it is; `None` when the proxy has no answer.
    async fn post_token(&self, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Option<Answer> {
        let mut request = client().post(format!("{}/oauth/token", self.proxy.url)).form(form);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::BAD_GATEWAY {
            return None;
        }
        Some(read(answer).await)
    }

    /// Opens an authorization request and signs in; the consent page.
    async fn until_consent(&self, person: &mut Person, client_id: &str) -> Shown {
        let page = person.visit(&authorize(client_id, REDIRECT_URI, "")).await;
        let answer = person.sign_in(&page, "alex", PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        person.visit(&answer.location()).await
    }

    /// Exchanges the code that this answer brings.
    async fn exchange(&self, client_id: &str, allowed: &Shown) -> Value {
        let code = allowed.answer("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT_URI),
        ];
        let (status, tokens) = self.post_token(&form, &[]).await.unwrap();
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(text(&tokens, "token_type"), "Bearer");
        tokens
    }
}

/// In every order of the three: sign-in at one, consent at another, code at the third.
#[actix_web::test]
async fn any_replica_finishes_what_another_began() {
    let Some(database) = postgres() else { return };
    let issuer = TestIssuer::now(database).await;
    issuer.account("alex").await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(issuer.client().await);
    }
    let issuer = issuer.stop().await;
    let replicas = Replicas::start(&issuer).await;
    let proxy = &replicas.proxy;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (client_id, order) in clients.iter().zip(orders) {
        let mut person = Person::of(&proxy.url);
        let page = person.visit(&authorize(client_id, REDIRECT_URI, "")).await;
        proxy.turn_to(order[0]);
        proxy.served();
        let answer = person.sign_in(&page, "alex", PASSWORD).await;
        assert_eq!(proxy.served(), [order[0]]);
        let page = person.visit(&answer.location()).await;
        proxy.turn_to(order[1]);
        proxy.served();
        let allowed = person.decide(&page, "allow").await;
        proxy.turn_to(order[2]);
        replicas.exchange(client_id, &allowed).await;
        assert_eq!(proxy.served(), order[1..]);
    }
}

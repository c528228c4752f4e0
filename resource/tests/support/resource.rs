//! The program under test, on a free port, with its own database file and a clock that stands still.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::web;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use resource::app::App;
use resource::config::Config;
use resource::food::shipped::Shipped;
use resource::server;
use serde_json::Value;
use shared::clock::Clock;
use tempfile::TempDir;

use super::{NOW, SigningKey, TestIssuer, Token, catalogue, eventually};

/// A running resource server and the issuer that it trusts.
pub(crate) struct TestResource {
    pub(crate) issuer: TestIssuer,
    /// `http://localhost:PORT/mcp`
    pub(crate) url: String,
    pub(crate) clock: Clock,
    pub(crate) app: web::Data<App>,
    listening: String,
    client: Client,
    server: ServerHandle,
    folder: TempDir,
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl TestResource {
    /// A server that is ready.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with these settings beside those of the test.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let resource = Self::launch(TestIssuer::start(), settings).await;
        resource.ready().await;
        resource
    }

    /// A server that may not know the issuer's keys yet.
    pub(crate) async fn launch(issuer: TestIssuer, settings: &[(&str, &str)]) -> Self {
        Self::launch_with(issuer, settings, catalogue().into()).await
    }

    /// The same whose foods may still be unpacked, too.
    pub(crate) async fn launch_with(issuer: TestIssuer, settings: &[(&str, &str)], shipped: Shipped) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listening = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let url = format!("{listening}/mcp");
        let database = format!("sqlite:{}", folder.path().join("resource.db").display());
        let own = [
            ("RESOURCE_PUBLIC_URL", url.as_str()),
            ("RESOURCE_DATABASE_URL", database.as_str()),
            ("OAUTH_ISSUER", issuer.url.as_str()),
            ("RESOURCE_WORKERS", "1"),
        ];
        let own = own
            .iter()
            .filter(|(name, _)| !settings.iter().any(|(other, _)| other == name));
        let typed = own.chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let config = Config::read(Config::typed(typed, [])).unwrap();
        let url = config.public_url.as_str().to_owned();
        let clock = Clock::fixed(NOW);
        let app = web::Data::new(App::open(config, clock.clone(), shipped).await.unwrap());
        let server = server::start(&app, vec![listener], std::future::pending()).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            issuer,
            url,
            clock,
            app,
            listening,
            client: client(),
            server: handle,
            folder,
        }
    }

    pub(crate) async fn ready(&self) {
        eventually("ready", async || self.get("/readyz").await.status == 200).await;
    }

    /// Ends it as SIGTERM does.
    pub(crate) async fn stop(&self) {
        self.server.stop(true).await;
    }

    /// A good token of the issuer's for this resource.
    pub(crate) fn token(&self) -> Token {
        Token::good(&self.issuer.key, &self.issuer.url, &self.url)
    }

    /// The same, signed.
    pub(crate) fn signed(&self) -> String {
        self.token().sign(self.key())
    }

    /// A good token with this scope.
    pub(crate) fn signed_for(&self, scope: &str) -> String {
        self.token().claim("scope", scope.into()).sign(self.key())
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.issuer.key
    }

    /// Its database, which tests may change beside it as the command line does.
    pub(crate) fn database_url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("resource.db").display())
    }

    /// Where it listens, which is the public URL's origin unless a test set another.
    pub(crate) fn origin(&self) -> &str {
        &self.listening
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, &format!("{}{path}", self.origin()), &[], Vec::new())
            .await
    }

    /// Any request, with a body where it is not empty.
    pub(crate) async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let request = self.client.request(method, url).headers(all).body(body);
        let answer = request.send().await.unwrap();
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.unwrap().to_vec(),
        }
    }

    /// A JSON-RPC message to the MCP endpoint, with these headers beside the usual ones.
    pub(crate) async fn post(&self, token: &str, message: &Value, headers: &[(&str, &str)]) -> Reply {
        let authorization = format!("Bearer {token}");
        let usual = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        let headers: Vec<_> = usual.iter().chain(headers).copied().collect();
        self.send(Method::POST, &self.url, &headers, message.to_string().into_bytes())
            .await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the client of a test, which must see everything as it comes"
)]
pub(crate) fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

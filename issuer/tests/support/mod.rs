//! What the tests share: an issuer in this process, and what people and clients do with it, in words of the domain.

pub mod again;
pub mod answer;
pub mod chromium;
pub mod database;
pub mod documents;
pub mod person;
pub mod postgres;
pub mod process;
pub mod program;
pub mod signer;
pub mod slow;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use issuer::account::UserName;
use issuer::app::App;
use issuer::client::cimd::Documents;
use issuer::client::find;
use issuer::client::key_sets::KeySets;
use issuer::config::Config;
use issuer::hash::SecretHash;
use issuer::pkce::CodeChallenge;
use issuer::server;
use issuer::store::authorization_codes::AuthorizationCode;
use issuer::store::grants::GrantId;
use issuer::store::users::{Created, NewUser};
use serde_json::{Value, json};
use shared::audience::Audience;
use shared::clock::Clock;
use shared::random;
use shared::scope::Scope;
use tempfile::TempDir;

pub use answer::{Answer, client, error, read, refresh_form, text};
use database::TestDatabase;

/// Where every test begins: 2026-01-01T00:00:00Z.
pub const BEGIN: i64 = 1_767_225_600;
/// The resource of the tests; a second one is at [`OTHER_RESOURCE`].
pub const RESOURCE: &str = "http://localhost:8081/mcp";
/// Another resource that the issuer knows.
pub const OTHER_RESOURCE: &str = "http://localhost:8082/mcp";
/// The redirect URI of the tests' clients.
pub const REDIRECT_URI: &str = "http://localhost:49152/callback";

/// A running issuer with a database, keys and a clock of its own.
pub struct TestIssuer {
    /// Its address.
    pub url: String,
    /// Its time, moved by hand.
    pub clock: Clock,
    /// Its inside.
    pub app: Data<App>,
    /// Its database, which outlives it.
    pub database: Arc<TestDatabase>,
    keys: Arc<TempDir>,
    settings: Vec<(String, String)>,
    server: Serving,
    http: reqwest::Client,
}

/// A code, and what belongs to it.
#[derive(Clone, Debug)]
pub struct TestCode {
    /// The client it was given to.
    pub client_id: String,
    /// The code.
    pub code: String,
    /// What opens its challenge.
    pub verifier: String,
    /// Its grant.
    pub grant_id: GrantId,
}

impl TestIssuer {
    /// An issuer with the default settings, on a database of the kind that this run is about.
    pub async fn start() -> Self {
        Self::with(TestDatabase::of_this_run(), &[]).await
    }

    /// An issuer on this database with these settings besides.
    pub async fn with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let keys = Arc::new(tempfile::tempdir().unwrap());
        Self::begin(Arc::new(database), keys, settings.collect(), Clock::fixed(BEGIN)).await
    }

    /// An issuer at the real time, which stands still; for files that the real program goes on with.
    pub async fn now(database: TestDatabase) -> Self {
        let keys = Arc::new(tempfile::tempdir().unwrap());
        let clock = Clock::fixed(Clock::System.now());
        Self::begin(Arc::new(database), keys, Vec::new(), clock).await
    }

    async fn begin(
        database: Arc<TestDatabase>,
        keys: Arc<TempDir>,
        settings: Vec<(String, String)>,
        clock: Clock,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let of_test = [
            ("ISSUER_LISTEN", address.to_string()),
            ("ISSUER_PUBLIC_URL", url.clone()),
            ("ISSUER_DATABASE_URL", database.url()),
            ("ISSUER_KEYS_DIR", keys.path().join("keys").display().to_string()),
            // The clock stands still, so a minute never ends.
            ("ISSUER_RATE_LIMITS", "off".to_owned()),
        ];
        let resources = ("ISSUER_RESOURCES", format!("{RESOURCE},{OTHER_RESOURCE}"));
        let has_file = settings.iter().any(|(name, _)| name == "ISSUER_RESOURCES_FILE");
        let of_test = of_test.into_iter().chain((!has_file).then_some(resources));
        let of_test = of_test.map(|(name, value)| (name.to_owned(), value));
        let config = Config::read(Config::typed(of_test.chain(settings.clone()), [])).unwrap();
        let mut app = App::open(config, clock.clone()).await.unwrap();
        app.settle_services().await.unwrap();
        app.documents = Documents::with(&app.config.cimd, clock.clone(), documents::offline()).unwrap();
        app.key_sets = KeySets::new(app.documents.fetcher(), clock.clone());
        let app = Data::new(app);
        let server = Serving::begin(app.clone(), listener);
        Self {
            url,
            clock,
            app,
            database,
            keys,
            settings,
            server,
            http: client(),
        }
    }

    /// Ends the issuer and starts it again on the same database, keys and clock.
    pub async fn restart(self) -> Self {
        let ended = self.stop().await;
        Self::begin(ended.database, ended.keys, ended.settings, ended.clock).await
    }

    /// Ends the issuer; its database and keys stay.
    pub async fn stop(self) -> Self {
        self.server.0.stop(true).await;
        self.app.store.close().await;
        self
    }

    /// A second issuer on the same database, keys and clock.
    pub async fn twin(&self) -> Self {
        let (database, keys) = (Arc::clone(&self.database), Arc::clone(&self.keys));
        Self::begin(database, keys, self.settings.clone(), self.clock.clone()).await
    }

    /// An issuer with the same keys and clock, and an empty database.
    pub async fn on_another_database(self) -> Self {
        let ended = self.stop().await;
        let database = Arc::new(TestDatabase::of_this_run());
        Self::begin(database, ended.keys, ended.settings, ended.clock).await
    }

    /// The folder of its keys.
    pub fn keys_dir(&self) -> PathBuf {
        self.keys.path().join("keys")
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// A new account; its identifier.
    pub async fn user(&self) -> String {
        let user_id = random::uuid().unwrap();
        let name = UserName::parse(&user_id).unwrap();
        let user = NewUser {
            user_id: &user_id,
            name: &name,
            password_hash: "",
            created_at: self.clock.now(),
        };
        assert_eq!(self.app.store.insert_user(&user).await.unwrap(), Created::Now);
        user_id
    }

    /// A new public client that takes both grants; its `client_id`.
    pub async fn client(&self) -> String {
        self.client_with_grants(&["authorization_code", "refresh_token"]).await
    }

    /// A client that registers for these grants; its `client_id`.
    pub async fn client_with_grants(&self, grant_types: &[&str]) -> String {
        let metadata = json!({"client_name": random::uuid().unwrap(), "redirect_uris": [REDIRECT_URI], "grant_types": grant_types,
            "token_endpoint_auth_method": "none"});
        let request = self.request("POST", "/oauth/register").json(&metadata);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        text(&answer.json().await.unwrap(), "client_id").to_owned()
    }

    /// Keeps this client as the first consent does.
    pub async fn remember(&self, client_id: &str) {
        let client = find(&self.app, client_id).await.unwrap().unwrap();
        client.remember(&self.app.store, self.clock.now()).await.unwrap();
    }

    /// A code of a new user for this client, as after sign-in and consent.
    pub async fn code(&self, client_id: &str) -> TestCode {
        self.code_for(client_id, &self.user().await, "food:read food:write")
            .await
    }

    /// A code of this user for this client and scope.
    pub async fn code_for(&self, client_id: &str, user_id: &str, scope: &str) -> TestCode {
        self.remember(client_id).await;
        let (code, verifier) = (random::token().unwrap(), random::token().unwrap());
        let bound = AuthorizationCode {
            grant_id: GrantId::random().unwrap(),
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            redirect_uri: REDIRECT_URI.to_owned(),
            code_challenge: CodeChallenge::of(&verifier).unwrap(),
            scope: Scope::parse(scope).unwrap(),
            resource: Audience::one(RESOURCE),
            auth_time: self.clock.now(),
            nonce: None,
            dpop_jkt: None,
        };
        let expires_at = self.clock.now() + self.app.config.code_seconds;
        let hash = SecretHash::of(&code);
        self.app.store.insert_code(&hash, &bound, expires_at).await.unwrap();
        TestCode {
            client_id: client_id.to_owned(),
            code,
            verifier,
            grant_id: bound.grant_id,
        }
    }

    /// A signed-in client: its `client_id`, and the answer with its first tokens.
    pub async fn signed_in(&self) -> (String, Value) {
        let client_id = self.client().await;
        let code = self.code(&client_id).await;
        let (status, tokens) = self.exchange(&code).await;
        assert_eq!(status, 200, "{tokens}");
        (client_id, tokens)
    }

    /// Exchanges a code as a well-behaved client does.
    pub async fn exchange(&self, code: &TestCode) -> Answer {
        self.post_token(&code.form()).await
    }

    /// Refreshes.
    pub async fn refresh(&self, client_id: &str, refresh_token: &str) -> Answer {
        self.post_token(&refresh_form(client_id, refresh_token)).await
    }

    /// Posts a form to the token endpoint.
    pub async fn post_token(&self, form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}/oauth/token", self.url)).form(form);
        read(request.send().await.unwrap()).await
    }

    /// A request of any shape.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    /// The kinds of the audit entries about a grant since it began.
    pub async fn audit(&self, grant_id: GrantId) -> Vec<String> {
        let rows = self.app.store.audit_of_grant(&grant_id.to_string()).await.unwrap();
        let kinds = rows.into_iter().map(|row| row.kind);
        kinds.filter(|kind| kind != "grant_begun").collect()
    }
}

impl TestCode {
    /// The token request of a well-behaved client.
    pub fn form(&self) -> Vec<(&str, &str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("code", &self.code),
            ("code_verifier", &self.verifier),
            ("redirect_uri", REDIRECT_URI),
            ("resource", RESOURCE),
        ]
    }

    /// The same with one parameter changed; an empty value is none.
    pub fn form_but<'a>(&'a self, name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
        let changed = |(key, old)| if key == name { (key, value) } else { (key, old) };
        self.form().into_iter().map(changed).collect()
    }
}

/// A server on a thread of its own, which ends with it: a test that runs a command waits for it without letting its own
/// tasks go on, and a background task that holds the database's lock must not be one of them.
struct Serving(ServerHandle);

impl Serving {
    fn begin(app: Data<App>, listener: TcpListener) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let system = actix_web::rt::System::new();
            system.block_on(async move {
                let server = server::start(&app, vec![listener], std::future::pending()).unwrap();
                drop(app);
                tell.send(server.handle()).unwrap();
                drop(server.await);
                actix_web::rt::System::current().stop();
            });
            // The threads of its workers end with the system.
            system.run().unwrap();
        });
        Self(told.recv().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.stop(false));
    }
}

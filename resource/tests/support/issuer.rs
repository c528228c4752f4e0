//! An issuer as far as a resource server sees it: metadata and keys, or whatever a test wants to answer.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use resource::auth::trust::Issuer;
use serde_json::{Value, json};
use shared::status_list::Bits;

use super::{SigningKey, Token};

/// What the address of the keys answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(Value),
    Text(String),
    Status(u16),
    Hang,
}

/// A running issuer. It can be stopped and started again on the same port.
pub(crate) struct TestIssuer {
    pub(crate) url: String,
    pub(crate) key: SigningKey,
    state: web::Data<State>,
    server: Mutex<Option<ServerHandle>>,
}

struct State {
    answer: Mutex<Answer>,
    metadata_issuer: Mutex<String>,
    url: String,
    fetches: Arc<AtomicUsize>,
    about_tokens: Mutex<Answer>,
    asked: Mutex<Vec<Question>>,
    list: Mutex<Answer>,
    lists_fetched: AtomicUsize,
}

/// A question about a token, as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) authorization: Option<String>,
    pub(crate) form: String,
}

impl TestIssuer {
    pub(crate) fn start() -> Self {
        let issuer = Self::prepare();
        issuer.serve();
        issuer
    }

    /// An issuer whose port is known and which does not answer yet.
    pub(crate) fn prepare() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let key = SigningKey::es256("key-1");
        let state = web::Data::new(State {
            answer: Mutex::new(Answer::Json(json!({"keys": [key.jwk()]}))),
            metadata_issuer: Mutex::new(url.clone()),
            url: url.clone(),
            fetches: Arc::default(),
            about_tokens: Mutex::new(Answer::Json(json!({"active": false}))),
            asked: Mutex::default(),
            list: Mutex::new(Answer::Status(404)),
            lists_fetched: AtomicUsize::new(0),
        });
        Self {
            url,
            key,
            state,
            server: Mutex::default(),
        }
    }

    pub(crate) fn serve(&self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        let state = self.state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/.well-known/oauth-authorization-server", web::get().to(metadata))
                .route("/jwks", web::get().to(jwks))
                .route("/introspect", web::post().to(introspect))
                .route("/lists/0", web::get().to(list))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .bind(address)
        .unwrap()
        .run();
        *self.server.lock().unwrap() = Some(server.handle());
        actix_web::rt::spawn(server);
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.answer(Answer::Json(json!({ "keys": keys })));
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    /// What the metadata says of itself.
    pub(crate) fn call_itself(&self, issuer: &str) {
        issuer.clone_into(&mut self.state.metadata_issuer.lock().unwrap());
    }

    pub(crate) fn jwks_uri(&self) -> String {
        format!("{}/jwks", self.url)
    }

    /// It as an issuer that is trusted, for tokens with this audience.
    pub(crate) fn trusted_for(&self, audience: &str) -> Issuer {
        let mut issuer = Issuer::new(&self.url, audience);
        issuer.jwks_uri = Some(self.jwks_uri().parse().unwrap());
        issuer
    }

    /// What it answers when it is asked about a token.
    pub(crate) fn answer_about_tokens(&self, answer: Answer) {
        *self.state.about_tokens.lock().unwrap() = answer;
    }

    /// All that it was asked about tokens.
    pub(crate) fn asked(&self) -> Vec<Question> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Where its status list is.
    pub(crate) fn list_uri(&self) -> String {
        format!("{}/lists/0", self.url)
    }

    /// A good status list of this time in which these entries are revoked.
    pub(crate) fn status_list(&self, now: i64, revoked: &[usize]) -> Token {
        let mut bits = Bits::valid(1 << 20);
        for idx in revoked {
            bits.set(*idx, true);
        }
        let key = &self.key;
        Token {
            header: json!({"typ": "statuslist+jwt", "alg": format!("{:?}", key.algorithm), "kid": key.kid}),
            claims: json!({"sub": self.list_uri(), "iat": now, "exp": now + 600, "ttl": 1,
                "status_list": bits.encode().unwrap()}),
        }
    }

    /// What its status list answers.
    pub(crate) fn answer_list(&self, answer: Answer) {
        *self.state.list.lock().unwrap() = answer;
    }

    /// How often the status list was fetched.
    pub(crate) fn lists_fetched(&self) -> usize {
        self.state.lists_fetched.load(Ordering::SeqCst)
    }

    /// How often the keys were fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }
}

async fn metadata(state: web::Data<State>) -> HttpResponse {
    let issuer = state.metadata_issuer.lock().unwrap().clone();
    HttpResponse::Ok().json(json!({"issuer": issuer, "jwks_uri": format!("{}/jwks", state.url)}))
}

async fn jwks(state: web::Data<State>) -> HttpResponse {
    state.fetches.fetch_add(1, Ordering::SeqCst);
    let answer = state.answer.lock().unwrap().clone();
    give(answer).await
}

async fn list(state: web::Data<State>) -> HttpResponse {
    state.lists_fetched.fetch_add(1, Ordering::SeqCst);
    let answer = state.list.lock().unwrap().clone();
    give(answer).await
}

async fn introspect(state: web::Data<State>, request: HttpRequest, form: String) -> HttpResponse {
    let authorization = request.headers().get("authorization");
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    state.asked.lock().unwrap().push(Question { authorization, form });
    let answer = state.about_tokens.lock().unwrap().clone();
    give(answer).await
}

async fn give(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Json(value) => HttpResponse::Ok().json(value),
        Answer::Text(text) => HttpResponse::Ok().body(text),
        Answer::Status(status) => HttpResponse::build(status.try_into().unwrap()).finish(),
        Answer::Hang => std::future::pending().await,
    }
}

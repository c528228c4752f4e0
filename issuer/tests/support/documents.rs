//! A web server on this computer that serves documents of clients, and counts who asks.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use shared::fetch::guarded::Resolver;

/// Settings under which the issuer takes documents from here.
pub const LOOPBACK: (&str, &str) = ("ISSUER_CIMD_ALLOW_LOOPBACK", "on");

/// How long it takes at least to answer.
const MOMENT: Duration = Duration::from_millis(20);

/// What an address answers.
#[derive(Clone, Debug)]
pub struct Served {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

#[derive(Default)]
struct State {
    served: HashMap<String, Served>,
    asked: HashMap<String, usize>,
    held: HashSet<String>,
}

/// The server.
pub struct DocumentServer {
    /// Its address.
    pub url: String,
    state: Data<Mutex<State>>,
}

/// No name leads anywhere: no test asks the network.
pub fn offline() -> Resolver {
    let local = |name: &str| match name {
        "localhost" => vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        _ => Vec::new(),
    };
    Resolver::Function(Arc::new(local))
}

impl Served {
    /// A document with these headers.
    pub fn json(document: &Value, headers: &[(&'static str, &str)]) -> Self {
        let named = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            status: 200,
            headers: named.chain([("content-type", "application/json".to_owned())]).collect(),
            body: document.to_string(),
        }
    }

    /// Only a status.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

impl DocumentServer {
    /// A server with nothing on it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Data::new(Mutex::new(State::default()));
        let shared = state.clone();
        let app = move || {
            actix_web::App::new()
                .app_data(shared.clone())
                .default_service(web::to(answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        actix_web::rt::spawn(server.listen(listener).unwrap().run());
        Self { url, state }
    }

    /// The identifier of the client whose document is at `path`.
    pub fn client_id(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Puts a good document for these redirect URIs at `path`; its client identifier.
    pub fn publish(&self, path: &str, name: &str, redirect_uris: &[&str], headers: &[(&'static str, &str)]) -> String {
        let client_id = self.client_id(path);
        let document = json!({"client_id": client_id, "client_name": name, "redirect_uris": redirect_uris,
            "token_endpoint_auth_method": "none"});
        self.serve(path, Served::json(&document, headers));
        client_id
    }

    /// Puts something at `path`.
    pub fn serve(&self, path: &str, served: Served) {
        self.state.lock().unwrap().served.insert(path.to_owned(), served);
    }

    /// Lets whoever asks for `path` wait for [`Self::release`].
    pub fn hold(&self, path: &str) {
        self.state.lock().unwrap().held.insert(path.to_owned());
    }

    /// Lets them wait no longer.
    pub fn release(&self, path: &str) {
        self.state.lock().unwrap().held.remove(path);
    }

    /// How often `path` was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.get(path).copied().unwrap_or(0)
    }

    /// How often anything was asked for.
    pub fn asked_in_all(&self) -> usize {
        self.state.lock().unwrap().asked.values().sum()
    }
}

/// Waits a moment, so that those who ask together meet.
async fn answer(state: Data<Mutex<State>>, request: HttpRequest) -> HttpResponse {
    let path = request.path().to_owned();
    let served = {
        let mut state = state.lock().unwrap();
        *state.asked.entry(path.clone()).or_default() += 1;
        state.served.get(&path).cloned().unwrap_or_else(|| Served::status(404))
    };
    let is_held = || state.lock().unwrap().held.contains(&path);
    actix_web::rt::time::sleep(MOMENT).await;
    while is_held() {
        actix_web::rt::time::sleep(MOMENT).await;
    }
    let mut answer = HttpResponse::build(served.status.try_into().unwrap());
    for header in served.headers {
        answer.insert_header(header);
    }
    answer.body(served.body)
}

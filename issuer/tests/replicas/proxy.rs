//! A reverse proxy that gives each request to the next issuer in turn, and tries another when one cannot be reached.
//!
//! Like the proxies people use, it does not repeat a request that was sent: the client is told 502.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::support::client;

/// The proxy; it ends with the test.
pub struct Proxy {
    /// Its address: what browsers and clients know.
    pub url: String,
    balance: Data<Balance>,
    server: ServerHandle,
}

struct Balance {
    issuers: Vec<String>,
    turn: AtomicUsize,
    /// Which issuer answered, in the order of the answers.
    served: Mutex<Vec<usize>>,
    http: reqwest::Client,
}

impl Proxy {
    /// Serves on this listener for these issuers.
    pub fn start(listener: TcpListener, issuers: Vec<String>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let balance = Data::new(Balance {
            issuers,
            turn: AtomicUsize::new(0),
            served: Mutex::default(),
            http: client(),
        });
        let shared = balance.clone();
        let server = HttpServer::new(move || {
            let app = App::new().app_data(shared.clone());
            app.default_service(web::to(pass))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            url,
            balance,
            server: handle,
        }
    }

    /// Makes it this issuer's turn.
    pub fn turn_to(&self, issuer: usize) {
        self.balance.turn.store(issuer, Ordering::SeqCst);
    }

    /// Which issuers answered since the last look.
    pub fn served(&self) -> Vec<usize> {
        std::mem::take(&mut *self.balance.served.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Ends without waiting: the future need not be polled for the command to be sent.
        drop(self.server.stop(false));
    }
}

async fn pass(balance: Data<Balance>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let turn = balance.turn.fetch_add(1, Ordering::SeqCst);
    for at in turn..turn + balance.issuers.len() {
        let issuer = at % balance.issuers.len();
        match send(&balance, issuer, &request, body.clone()).await {
            Ok(answer) => {
                balance.served.lock().unwrap().push(issuer);
                return answer;
            }
            Err(error) if error.is_connect() => {}
            Err(_) => break,
        }
    }
    HttpResponse::BadGateway().finish()
}

async fn send(balance: &Balance, issuer: usize, request: &HttpRequest, body: Bytes) -> reqwest::Result<HttpResponse> {
    let url = format!("{}{}", balance.issuers.get(issuer).unwrap(), request.uri());
    let mut onwards = balance.http.request(request.method().as_str().parse().unwrap(), url);
    for (name, value) in request.headers() {
        // The body is whole here, so its length is told anew.
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            onwards = onwards.header(name.as_str(), value.as_bytes());
        }
    }
    let answer = onwards.body(body.to_vec()).send().await?;
    let mut back = HttpResponse::build(answer.status().as_u16().try_into().unwrap());
    for (name, value) in answer.headers() {
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            back.append_header((name.as_str(), value.as_bytes()));
        }
    }
    Ok(back.body(answer.bytes().await?))
}

//! A provider's stand-in: it answers as it is told, and remembers what it was asked.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::Semaphore;

/// What it answers.
#[derive(Clone)]
pub(super) enum Says {
    Json(Value),
    /// A page, or JSON that ends too early.
    Text(&'static str),
    /// This status, with `Retry-After` where it is not empty.
    Status(u16, &'static str),
    /// This status, and why.
    StatusJson(u16, Value),
    /// A hundred megabytes.
    Flood,
    Nothing,
    /// This, when a permit is there.
    When(Arc<Semaphore>, Value),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) query: String,
    pub(super) user_agent: String,
    pub(super) key: String,
    pub(super) body: String,
}

#[derive(Clone)]
pub(super) struct StandIn {
    pub(super) url: String,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl StandIn {
    pub(super) fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stand_in = Self {
            url: format!("http://localhost:{}", listener.local_addr().unwrap().port()),
            says: Arc::new(Mutex::new(says)),
            asked: Arc::default(),
        };
        let state = stand_in.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(state.clone()))
                .default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0);
        actix_web::rt::spawn(server.listen(listener).unwrap().run());
        stand_in
    }

    pub(super) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(state: web::Data<StandIn>, request: HttpRequest, body: String) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    state.asked.lock().unwrap().push(Asked {
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        user_agent: header("user-agent"),
        key: header("x-api-key"),
        body,
    });
    let says = state.says.lock().unwrap().clone();
    match says {
        Says::Json(value) => HttpResponse::Ok().json(value),
        Says::Text(text) => HttpResponse::Ok().body(text),
        Says::Status(status, retry_after) => {
            let mut answer = HttpResponse::build(status.try_into().unwrap());
            if !retry_after.is_empty() {
                answer.insert_header(("retry-after", retry_after));
            }
            answer.body("<html>no</html>")
        }
        Says::StatusJson(status, value) => HttpResponse::build(status.try_into().unwrap()).json(value),
        Says::Flood => {
            let megabyte = Bytes::from(vec![b' '; 1 << 20]);
            let pieces = std::iter::repeat_n(megabyte, 100).map(Ok::<_, std::io::Error>);
            HttpResponse::Ok().streaming(stream::iter(pieces))
        }
        Says::Nothing => std::future::pending().await,
        Says::When(permits, value) => {
            permits.acquire().await.unwrap().forget();
            HttpResponse::Ok().json(value)
        }
    }
}

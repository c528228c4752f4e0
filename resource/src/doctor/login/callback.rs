//! The loopback listener that the browser comes back to: RFC 8252 section 7.3, RFC 6749 section 4.1.2, RFC 9207.

use std::io;
use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout};
use url::form_urlencoded;

use super::Way;

/// How long a person has to sign in.
const PATIENCE: Duration = Duration::from_mins(5);
const PATH: &str = "/callback";

/// Listens until it is ended, or dropped.
pub(super) struct Listener {
    redirect_uri: String,
    queries: mpsc::Receiver<String>,
    server: ServerHandle,
}

impl Listener {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let redirect_uri = format!("http://{}{PATH}", listener.local_addr()?);
        let (sender, queries) = mpsc::channel::<String>(8);
        let server = HttpServer::new(move || {
            let callback = web::resource(PATH).route(web::get().to(callback));
            App::new().app_data(Data::new(sender.clone())).service(callback)
        });
        let server = server
            .workers(1)
            .disable_signals()
            // A browser that keeps its connection open would be waited for at the end.
            .keep_alive(KeepAlive::Disabled)
            .shutdown_timeout(1)
            .listen(listener)?
            .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Self {
            redirect_uri,
            queries,
            server: handle,
        })
    }

    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Listens no longer; whoever came back has the answer then. The program may end right after, and the browser would
    /// otherwise tell the person of a broken connection.
    pub(super) async fn end(self) {
        self.server.stop(true).await;
    }

    /// The code that comes with this state; a callback with another one is somebody else's, and passed over.
    pub(super) async fn code(&mut self, state: &str, way: &Way) -> Result<String, String> {
        let wait = async {
            while let Some(query) = self.queries.recv().await {
                let parameter = |name: &str| parameter(&query, name);
                if parameter("state").as_deref() == Some(state) {
                    return judge(&query, way);
                }
            }
            Err("the listener ended".to_owned())
        };
        let waited = timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| Err("nobody came back from the browser in five minutes".to_owned()))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Told, and not waited for: the program goes on.
        drop(self.server.stop(false));
    }
}

async fn callback(queries: Data<mpsc::Sender<String>>, request: HttpRequest) -> HttpResponse {
    let full = queries.try_send(request.query_string().to_owned()).is_err();
    let text = if full {
        "Too many came back at once; try again."
    } else {
        "The doctor has its answer. You may close this page."
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("cache-control", "no-store"));
    answer.content_type("text/plain; charset=utf-8").body(text)
}

fn judge(query: &str, way: &Way) -> Result<String, String> {
    let iss = parameter(query, "iss");
    let promised = way.metadata.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true));
    if iss.as_ref().is_some_and(|iss| *iss != way.issuer) || (promised && iss.is_none()) {
        return Err(format!(
            "iss: expected {}, got {}",
            way.issuer,
            iss.as_deref().unwrap_or("nothing")
        ));
    }
    if let Some(error) = parameter(query, "error") {
        let description = parameter(query, "error_description").unwrap_or_default();
        return Err(format!("the issuer says {error}: {description}"));
    }
    parameter(query, "code").ok_or_else(|| "neither code nor error came back".to_owned())
}

/// A parameter that is there once.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.into_owned())
}

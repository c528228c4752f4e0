//! Numbers for Prometheus, on a listener of their own: OpenMetrics 1.0, the text format.
//!
//! Requests are counted where they are logged, by the route's pattern, the method and the status. Easy
//! to get wrong: a label that a client chooses. Paths, identifiers and unknown methods would make a new
//! series each, until memory ends; so a route is its pattern, and a method is one of those registered.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

pub use prometheus_client::registry::Registry;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends in seconds: from a document out of memory to a password's hash in a full queue.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// The requests of one program. Put it into the application's data; without it nothing is counted.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    answered: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
        }
    }
}

impl HttpMetrics {
    /// Adds the families of requests to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered", self.answered.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from the head of a request to the head of its answer",
            self.durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            self.in_flight.clone(),
        );
    }

    /// Counts a request as in flight until what is returned is dropped.
    pub(super) fn begin(&self) -> InFlight {
        InFlight::new(&self.in_flight)
    }

    /// Counts a request that was answered.
    pub(super) fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.durations
            .get_or_create(&Route { route: route.clone() })
            .observe(took.as_secs_f64());
        let method = registered(method);
        self.answered.get_or_create(&Answered { route, method, status }).inc();
    }
}

/// One more of something, until it is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl InFlight {
    /// Counts here.
    pub fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The method, when it is one of those that servers know.
fn registered(method: &str) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method).unwrap_or("other")
}

/// What is told at a scrape.
#[derive(Clone)]
pub struct Scraped {
    registry: Arc<Registry>,
    /// Sets the numbers that are looked up and not counted.
    look: Arc<dyn Fn() + Send + Sync>,
    one_at_a_time: Arc<Mutex<()>>,
}

impl Scraped {
    /// Tells this registry, after a `look` at what is not counted while it happens.
    pub fn new(registry: Registry, look: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            registry: Arc::new(registry),
            look: Arc::new(look),
            one_at_a_time: Arc::default(),
        }
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let _one = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        (self.look)();
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Serves `GET /metrics` on these listeners, with one worker, for as long as the runtime lives.
pub fn serve(scraped: &Scraped, listeners: Vec<TcpListener>) -> io::Result<Server> {
    let scraped = Data::new(scraped.clone());
    let mut server = HttpServer::new(move || {
        let metrics = web::resource("/metrics").route(web::get().to(endpoint));
        App::new().app_data(scraped.clone()).service(metrics)
    })
    .workers(1)
    .max_connections(100)
    .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

async fn endpoint(scraped: Data<Scraped>) -> HttpResponse {
    match scraped.text() {
        Ok(text) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, OPEN_METRICS))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(text),
        Err(error) => {
            log::error!("the metrics could not be written: {error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::access_log::access_log;
    use actix_web::http::Method;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};

    #[actix_web::test]
    async fn whatever_clients_send_the_series_stay_few() {
        let mut registry = Registry::default();
        let metrics = HttpMetrics::default();
        metrics.register(&mut registry);
        let app = App::new().app_data(metrics.clone()).wrap(from_fn(access_log));
        let app = app.route("/users/{id}", web::to(HttpResponse::Ok));
        let app = init_service(app).await;
        for n in 0..200 {
            let method = Method::from_bytes(format!("M{n}").as_bytes()).unwrap();
            for path in [format!("/users/{n}"), format!("/nowhere/{n}?code=planted")] {
                call_service(&app, TestRequest::with_uri(&path).method(method.clone()).to_request()).await;
            }
        }
        let text = Scraped::new(registry, || ()).text().unwrap();
        let mut series: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("http_requests_total"))
            .collect();
        series.sort_unstable();
        assert_eq!(
            series,
            [
                "http_requests_total{route=\"(none)\",method=\"other\",status=\"404\"} 200",
                "http_requests_total{route=\"/users/{id}\",method=\"other\",status=\"200\"} 200",
            ]
        );
        assert!(text.contains("http_request_duration_seconds_count{route=\"/users/{id}\"} 200"));
        assert!(text.ends_with("# EOF\n") && !text.contains("planted"));
    }
}

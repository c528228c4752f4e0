//! The HTTP server around the routes.
//!
//! Easy to get wrong: with Nagle's algorithm on, a stream's small events wait for 40 ms; with
//! half-closed connections allowed, a client that goes away does not cancel its call; and a server
//! that waits for open streams to end by themselves takes its whole grace time to stop.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use actix_web::dev::Server;
use actix_web::{HttpServer, middleware, web};
use shared::http::access_log::access_log;
use shared::http::cors::any_origin;
use shared::http::tls::TlsFiles;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::routes;

/// Seconds that running requests get when the server is asked to end.
const SHUTDOWN_SECONDS: u64 = 5;

/// Serves on listeners that are already bound, until `stop` is complete.
pub fn start(
    app: &web::Data<App>,
    listeners: Vec<TcpListener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let for_workers = app.clone();
    let connections = app.config.connections;
    let workers = app.config.workers.or_else(|| available_parallelism().ok());
    let workers = workers.map_or(2, NonZeroUsize::get);
    let mut server = HttpServer::new(move || {
        let app = for_workers.clone();
        actix_web::App::new()
            .app_data(app.clone())
            .app_data(app.config.trusted_proxies.clone())
            .app_data(app.metrics.clone())
            .wrap(middleware::from_fn(any_origin))
            .wrap(middleware::from_fn(access_log))
            .configure(move |services| routes::configure(services, &app))
    })
    .tcp_nodelay(true)
    .h1_allow_half_closed(false)
    .workers(workers)
    .client_request_timeout(connections.head_time)
    .keep_alive(connections.keep_alive)
    .max_connections(connections.of_a_worker(workers))
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .shutdown_signal(end_streams(stop, app.shutdown.clone()));
    let tls = app.config.tls.as_ref().map(TlsFiles::server_config).transpose();
    let tls = tls.map_err(io::Error::other)?;
    for listener in listeners {
        server = match &tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.clone())?,
            None => server.listen(listener)?,
        };
    }
    Ok(server.run())
}

async fn end_streams(stop: impl Future<Output = ()>, shutdown: CancellationToken) {
    stop.await;
    shutdown.cancel();
}

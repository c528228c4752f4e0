//! The HTTP server around the routes.
//!
//! Easy to get wrong: with Nagle's algorithm on, a stream's small events wait for 40 ms; with
//! half-closed connections allowed, a client that goes away does not cancel its call; and a server
//! that waits for open streams to end by themselves takes its whole grace time to stop.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

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
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept without a request; longer than proxies keep theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Connections that one worker serves at once.
const MOST_CONNECTIONS: usize = 10_000;

/// Serves on listeners that are already bound, until `stop` is complete.
pub fn start(
    app: &web::Data<App>,
    listeners: Vec<TcpListener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let for_workers = app.clone();
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
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .max_connections(MOST_CONNECTIONS)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .shutdown_signal(end_streams(stop, app.shutdown.clone()));
    if let Some(workers) = app.config.workers {
        server = server.workers(workers.get());
    }
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

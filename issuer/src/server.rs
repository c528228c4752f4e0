//! The HTTP server around the routes.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use actix_web::dev::Server;
use actix_web::{HttpServer, middleware, web};
use shared::http::access_log::access_log;
use shared::http::tls::TlsFiles;

use crate::app::App;
use crate::{key_rotation, purge, routes};

/// Seconds that running requests get when the server is asked to end.
const SHUTDOWN_SECONDS: u64 = 5;

/// Serves on listeners that are already bound, until `stop` is complete.
pub fn start(
    app: &web::Data<App>,
    listeners: Vec<TcpListener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let for_workers = app.clone();
    let protection = &app.config.protection;
    let connections = protection.connections;
    let workers = available_parallelism().map_or(2, NonZeroUsize::get);
    let issuer_path = app.config.public_url.path().trim_end_matches('/').to_owned();
    actix_web::rt::spawn(purge::run(Arc::downgrade(app)));
    actix_web::rt::spawn(key_rotation::run(Arc::downgrade(app)));
    let mut server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(for_workers.clone())
            .app_data(for_workers.config.protection.trusted_proxies.clone())
            .app_data(for_workers.metrics.http.clone())
            .wrap(middleware::from_fn(access_log))
            .configure(|services| routes::configure(services, &issuer_path))
    })
    .workers(workers)
    .tcp_nodelay(true)
    .h1_allow_half_closed(false)
    .client_request_timeout(connections.head_time)
    .keep_alive(connections.keep_alive)
    .max_connections(connections.of_a_worker(workers))
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .shutdown_signal(stop);
    let tls = protection.tls.as_ref().map(TlsFiles::server_config).transpose();
    let tls = tls.map_err(io::Error::other)?;
    for listener in listeners {
        server = match &tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.clone())?,
            None => server.listen(listener)?,
        };
    }
    Ok(server.run())
}

//! `/metrics` of the resource server: what is counted, and what is looked up when somebody asks.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::web::Data;
use shared::http::metrics::{Registry, Scraped, serve};

use crate::app::App;

/// Serves the metrics of this resource server. Must be called on its runtime.
pub fn start(app: &Data<App>, listeners: Vec<TcpListener>) -> io::Result<Server> {
    let mut registry = Registry::default();
    app.register_metrics(&mut registry);
    let weak = Arc::downgrade(app);
    let look = move || {
        if let Some(app) = weak.upgrade() {
            app.protection.look();
        }
    };
    serve(&Scraped::new(registry, look), listeners)
}

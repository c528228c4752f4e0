//! `/metrics`: what is counted (`metrics`), and what is looked up while it is told.
//!
//! Easy to get wrong: looking into the database at every scrape. What would read many rows is looked up once
//! a minute, whoever asks and how often.

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use shared::http::metrics::{Registry, Scraped, serve};

use crate::app::App;

const MINUTE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    state: &'static str,
}

/// What is not counted, but is the case while somebody looks.
#[derive(Clone, Debug, Default)]
struct Looked {
    password_queue: Gauge,
    connections: Family<Connections, Gauge>,
    live_grants: Gauge,
    signing_key_age: Gauge,
}

/// Serves the metrics of this issuer. Must be called on its runtime.
pub fn start(app: &Data<App>, listeners: Vec<TcpListener>) -> io::Result<Server> {
    let (looked, mut registry) = (Looked::default(), Registry::default());
    app.metrics.register(&mut registry);
    app.store.register_metrics(&mut registry);
    app.documents.register_metrics(&mut registry);
    looked.register(&mut registry);
    actix_web::rt::spawn(look_each_minute(Arc::downgrade(app), looked.clone()));
    let weak = Arc::downgrade(app);
    let look = move || {
        if let Some(app) = weak.upgrade() {
            looked.look(&app);
        }
    };
    serve(&Scraped::new(registry, look), listeners)
}

impl Looked {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "issuer_password_queue",
            "Passwords that are being hashed or wait for it",
            self.password_queue.clone(),
        );
        registry.register(
            "issuer_database_connections",
            "Connections to the database",
            self.connections.clone(),
        );
        registry.register(
            "issuer_live_grants",
            "Grants whose refresh token is of use, as of the last minute",
            self.live_grants.clone(),
        );
        registry.register(
            "issuer_signing_key_age_seconds",
            "How long the key that signs has been signing",
            self.signing_key_age.clone(),
        );
    }

    fn look(&self, app: &App) {
        let set = |gauge: &Gauge, value: usize| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.password_queue, app.passwords.queued());
        let since = app.keys.signing.signer().signs_from;
        self.signing_key_age.set(app.clock.now().saturating_sub(since));
        let (open, idle) = app.store.database_connections();
        for (state, value) in [("idle", idle), ("used", open.saturating_sub(idle))] {
            set(&self.connections.get_or_create(&Connections { state }), value);
        }
    }
}

async fn look_each_minute(app: Weak<App>, looked: Looked) {
    while let Some(app) = app.upgrade() {
        match app.store.count_live_grants(app.clock.now()).await {
            Ok(count) => {
                looked.live_grants.set(count);
            }
            Err(error) => log::warn!("cannot count the live grants: {error}"),
        }
        drop(app);
        tokio::time::sleep(MINUTE).await;
    }
}

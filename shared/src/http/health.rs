//! `/healthz` (the process is alive), `/readyz` (it can serve), and the `healthcheck` sub-command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::json;

use crate::fetch::{Fetch, FetchError};
use crate::http::listen::Listen;

/// `GET /healthz`: 200 as long as the process answers at all.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({"status": "alive"}))
}

/// The answer of `GET /readyz`: 200 when every part can serve, else 503 with the parts that cannot.
pub fn readiness(parts: &[(&'static str, bool)]) -> HttpResponse {
    let ready = parts.iter().all(|(_, ok)| *ok);
    let mut answer = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    let parts: serde_json::Map<_, _> = parts.iter().map(|(name, ok)| ((*name).to_owned(), json!(ok))).collect();
    let status = if ready { "ready" } else { "not ready" };
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({"status": status, "parts": parts}))
}

/// Asks `/readyz` of a program that listens on `listen`, from the same machine.
pub async fn healthcheck(listen: &Listen) -> Result<(), String> {
    let Some(address) = listen.0.first().copied().map(reachable) else {
        return Err("no address to ask".to_owned());
    };
    let answer = match Fetch::new() {
        Ok(fetch) => fetch.get(&format!("http://{address}/readyz"), 4096).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) => Ok(()),
        Err(FetchError::Status(503)) => Err(format!("http://{address}/readyz says: not ready")),
        Err(error) => Err(format!("http://{address}/readyz: {error}")),
    }
}

/// The address to ask for one that means "all of this machine's".
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

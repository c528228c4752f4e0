//! `/healthz` (the process is alive), `/readyz` (it can serve), and the `healthcheck` sub-command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::json;

use crate::fetch::Fetch;
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

/// Asks `/readyz` of a program that listens on `listen`, from the same machine, by https when it has TLS of
/// its own. The error says what is missing.
pub async fn healthcheck(listen: &Listen, tls: bool) -> Result<(), String> {
    let fetch = Fetch::of_this_machine().map_err(|error| error.to_string())?;
    is_ready(&fetch, listen, tls).await
}

/// As [`healthcheck`], with a client that is kept between questions.
pub async fn is_ready(fetch: &Fetch, listen: &Listen, tls: bool) -> Result<(), String> {
    let Some(address) = listen.0.first().copied().map(reachable) else {
        return Err("no address to ask".to_owned());
    };
    let scheme = if tls { "https" } else { "http" };
    let url = format!("{scheme}://{address}/readyz");
    let answer = fetch.get_any_status(&url, 4096).await;
    let answer = answer.map_err(|error| format!("{url}: {error}"))?;
    match answer.status {
        200 => Ok(()),
        503 => Err(format!("{url} says: not ready{}", missing(&answer.body))),
        status => Err(format!("{url}: the server answered with status {status}")),
    }
}

/// The parts that cannot serve, out of the answer that [`readiness`] makes.
fn missing(body: &[u8]) -> String {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let parts = answer.get("parts").and_then(serde_json::Value::as_object);
    let parts = parts.into_iter().flatten().filter(|(_, ok)| **ok == json!(false));
    let names: Vec<_> = parts.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" ({} missing)", names.join(", "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_cannot_serve_are_named() {
        let answer = br#"{"status": "not ready", "parts": {"database": true, "keys": false}}"#;
        assert_eq!(missing(answer), " (keys missing)");
        for other in [&b"Service Unavailable"[..], b"{}", b"{\"parts\": 1}"] {
            assert_eq!(missing(other), "");
        }
    }
}

//! Settings that protect the issuer from those who can reach it.

use std::ops::RangeInclusive;
use std::time::Duration;

use shared::http::client_address::TrustedProxies;
use shared::http::tls::TlsFiles;
use shared::settings::{Setting, Typed, whole_number};

use super::{RateLimits, on_or_off};

/// What protects the issuer.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The proxies that are believed about whose request it is.
    pub trusted_proxies: TrustedProxies,
    /// How many requests a minute one address may send.
    pub rate_limits: RateLimits,
    /// The certificate of its own TLS.
    pub tls: Option<TlsFiles>,
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long a connection is kept without a request.
    pub keep_alive: Duration,
    /// Connections at once.
    pub max_connections: usize,
}

/// The rows of the table of settings.
pub(super) const ROWS: [Setting; 8] = [
    setting(
        "ISSUER_ALLOW_PLAIN_HTTP",
        "allow-plain-http",
        "off",
        "Whether the public URL may be http on another host than this computer: on or off. Passwords and tokens then travel in clear text.",
    ),
    setting(
        "ISSUER_TLS_CERT_FILE",
        "tls-cert-file",
        "",
        "TLS without a proxy: the chain of certificates (PEM), the issuer's own first; a new one is taken while it runs.",
    ),
    setting(
        "ISSUER_TLS_KEY_FILE",
        "tls-key-file",
        "",
        "The private key of that certificate (PEM).",
    ),
    setting(
        "ISSUER_TRUSTED_PROXIES",
        "trusted-proxies",
        "",
        "Networks and addresses of proxies in front, separated by commas; what they say in Forwarded or X-Forwarded-For is whose request it is.",
    ),
    setting(
        "ISSUER_RATE_LIMITS",
        "rate-limits",
        "authorize=600,pages=600,token=1200,register=300,introspect=12000,client=600",
        "Requests a minute of one address (IPv6: of one /64), and as many at once; what is not named keeps its default; off for none. client: one client at one address.",
    ),
    setting(
        "ISSUER_HEAD_SECONDS",
        "head-seconds",
        "10",
        "How long the head of a request may take to arrive, 1 to 120 seconds.",
    ),
    setting(
        "ISSUER_KEEP_ALIVE_SECONDS",
        "keep-alive-seconds",
        "75",
        "How long a connection is kept without a request, 0 to 600 seconds; longer than a proxy in front keeps its own. 0: one request a connection.",
    ),
    setting(
        "ISSUER_MAX_CONNECTIONS",
        "max-connections",
        "8000",
        "Connections at once, 2 to 1000000; further ones wait. The process must be allowed as many open files.",
    ),
];

const fn setting(name: &'static str, flag: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        flag,
        default,
        help,
        secret: false,
    }
}

impl Protection {
    pub(super) fn read(typed: &mut Typed) -> Option<Self> {
        let trusted_proxies = typed.read("ISSUER_TRUSTED_PROXIES", str::parse);
        let rate_limits = typed.read("ISSUER_RATE_LIMITS", str::parse);
        let certificate = typed.text("ISSUER_TLS_CERT_FILE").to_owned();
        let tls = typed.read("ISSUER_TLS_KEY_FILE", |key| TlsFiles::of(&certificate, key));
        let head_time = typed.read("ISSUER_HEAD_SECONDS", |text| seconds(text, 1..=120));
        let keep_alive = typed.read("ISSUER_KEEP_ALIVE_SECONDS", |text| seconds(text, 0..=600));
        let max_connections = typed.read("ISSUER_MAX_CONNECTIONS", connections);
        Some(Self {
            trusted_proxies: trusted_proxies?,
            rate_limits: rate_limits?,
            tls: tls?,
            head_time: head_time?,
            keep_alive: keep_alive?,
            max_connections: max_connections?,
        })
    }
}

/// Whether the public URL may be plain http on another host.
pub(super) fn allows_plain_http(typed: &mut Typed) -> bool {
    typed.read("ISSUER_ALLOW_PLAIN_HTTP", on_or_off).unwrap_or_default()
}

fn seconds(text: &str, range: RangeInclusive<i64>) -> Result<Duration, String> {
    let seconds = whole_number(range)(text)?;
    u64::try_from(seconds)
        .map(Duration::from_secs)
        .map_err(|error| error.to_string())
}

fn connections(text: &str) -> Result<usize, String> {
    usize::try_from(whole_number(2..=1_000_000)(text)?).map_err(|error| error.to_string())
}

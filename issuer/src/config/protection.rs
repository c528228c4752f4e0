//! Settings that protect the issuer from those who can reach it.

use shared::connection_settings;
use shared::http::client_address::TrustedProxies;
use shared::http::connections::Connections;
use shared::http::tls::TlsFiles;
use shared::settings::{Setting, Typed, on_or_off};

use super::RateLimits;

/// What protects the issuer.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The proxies that are believed about whose request it is.
    pub trusted_proxies: TrustedProxies,
    /// How many requests a minute one address may send.
    pub rate_limits: RateLimits,
    /// The certificate of its own TLS.
    pub tls: Option<TlsFiles>,
    /// How long and how many connections may be.
    pub connections: Connections,
}

/// The rows of the table of settings.
pub(super) const ROWS: [Setting; 5] = [
    Setting::new(
        "ISSUER_ALLOW_PLAIN_HTTP",
        "allow-plain-http",
        "off",
        "Whether the public URL may be http on another host than this computer: on or off. Passwords and tokens then travel in clear text.",
    ),
    Setting::new(
        "ISSUER_TLS_CERT_FILE",
        "tls-cert-file",
        "",
        "TLS without a proxy: the chain of certificates (PEM), the issuer's own first; a new one is taken while it runs.",
    ),
    Setting::new(
        "ISSUER_TLS_KEY_FILE",
        "tls-key-file",
        "",
        "The private key of that certificate (PEM).",
    ),
    Setting::new(
        "ISSUER_TRUSTED_PROXIES",
        "trusted-proxies",
        "",
        "Networks and addresses of proxies in front, separated by commas; what they say in Forwarded or X-Forwarded-For is whose request it is.",
    ),
    Setting::new(
        "ISSUER_RATE_LIMITS",
        "rate-limits",
        "authorize=600,pages=600,token=1200,register=300,introspect=12000,client=600",
        "Requests a minute of one address (IPv6: of one /64), and as many at once; what is not named keeps its default; off for none. client: one client at one address.",
    ),
];
pub(super) const CONNECTIONS: [Setting; 3] = connection_settings!("ISSUER", body: "10", most: "8000");

impl Protection {
    pub(super) fn read(typed: &mut Typed) -> Option<Self> {
        let trusted_proxies = typed.read("ISSUER_TRUSTED_PROXIES", str::parse);
        let rate_limits = typed.read("ISSUER_RATE_LIMITS", str::parse);
        let certificate = typed.text("ISSUER_TLS_CERT_FILE").to_owned();
        let tls = typed.read("ISSUER_TLS_KEY_FILE", |key| TlsFiles::of(&certificate, key));
        let connections = Connections::read(typed, &CONNECTIONS);
        Some(Self {
            trusted_proxies: trusted_proxies?,
            rate_limits: rate_limits?,
            tls: tls?,
            connections: connections?,
        })
    }
}

/// Whether the public URL may be plain http on another host.
pub(super) fn allows_plain_http(typed: &mut Typed) -> bool {
    typed.read("ISSUER_ALLOW_PLAIN_HTTP", on_or_off).unwrap_or_default()
}

//! Settings that protect the issuer from those who can reach it.

use shared::http::client_address::TrustedProxies;
use shared::settings::Typed;

use super::RateLimits;

/// What protects the issuer.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The proxies that are believed about whose request it is.
    pub trusted_proxies: TrustedProxies,
    /// How many requests a minute one address may send.
    pub rate_limits: RateLimits,
}

impl Protection {
    pub(super) fn read(typed: &mut Typed) -> Option<Self> {
        let trusted_proxies = typed.read("ISSUER_TRUSTED_PROXIES", str::parse);
        let rate_limits = typed.read("ISSUER_RATE_LIMITS", str::parse);
        Some(Self {
            rate_limits: rate_limits?,
            trusted_proxies: trusted_proxies?,
        })
    }
}

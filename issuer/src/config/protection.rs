//! Settings that protect the issuer from those who can reach it.

use shared::http::client_address::TrustedProxies;
use shared::settings::Typed;

/// What protects the issuer.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The proxies that are believed about whose request it is.
    pub trusted_proxies: TrustedProxies,
}

impl Protection {
    pub(super) fn read(typed: &mut Typed) -> Option<Self> {
        let trusted_proxies = typed.read("ISSUER_TRUSTED_PROXIES", str::parse);
        Some(Self {
            trusted_proxies: trusted_proxies?,
        })
    }
}

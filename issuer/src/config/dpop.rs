//! The setting of DPoP nonces.

use shared::settings::{Setting, Typed, on_or_off};

/// The row of the table of settings.
pub(super) const NONCE: Setting = Setting {
    name: "ISSUER_DPOP_NONCE",
    flag: "dpop-nonce",
    default: "off",
    help: "Whether DPoP proofs must hold a nonce of the issuer (RFC 9449 section 8): on or off.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<bool> {
    typed.read("ISSUER_DPOP_NONCE", on_or_off)
}

//! The setting of the device code grant.

use shared::settings::{Setting, Typed, on_or_off};

/// The row of the table of settings. Off, because a code can be sent to somebody else to be typed (RFC 8628 section 5.4).
pub(super) const GRANT: Setting = Setting {
    name: "ISSUER_DEVICE_GRANT",
    flag: "device-grant",
    default: "off",
    help: "Whether programs without a browser, as over SSH, may have people type a code at /device (RFC 8628): on or off. Codes can be phished: who talks somebody into typing one gets their access.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<bool> {
    typed.read("ISSUER_DEVICE_GRANT", on_or_off)
}

//! The setting of the status lists.

use shared::clock::NumericDate;
use shared::settings::{Setting, Typed, whole_number};

/// The row of the table of settings.
pub(super) const SECONDS: Setting = Setting {
    name: "ISSUER_STATUS_LIST_SECONDS",
    flag: "status-list-seconds",
    default: "5",
    help: "How long resource servers may keep the list of revoked tokens before they fetch it again, 1 to 3600 seconds.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<NumericDate> {
    typed.read("ISSUER_STATUS_LIST_SECONDS", whole_number(1..=3600))
}

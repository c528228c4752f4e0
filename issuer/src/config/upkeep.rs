//! The settings of what the issuer looks after by itself: its keys and its records.

use shared::clock::NumericDate;
use shared::settings::{Setting, Typed, whole_number};

use super::DAY;

/// How often keys change and how long records stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpkeepConfig {
    /// How long a key signs before the next takes over, in seconds; `None`: only by hand.
    pub key_rotation_seconds: Option<NumericDate>,
    /// How long entries of the audit log stay, in seconds.
    pub audit_seconds: NumericDate,
}

/// The rows of the table of settings.
pub(super) const KEY_ROTATION_DAYS: Setting = Setting {
    name: "ISSUER_KEY_ROTATION_DAYS",
    flag: "key-rotation-days",
    default: "90",
    help: "Days after which the next signing key takes over by itself, 1 to 3650; 0: only by `issuer key rotate`.",
    secret: false,
};
pub(super) const AUDIT_DAYS: Setting = Setting {
    name: "ISSUER_AUDIT_DAYS",
    flag: "audit-days",
    default: "400",
    help: "Days for which entries of the audit log stay, 1 to 3650.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<UpkeepConfig> {
    let key_rotation_days = typed.read("ISSUER_KEY_ROTATION_DAYS", whole_number(0..=3650));
    let audit_days = typed.read("ISSUER_AUDIT_DAYS", whole_number(1..=3650));
    let key_rotation_days = key_rotation_days?;
    Some(UpkeepConfig {
        key_rotation_seconds: (key_rotation_days > 0).then_some(key_rotation_days * DAY),
        audit_seconds: audit_days? * DAY,
    })
}

//! The settings of Client ID Metadata Documents.

use std::path::PathBuf;

use shared::fetch::guarded::Reach;
use shared::settings::{Setting, Typed, on_or_off};

/// Whether and how documents are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CimdConfig {
    /// Whether a URL may be a client identifier.
    pub enabled: bool,
    /// A file of documents for clients whose own cannot be reached.
    pub seed_file: Option<PathBuf>,
    /// Whether documents may be on this computer, also by plain http.
    pub allow_loopback: bool,
}

impl CimdConfig {
    /// How far fetches go, where there are any.
    pub fn reach(&self) -> Reach {
        if self.allow_loopback {
            Reach::PublicAndLoopback
        } else {
            Reach::Public
        }
    }
}

/// The rows of the table of settings.
pub(super) const ON: Setting = Setting {
    name: "ISSUER_CIMD",
    flag: "cimd",
    default: "on",
    help: "Whether an https URL may be a client identifier, whose document the issuer fetches, and a client's keys may be at a jwks_uri: on or off.",
    secret: false,
};
pub(super) const SEED_FILE: Setting = Setting {
    name: "ISSUER_CIMD_SEED_FILE",
    flag: "cimd-seed-file",
    default: "",
    help: "A JSON array of client documents that serve when the client's own cannot be reached.",
    secret: false,
};
pub(super) const ALLOW_LOOPBACK: Setting = Setting {
    name: "ISSUER_CIMD_ALLOW_LOOPBACK",
    flag: "cimd-allow-loopback",
    default: "off",
    help: "Whether client documents and keys may be on this computer, also by http: on or off. For development only.",
    secret: false,
};

pub(super) fn read(typed: &mut Typed) -> Option<CimdConfig> {
    let enabled = typed.read("ISSUER_CIMD", on_or_off);
    let seed_file = typed.read("ISSUER_CIMD_SEED_FILE", |text| {
        Ok::<_, String>((!text.is_empty()).then(|| PathBuf::from(text)))
    });
    let allow_loopback = typed.read("ISSUER_CIMD_ALLOW_LOOPBACK", on_or_off);
    Some(CimdConfig {
        enabled: enabled?,
        seed_file: seed_file?,
        allow_loopback: allow_loopback?,
    })
}

//! The setting for those who watch the issuer.

use shared::settings::Setting;

/// The row of the table of settings.
pub(super) const METRICS_LISTEN: Setting = Setting {
    name: "ISSUER_METRICS_LISTEN",
    flag: "metrics-listen",
    default: "",
    help: "Addresses where /metrics answers, for Prometheus, such as 127.0.0.1:9080; nowhere when not set. Whoever reaches it may read it.",
    secret: false,
};

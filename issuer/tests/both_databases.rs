//! The tests that name no database, again on PostgreSQL.

use crate::support::again;

/// Chapters whose tests begin on both databases themselves; what stands here may be the end of a name, too.
const BOTH: &[&str] = &[
    "administration::",
    "audit_command::",
    "cimd::consents::",
    "confidential::service_ends::",
    "device::ends::",
    "device::polling::",
    "hang_up::",
    "locked_database::",
    "purge::",
    "races::",
    "recent_clients::",
    "replicas::",
    "resources_changed::",
    "revoke_all::",
    "rotation::",
    "status_list::",
];
/// Chapters about files, connections, memory or what a page looks like, of which a database says nothing.
const NEITHER: &[&str] = &[
    "attacks::markup::",
    "attacks::proof_key::",
    "backup_and_check::",
    "both_databases::",
    "chromium",
    "cimd::budget::",
    "cimd::documents::",
    "cimd::redirects::",
    "cli::",
    "device::attacks::of_ten_thousand_guesses",
    "device::pages::",
    "discovery::",
    "full_disk::",
    "help::",
    "keys::",
    "long_runs::",
    "metrics::",
    "proxies::",
    "rate_limits::",
    "requests::",
    "slow::",
    "tls::",
];
/// Fewer than these are not everything.
const LEAST: usize = 200;

#[test]
fn everything_again_on_postgresql() {
    let skipped = BOTH.iter().chain(NEITHER).flat_map(|chapter| ["--skip", chapter]);
    again::on_postgresql(&skipped.collect::<Vec<_>>(), LEAST);
}

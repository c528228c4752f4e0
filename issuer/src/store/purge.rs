//! Ended rows go away, a small batch at a time, so that no table grows for ever.
//!
//! A row stays for a while after its end: a code so that a replay is still known for what it is, a
//! grant and an audit entry so that people can still see what happened. Every statement finds its rows
//! through an index; a batch is small (`batches`), because on SQLite it holds the one writer while it runs.

use std::time::{Duration, Instant};

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};

use super::Store;
use super::batches::Took;
pub use super::batches::{FIRST as BATCH, MOST as LARGEST_BATCH};

const HOUR: NumericDate = 3_600;
const DAY: NumericDate = 24 * HOUR;

/// The statement that deletes a batch, and how long rows stay after their end, in seconds.
struct Ended {
    delete: &'static str,
    stays: NumericDate,
}

const ENDED: &[Ended] = &[
    Ended {
        delete: "DELETE FROM authorization_codes WHERE code_hash IN (
             SELECT code_hash FROM authorization_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: DAY,
    },
    Ended {
        delete: "DELETE FROM authorization_requests WHERE handle_hash IN (
             SELECT handle_hash FROM authorization_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: DAY,
    },
    Ended {
        delete: "DELETE FROM device_authorizations WHERE device_code_hash IN (
             SELECT device_code_hash FROM device_authorizations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: DAY,
    },
    Ended {
        delete: "DELETE FROM pushed_requests WHERE request_uri_hash IN (
             SELECT request_uri_hash FROM pushed_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: 0,
    },
    Ended {
        delete: "DELETE FROM sessions WHERE session_hash IN (
             SELECT session_hash FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: DAY,
    },
    // The cookie that knows the browser ends a year after it was set.
    Ended {
        delete: "DELETE FROM known_browsers WHERE (browser_hash, user_id) IN (
             SELECT browser_hash, user_id FROM known_browsers WHERE signed_in_at < $1 ORDER BY signed_in_at LIMIT $2)",
        stays: 365 * DAY,
    },
    // A clock that is ahead by up to an hour and then right again takes no proof twice. Not for longer: a proof is kept
    // before anything else of the request is looked at, so strangers fill this table as fast as they may send.
    Ended {
        delete: "DELETE FROM dpop_proofs WHERE proof_hash IN (
             SELECT proof_hash FROM dpop_proofs WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: HOUR,
    },
    // The idle end is never later than the absolute one, so it is the end of the row.
    Ended {
        delete: "DELETE FROM grants WHERE grant_id IN (
             SELECT grant_id FROM grants WHERE idle_ends_at < $1 ORDER BY idle_ends_at LIMIT $2)",
        stays: 7 * DAY,
    },
    Ended {
        delete: "DELETE FROM client_secrets WHERE secret_id IN (
             SELECT secret_id FROM client_secrets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: 30 * DAY,
    },
    Ended {
        delete: "DELETE FROM used_jtis WHERE (purpose, issuer, jti_hash) IN (
             SELECT purpose, issuer, jti_hash FROM used_jtis WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        stays: DAY,
    },
];

/// How long a registration that nobody ever used is kept: as long as a sign-in that is not used.
const UNUSED_CLIENT: NumericDate = 30 * DAY;

/// Anybody may register, and a client that authenticates, or says more than its identifier can hold, has a row from then
/// on. Those that somebody in charge added stay, and so do blocked ones.
macro_rules! unused_clients {
    () => {
        "FROM clients
         WHERE source = 'registered' AND last_used_at = created_at AND created_at < $1 AND blocked_at IS NULL
           AND (client_id LIKE 'c0.%' OR client_id IN (SELECT client_id FROM registration_tokens))
           AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.client_id = clients.client_id)"
    };
}

const UNUSED_CLIENTS: &str = concat!(
    "DELETE FROM clients WHERE last_used_at = created_at AND client_id IN (SELECT client_id ",
    unused_clients!(),
    " ORDER BY created_at LIMIT $2)"
);

/// How many could be deleted. An index alone tells when there are fewer than `$2`, which is nearly always.
const COUNT_UNUSED_CLIENTS: &str = concat!(
    "SELECT CASE WHEN (SELECT COUNT(*) FROM clients WHERE source = 'registered' AND last_used_at = created_at) < $2
            THEN 0 ELSE (SELECT COUNT(*) ",
    unused_clients!(),
    ") END"
);

/// Unused registrations that are kept at most. The oldest give way: if new ones were refused, who registers this often
/// would keep everybody out.
pub const UNUSED_CLIENTS_KEPT: i64 = 50_000;

const ENDED_AUDIT: &str = "DELETE FROM audit_events WHERE event_id IN (
     SELECT event_id FROM audit_events WHERE at < $1 ORDER BY at LIMIT $2)";

impl Store {
    /// Deletes one batch of ended rows of every table, and says how many rows went. Entries of the audit log
    /// stay for `audit_seconds`.
    pub async fn purge(&self, now: NumericDate, audit_seconds: NumericDate) -> Result<u64, sqlx::Error> {
        let mut gone = self.purge_batch(ENDED_AUDIT, now.saturating_sub(audit_seconds)).await?;
        gone += self
            .purge_batch(UNUSED_CLIENTS, now.saturating_sub(UNUSED_CLIENT))
            .await?;
        for ended in ENDED {
            gone += self.purge_batch(ended.delete, now.saturating_sub(ended.stays)).await?;
        }
        Ok(gone)
    }

    /// Deletes a batch of the oldest unused registrations when there are `most` or more, and says how many went: anybody
    /// can send one, and the disk must not fill.
    pub async fn make_room_for_registration(&self, most: i64, now: NumericDate) -> Result<u64, sqlx::Error> {
        let before = now.saturating_add(1);
        let unused: i64 = on_reader!(self.database, pool => sqlx::query_scalar(COUNT_UNUSED_CLIENTS)
            .bind(before)
            .bind(most)
            .fetch_one(pool)
            .await)?;
        if unused < most {
            return Ok(0);
        }
        let made = self.delete_batch(UNUSED_CLIENTS, before).await?;
        log::warn!("there are {unused} registrations that nobody used; the {made} oldest were deleted");
        Ok(made)
    }

    /// Deletes a batch, and copies the log.
    pub(super) async fn purge_batch(&self, delete: &'static str, before: NumericDate) -> Result<u64, sqlx::Error> {
        let rows = self.delete_batch(delete, before).await?;
        self.copy_log(rows).await;
        Ok(rows)
    }

    /// Copies the log after a batch that changed so many rows. They are gone even if it cannot be copied, which SQLite
    /// does by itself when the log is longer.
    pub(super) async fn copy_log(&self, rows: u64) {
        if rows > 0
            && let Err(error) = self.database.checkpoint().await
        {
            log::warn!("the write-ahead log could not be copied after rows were deleted: {error}");
        }
    }

    /// Runs a statement that deletes `$2` rows at most that ended before `$1`; how many went. Waiting for other writers
    /// says nothing about the batch, and does not count as its time.
    async fn delete_batch(&self, delete: &'static str, before: NumericDate) -> Result<u64, sqlx::Error> {
        let size = self.batches.size(delete);
        let (begun, statement, rows) = in_transaction!(self.database, transaction => {
            let begun = Instant::now();
            let done = sqlx::query(delete).bind(before).bind(size).execute(&mut *transaction).await?;
            (begun, begun.elapsed(), done.rows_affected())
        });
        self.batch_done(delete, size, rows, (begun, statement));
        Ok(rows)
    }

    /// A batch of `size` rows at most is committed just now, and found `rows`: when it had the writer, and how long the
    /// statement took.
    pub(super) fn batch_done(&self, sql: &'static str, size: i64, rows: u64, (begun, statement): (Instant, Duration)) {
        let commit = begun.elapsed().saturating_sub(statement);
        self.batches.took(sql, size, rows, Took { statement, commit });
    }
}

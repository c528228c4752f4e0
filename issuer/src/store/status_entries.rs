//! Entries of the status lists: docs/decisions/0007-status-list.md.
//!
//! 1. A new grant, or a token without one, takes a free entry at random. The insert itself decides, also between issuers on one database.
//! 2. Whatever ends a grant or an account changes the entry: triggers do it, so no statement can forget to.
//! 3. Changes are numbered, in the order in which they become visible; who knows the lists up to a number reads only
//!    what changed since.
//! 4. When the last token under an entry has ended on every clock, the entry is made valid again, and a day later it is free.
//!
//! Easy to get wrong: handing out an entry that a list somewhere still shows as revoked.

use std::sync::Arc;
use std::time::Instant;

use shared::clock::NumericDate;
use shared::database::{Pools, Step, writes_alone};
use shared::random::{self, NoRandomness};
use shared::{in_group, in_transaction, on_reader};
use sqlx::FromRow;

use super::Store;
use super::clients::ClientState;

/// Entries of one list, a power of two.
pub const ENTRIES: i64 = 1 << 20;
/// Entries that are tried in a list before the next list: three quarters full, a third goes on.
pub(super) const TRIES: i64 = 4;
/// Lists that there may be: 67 million grants.
pub const MOST_LISTS: i64 = 64;
/// How long an entry is shown as valid before it is taken again, in seconds.
const REST: NumericDate = 86_400;
/// How long tokens are taken after their end where clocks differ, at most, in seconds.
const CLOCKS: NumericDate = 600;

/// An entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatusEntry {
    /// Which list, from 0.
    pub list: i64,
    /// Which entry of it, from 0.
    pub idx: i64,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct StatusChange {
    /// The list.
    pub list_id: i64,
    /// The entry.
    pub idx: i64,
    /// 1 when its tokens are not to be taken, else 0.
    pub revoked: i64,
    /// The number of the change.
    pub revision: i64,
}

impl StatusEntry {
    pub(super) fn of(list: Option<i64>, idx: Option<i64>) -> Option<Self> {
        Some(Self { list: list?, idx: idx? })
    }

    /// Any entry of the list.
    pub(super) fn random(list: i64) -> Result<Self, NoRandomness> {
        let idx = i64::from_be_bytes(random::bytes()?) & (ENTRIES - 1);
        Ok(Self { list, idx })
    }
}

pub(super) const TAKE: &str = "INSERT INTO status_entries (list_id, idx, free_at, client_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (list_id, idx) DO NOTHING";
/// The same for a client that is in this state and not blocked, and that nobody can delete or block meanwhile.
macro_rules! take_for_client {
    ($hold:literal) => {
        concat!(
            "WITH held AS (SELECT client_id FROM clients WHERE client_id = $4 AND blocked_at IS NULL
                 AND ($5 IS NULL OR revision = $5)",
            $hold,
            ") INSERT INTO status_entries (list_id, idx, free_at, client_id)
             SELECT $1, $2, $3, client_id FROM held WHERE TRUE ON CONFLICT (list_id, idx) DO NOTHING"
        )
    };
}

const TAKE_FOR_CLIENT: &str = take_for_client!("");
/// Tokens of one client do not wait for each other, as they would for its row if each wrote it.
const TAKE_FOR_CLIENT_HELD: &str = take_for_client!(" FOR SHARE");
const SHOW_VALID: &str = "UPDATE status_entries
     SET revoked = 0, free_at = $1, client_id = NULL, revision = (SELECT revision FROM status_revision)
     WHERE (list_id, idx) IN (
       SELECT list_id, idx FROM status_entries WHERE free_at < $2 AND revoked = 1 ORDER BY free_at LIMIT $3)";
const FREE: &str = "DELETE FROM status_entries WHERE revoked = 0 AND (list_id, idx) IN (
     SELECT list_id, idx FROM status_entries WHERE free_at < $1 AND revoked = 0 ORDER BY free_at LIMIT $2)";
/// Whoever deletes or blocks the client waits for a token that is being made, and then its entry is there.
const HOLD_CLIENT: &str = "UPDATE clients SET blocked_at = NULL WHERE client_id = $1 AND blocked_at IS NULL
       AND ($2 IS NULL OR revision = $2)";

/// Before a change of entries, in its transaction.
pub(super) const NEXT_REVISION: &str = "UPDATE status_revision SET revision = revision + 1";

/// Takes a free entry, within the transaction that makes its grant; for a token without grant, the client's. Leaves
/// the function when there is none.
macro_rules! take_status_entry {
    ($executor:expr, $free_at:expr, $client_id:expr) => {{
        use $crate::store::status_entries::{MOST_LISTS, StatusEntry, TAKE, TRIES};
        let mut taken = None;
        for attempt in 0..MOST_LISTS * TRIES {
            let entry = StatusEntry::random(attempt / TRIES).map_err(|error| sqlx::Error::Encode(error.into()))?;
            let inserted = sqlx::query(TAKE)
                .bind(entry.list)
                .bind(entry.idx)
                .bind($free_at)
                .bind($client_id);
            if inserted.execute($executor).await?.rows_affected() == 1 {
                taken = Some(entry);
                break;
            }
        }
        taken.ok_or_else(|| sqlx::Error::Encode("all status lists are full".into()))?
    }};
}
pub(super) use take_status_entry;

impl Store {
    /// Takes an entry for a token that a client gets for itself, until the token ends; `None` when the client is in
    /// another state meanwhile. What deletes or blocks it later changes the entry, too (triggers of `clients`).
    pub async fn take_status_entry(
        &self,
        client: ClientState<'_>,
        ends_at: NumericDate,
    ) -> Result<Option<StatusEntry>, sqlx::Error> {
        if let Some(entry) = self.take_status_entry_at_once(client, ends_at).await? {
            return Ok(Some(entry));
        }
        let (client_id, revision): (Arc<str>, _) = (client.client_id.into(), client.revision);
        Ok(in_group!(self.database, connection, [client_id] => {
            if writes_alone(connection) {
                let entry = StatusEntry::random(0).map_err(|error| sqlx::Error::Encode(error.into()))?;
                let taken = sqlx::query(TAKE_FOR_CLIENT)
                    .bind(entry.list)
                    .bind(entry.idx)
                    .bind(ends_at)
                    .bind(&*client_id)
                    .bind(revision)
                    .execute(&mut *connection)
                    .await?;
                if taken.rows_affected() == 1 {
                    return Ok(Step::Kept(Some(entry)));
                }
            }
            let held = sqlx::query(HOLD_CLIENT).bind(&*client_id).bind(revision);
            let held = held.execute(&mut *connection).await?;
            if held.rows_affected() == 0 {
                return Ok(Step::Kept(None));
            }
            Ok(Step::Kept(Some(take_status_entry!(&mut *connection, ends_at, Some(&*client_id)))))
        }))
    }

    /// On PostgreSQL one statement is a transaction, and nearly always takes a free entry. `None` is not yet a refusal.
    async fn take_status_entry_at_once(
        &self,
        client: ClientState<'_>,
        ends_at: NumericDate,
    ) -> Result<Option<StatusEntry>, sqlx::Error> {
        let Pools::Postgres(pool) = &self.database.pools else {
            return Ok(None);
        };
        let _measured = self.database.write_times.begin();
        let entry = StatusEntry::random(0).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let taken = sqlx::query(TAKE_FOR_CLIENT_HELD)
            .bind(entry.list)
            .bind(entry.idx)
            .bind(ends_at)
            .bind(client.client_id)
            .bind(client.revision)
            .execute(pool)
            .await?;
        Ok((taken.rows_affected() == 1).then_some(entry))
    }

    /// Shows the token of this entry as revoked; false when it was shown so, or has ended.
    pub async fn revoke_status_entry(&self, entry: StatusEntry) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
             WHERE list_id = $1 AND idx = $2 AND revoked = 0";
        Ok(in_transaction!(self.database, transaction => {
            sqlx::query(NEXT_REVISION).execute(&mut *transaction).await?;
            let done = sqlx::query(sql).bind(entry.list).bind(entry.idx).execute(&mut *transaction).await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            true
        }))
    }

    /// Whether the token of this entry, which this client got for itself, was not revoked, nor the client deleted or
    /// blocked; `false` also when who asks is in another state.
    pub async fn is_service_token_live(
        &self,
        client_id: &str,
        entry: StatusEntry,
        asking: ClientState<'_>,
    ) -> Result<bool, sqlx::Error> {
        let sql = "SELECT COUNT(*) FROM clients WHERE client_id = $1 AND blocked_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM status_entries WHERE list_id = $2 AND idx = $3 AND revoked = 1)
               AND ($5 IS NULL OR EXISTS (SELECT 1 FROM clients AS asking WHERE asking.client_id = $4 AND asking.revision = $5))";
        let found: i64 = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(client_id)
            .bind(entry.list)
            .bind(entry.idx)
            .bind(asking.client_id)
            .bind(asking.revision)
            .fetch_one(pool)
            .await)?;
        Ok(found > 0)
    }

    /// What changed in the lists after this revision, in order.
    pub async fn status_changes(&self, after: i64) -> Result<Vec<StatusChange>, sqlx::Error> {
        let sql = "SELECT list_id, idx, revoked, revision FROM status_entries
             WHERE revision > $1 AND revision > 0 ORDER BY revision";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(after).fetch_all(pool).await)
    }

    /// How many lists there are: at least one.
    pub async fn status_lists(&self) -> Result<i64, sqlx::Error> {
        let sql = "SELECT MAX(list_id) FROM status_entries";
        let last: Option<i64> = on_reader!(self.database, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?;
        Ok(last.unwrap_or(0) + 1)
    }

    /// Takes entries back whose last token has ended, and says how many steps were made.
    pub async fn free_status_entries(&self, now: NumericDate) -> Result<u64, sqlx::Error> {
        let shown_valid = self.show_ended_as_valid(now).await?;
        Ok(shown_valid + self.purge_batch(FREE, now.saturating_sub(REST)).await?)
    }

    /// The rest of an entry begins anew with this change.
    async fn show_ended_as_valid(&self, now: NumericDate) -> Result<u64, sqlx::Error> {
        let (size, ended) = (self.batches.size(SHOW_VALID), now.saturating_sub(CLOCKS));
        let (begun, statement, changed) = in_transaction!(self.database, transaction => {
            let begun = Instant::now();
            sqlx::query(NEXT_REVISION).execute(&mut *transaction).await?;
            let done = sqlx::query(SHOW_VALID).bind(now).bind(ended).bind(size).execute(&mut *transaction).await?;
            let changed = done.rows_affected();
            if changed == 0 {
                return Ok(0);
            }
            (begun, begun.elapsed(), changed)
        });
        self.batch_done(SHOW_VALID, size, changed, (begun, statement));
        self.copy_log(changed).await;
        Ok(changed)
    }
}

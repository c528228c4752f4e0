//! Whether the keys are those that the database was written with.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};

impl Store {
    /// What is kept for a purpose; `value` is kept, and given back, when there is nothing yet.
    pub async fn key_check(&self, purpose: &str, value: &str, now: NumericDate) -> Result<String, sqlx::Error> {
        let keep = "INSERT INTO key_checks (purpose, value, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (purpose) DO NOTHING";
        let kept = in_transaction!(self.database, transaction => {
            sqlx::query(keep).bind(purpose).bind(value).bind(now).execute(&mut *transaction).await?;
            let kept = sqlx::query_scalar("SELECT value FROM key_checks WHERE purpose = $1").bind(purpose);
            kept.fetch_one(&mut *transaction).await?
        });
        Ok(kept)
    }

    /// What is kept for a purpose.
    pub async fn find_key_check(&self, purpose: &str) -> Result<Option<String>, sqlx::Error> {
        let sql = "SELECT value FROM key_checks WHERE purpose = $1";
        on_reader!(self.database, pool => sqlx::query_scalar(sql).bind(purpose).fetch_optional(pool).await)
    }

    /// Keeps `value` in place of another; `false` when it is kept already.
    pub async fn accept_key(&self, purpose: &str, value: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        let sql = "INSERT INTO key_checks (purpose, value, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (purpose) DO UPDATE SET value = excluded.value, created_at = excluded.created_at
             WHERE key_checks.value <> excluded.value";
        let event = AuditEvent::new(AuditKind::MacKeyAccepted, now).by(Actor::CommandLine);
        in_transaction!(self.database, transaction => {
            let kept = sqlx::query(sql).bind(purpose).bind(value).bind(now).execute(&mut *transaction).await?;
            if kept.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }
}

//! Device authorization requests (RFC 8628): what a program on another machine asks for, until a person decides.
//!
//! 1. The program asks, and gets two codes: a long one for itself, a short one for the person;
//! 2. a person types the short one and decides (`device_decisions`);
//! 3. the program asks again and again meanwhile. How fast is kept here, so all replicas count together.
//!
//! Easy to get wrong: a clock of seconds. Two questions five seconds apart may be four by it, so one is forgiven.

use std::sync::Arc;

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::database::Step;
use shared::scope::Scope;
use shared::{in_group, in_transaction, on_reader};

use super::Store;
use crate::hash::SecretHash;

/// Seconds between two questions of a program, at first (RFC 8628 section 3.2).
pub const INTERVAL: NumericDate = 5;
/// Requests that wait at most: anybody can send one, and the disk must not fill. The oldest give way.
const KEPT: i64 = 20_000;

/// A request to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewDeviceAuthorization<'a> {
    /// The hash of the program's code.
    pub device_code: &'a SecretHash,
    /// The hash of the person's code.
    pub user_code: &'a SecretHash,
    /// What is asked.
    pub asked: &'a DeviceAuthorization,
    /// Its end.
    pub expires_at: NumericDate,
}

/// What is asked, by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// The client.
    pub client_id: String,
    /// Its document, as JSON, when it has one.
    pub client_document: Option<String>,
    /// What the client was when it asked: [`Client::metadata_hash`](crate::client::Client::metadata_hash).
    pub metadata_hash: String,
    /// What would be granted.
    pub scope: Scope,
    /// The canonical resource identifiers.
    pub resource: Audience,
    /// The key that the program must prove to hold from now on.
    pub dpop_jkt: Option<String>,
    /// The address that it asked from.
    pub asked_from: Option<String>,
    /// When it asked.
    pub created_at: NumericDate,
}

/// How things stand for the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The person has not decided yet.
    Pending,
    /// The same, and the program asks too often.
    SlowDown,
    /// The person allowed it, and the code may be redeemed; or it was, or has ended, if so.
    Allowed {
        /// Whether its time is over.
        ended: bool,
    },
    /// The person denied it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// There is no such code, or it is another client's.
    Unknown,
}

/// Requests that are over for an hour, or the oldest when there are too many, a few at a time.
const PURGE: &str = "DELETE FROM device_authorizations WHERE device_code_hash IN
     (SELECT device_code_hash FROM device_authorizations
      WHERE expires_at <= $1 OR (SELECT COUNT(*) FROM device_authorizations) >= $2
      ORDER BY expires_at LIMIT 20)";
const EXPLAINED_SECONDS: NumericDate = 3600;
const INSERT: &str = "INSERT INTO device_authorizations
        (device_code_hash, user_code_hash, client_id, client_document, metadata_hash, scope, resource, dpop_jkt,
         asked_from, interval_seconds, last_step, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'asked', $11, $12) ON CONFLICT (user_code_hash) DO NOTHING";

/// RFC 8628 section 3.5: the interval is longer by five seconds for this question and all that follow.
const POLL: &str = "UPDATE device_authorizations SET
        last_step = CASE WHEN ABS($3 - polled_at) < interval_seconds - 1 THEN 'slow_down' ELSE 'pending' END,
        interval_seconds = CASE WHEN ABS($3 - polled_at) < interval_seconds - 1
                                THEN interval_seconds + 5 ELSE interval_seconds END,
        polled_at = $3
     WHERE device_code_hash = $1 AND client_id = $2
     RETURNING last_step, decision, expires_at";

impl Store {
    /// Keeps a request; `false` when another one that is kept has the same code for the person.
    pub async fn insert_device_authorization(
        &self,
        new: NewDeviceAuthorization<'_>,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let asked = new.asked;
        let inserted = in_transaction!(self.database, transaction => {
            let ended = now.saturating_sub(EXPLAINED_SECONDS);
            sqlx::query(PURGE).bind(ended).bind(KEPT).execute(&mut *transaction).await?;
            sqlx::query(INSERT)
                .bind(new.device_code.as_str())
                .bind(new.user_code.as_str())
                .bind(&asked.client_id)
                .bind(&asked.client_document)
                .bind(&asked.metadata_hash)
                .bind(asked.scope.to_string())
                .bind(asked.resource.to_string())
                .bind(&asked.dpop_jkt)
                .bind(&asked.asked_from)
                .bind(INTERVAL)
                .bind(asked.created_at)
                .bind(new.expires_at)
                .execute(&mut *transaction)
                .await?
                .rows_affected()
        });
        Ok(inserted == 1)
    }

    /// Answers a program that asks how things stand, and keeps that it did.
    pub async fn poll_device_authorization(
        &self,
        device_code: &SecretHash,
        client_id: &str,
        now: NumericDate,
    ) -> Result<Polled, sqlx::Error> {
        let asked = Arc::new((device_code.clone(), client_id.to_owned()));
        let row: Option<(String, Option<String>, NumericDate)> = in_group!(self.database, connection, [asked] => {
            let polled = sqlx::query_as(POLL).bind(asked.0.as_str()).bind(&asked.1).bind(now);
            Ok(Step::Kept(polled.fetch_optional(&mut *connection).await?))
        });
        Ok(row.map_or(Polled::Unknown, |(step, decision, expires_at)| {
            polled(&step, decision.as_deref(), expires_at <= now)
        }))
    }

    /// The document of this client, when it has one and this code is its own.
    pub async fn document_of_device(
        &self,
        device_code: &SecretHash,
        client_id: &str,
    ) -> Result<Option<String>, sqlx::Error> {
        let sql = "SELECT client_document FROM device_authorizations WHERE device_code_hash = $1 AND client_id = $2";
        let document: Option<Option<String>> = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(device_code.as_str())
            .bind(client_id)
            .fetch_optional(pool)
            .await)?;
        Ok(document.flatten())
    }
}

fn polled(step: &str, decision: Option<&str>, ended: bool) -> Polled {
    match decision {
        Some("allowed") => Polled::Allowed { ended },
        Some(_) => Polled::Denied,
        None if ended => Polled::Expired,
        None if step == "slow_down" => Polled::SlowDown,
        None => Polled::Pending,
    }
}

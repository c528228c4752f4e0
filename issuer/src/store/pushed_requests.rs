//! Pushed authorization requests (RFC 9126): checked, waiting for one browser to bring their `request_uri`.
//!
//! The first browser has it, by one statement that carries all conditions. The same browser may load the
//! link again, as people do (section 4 allows it); no other gets anything.

use shared::clock::NumericDate;
use shared::{in_transaction, on_writer};

use super::Store;
use crate::hash::SecretHash;

/// A request to keep.
#[derive(Clone, Copy, Debug)]
pub struct PushedRequest<'a> {
    /// The hash of what is behind the prefix of its `request_uri`.
    pub request_uri: &'a SecretHash,
    /// The client that pushed it.
    pub client_id: &'a str,
    /// The checked request, as JSON.
    pub request: &'a str,
    /// Its end.
    pub expires_at: NumericDate,
}

const INSERT: &str = "INSERT INTO pushed_requests (request_uri_hash, client_id, request, expires_at)
     SELECT $1, $2, $3, $4 WHERE (SELECT COUNT(*) FROM pushed_requests) < $5";
/// Requests that are over, a few at a time.
const PURGE: &str = "DELETE FROM pushed_requests WHERE request_uri_hash IN
     (SELECT request_uri_hash FROM pushed_requests WHERE expires_at <= $1 ORDER BY expires_at LIMIT 20)";
const TAKE: &str = "UPDATE pushed_requests SET browser_hash = $3
     WHERE request_uri_hash = $1 AND client_id = $2 AND expires_at > $4
       AND (browser_hash IS NULL OR browser_hash = $3)
     RETURNING request";
/// Requests that are kept at most; each lives for a minute and a half.
const KEPT: i64 = 20_000;

impl Store {
    /// Keeps a request; `false` when too many wait.
    pub async fn push_request(&self, pushed: PushedRequest<'_>, now: NumericDate) -> Result<bool, sqlx::Error> {
        let inserted = in_transaction!(self.database, transaction => {
            sqlx::query(PURGE).bind(now).execute(&mut *transaction).await?;
            sqlx::query(INSERT)
                .bind(pushed.request_uri.as_str())
                .bind(pushed.client_id)
                .bind(pushed.request)
                .bind(pushed.expires_at)
                .bind(KEPT)
                .execute(&mut *transaction)
                .await?
                .rows_affected()
        });
        Ok(inserted == 1)
    }

    /// The request, for the client that pushed it and the browser that came first.
    pub async fn take_pushed_request(
        &self,
        request_uri: &SecretHash,
        client_id: &str,
        browser: &SecretHash,
        now: NumericDate,
    ) -> Result<Option<String>, sqlx::Error> {
        on_writer!(self.database, pool => sqlx::query_scalar(TAKE)
            .bind(request_uri.as_str())
            .bind(client_id)
            .bind(browser.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await)
    }
}

//! The decision about a device authorization request (RFC 8628 section 3.3).
//!
//! 1. A person types the short code, and from then on the request is that browser's; whoever types it last has it;
//! 2. the person decides, once, by one statement. Allowing makes an authorization code in the same transaction, whose
//!    hash is that of the program's code. So what is true of codes holds for it: it is redeemed once, also by requests at
//!    the same moment, and ends with the account, the client or the connection.
//!
//! Easy to get wrong: (1) a code that is of use with another grant, too. What it is redeemed with is nothing that could be
//! sent; (2) telling somebody who comes back to the page what was decided: by now it may have ended.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader, on_writer};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, insert_audit};
use super::authorization_codes::INSERT_CODE;
use super::authorization_requests::Decision;
use super::device_authorizations::DeviceAuthorization;
use super::grants::{GrantId, stored_audience, stored_scope};
use crate::grant_types::DEVICE_CODE;
use crate::hash::SecretHash;

/// A request in the browser where its code was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedAuthorization {
    /// What is asked.
    pub asked: DeviceAuthorization,
    /// The browser.
    pub browser_hash: Option<String>,
    /// Its end.
    pub expires_at: NumericDate,
    /// What came of it, when it was decided.
    pub outcome: Option<Outcome>,
}

/// What came of a decision, as things stand now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program has what was allowed, or still may fetch it.
    Allowed,
    /// It was allowed and is no more: taken back, signed out of, or never fetched.
    Ended,
    /// The person denied it.
    Denied,
}

/// What a person allows.
#[derive(Clone, Debug)]
pub struct AllowedDevice {
    /// What was asked.
    pub asked: DeviceAuthorization,
    /// The grant that comes of it: a new identifier.
    pub grant_id: GrantId,
    /// Who allows it.
    pub user_id: String,
    /// When the person signed in.
    pub auth_time: NumericDate,
}

#[derive(FromRow)]
struct Row {
    client_id: String,
    client_document: Option<String>,
    metadata_hash: String,
    scope: String,
    resource: String,
    dpop_jkt: Option<String>,
    asked_from: Option<String>,
    created_at: NumericDate,
    browser_hash: Option<String>,
    expires_at: NumericDate,
    decision: Option<String>,
    lives: bool,
}

const CLAIM: &str = "UPDATE device_authorizations SET claim_hash = $2, browser_hash = $3
     WHERE user_code_hash = $1 AND decided_at IS NULL AND expires_at > $4
     RETURNING client_id";
const CLAIMED: &str =
    "SELECT client_id, client_document, metadata_hash, scope, resource, dpop_jkt, asked_from, created_at,
        browser_hash, expires_at, decision,
        EXISTS (SELECT 1 FROM authorization_codes AS code LEFT JOIN grants ON grants.grant_id = code.grant_id
            WHERE code.code_hash = device_code_hash
              AND (code.used_at IS NULL AND code.expires_at > $2
                OR grants.revoked_at IS NULL AND grants.idle_ends_at > $2 AND grants.ends_at > $2)) AS lives
     FROM device_authorizations WHERE claim_hash = $1";
const DECIDE: &str = "UPDATE device_authorizations SET decided_at = $4, decision = $3
     WHERE claim_hash = $1 AND browser_hash = $2 AND decided_at IS NULL AND expires_at > $4
     RETURNING device_code_hash, expires_at";

impl Store {
    /// Gives the request with this code to a browser, under a new name; its client, or `None` where no request waits
    /// that has this code.
    pub async fn claim_device_authorization(
        &self,
        user_code: &SecretHash,
        (claim, browser): (&SecretHash, &SecretHash),
        now: NumericDate,
    ) -> Result<Option<String>, sqlx::Error> {
        on_writer!(self.database, pool => sqlx::query_scalar(CLAIM)
            .bind(user_code.as_str())
            .bind(claim.as_str())
            .bind(browser.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await)
    }

    /// The request of this name, in whatever state it is.
    pub async fn claimed_authorization(
        &self,
        claim: &SecretHash,
        now: NumericDate,
    ) -> Result<Option<ClaimedAuthorization>, sqlx::Error> {
        let row: Option<Row> = on_reader!(self.database, pool => sqlx::query_as(CLAIMED)
            .bind(claim.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await)?;
        row.map(ClaimedAuthorization::try_from).transpose()
    }

    /// Decides a request. `true` for one call only, and only for the browser that has it; that one writes `event`, and
    /// makes the code of what was `allowed`.
    pub async fn decide_device_authorization(
        &self,
        (claim, browser): (&SecretHash, &SecretHash),
        allowed: Option<&AllowedDevice>,
        event: &AuditEvent,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let decision = allowed.map_or(Decision::Denied, |_| Decision::Allowed).as_str();
        in_transaction!(self.database, transaction => {
            let decided: Option<(String, NumericDate)> = sqlx::query_as(DECIDE)
                .bind(claim.as_str())
                .bind(browser.as_str())
                .bind(decision)
                .bind(now)
                .fetch_optional(&mut *transaction)
                .await?;
            let Some((device_code, expires_at)) = decided else {
                return Ok(false);
            };
            if let Some(code) = allowed {
                sqlx::query(INSERT_CODE)
                    .bind(&device_code)
                    .bind(code.grant_id.to_string())
                    .bind(&code.user_id)
                    .bind(&code.asked.client_id)
                    .bind(DEVICE_CODE)
                    .bind(challenge(&device_code).as_str())
                    .bind(code.asked.scope.to_string())
                    .bind(code.asked.resource.to_string())
                    .bind(code.auth_time)
                    .bind(expires_at)
                    .bind(None::<&str>)
                    .bind(&code.asked.dpop_jkt)
                    .execute(&mut *transaction)
                    .await?;
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }
}

/// What the code of an allowed request is redeemed with, beside the code (RFC 7636 has a proof key here): what nobody can
/// send as a `code_verifier`, so that the code is of no use with the authorization code grant.
pub fn challenge(device_code_hash: &str) -> SecretHash {
    SecretHash::of(&format!("device code\n{device_code_hash}"))
}

impl TryFrom<Row> for ClaimedAuthorization {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let allowed = Decision::Allowed.as_str();
        let outcome = row.decision.map(|decision| match (decision == allowed, row.lives) {
            (true, true) => Outcome::Allowed,
            (true, false) => Outcome::Ended,
            (false, _) => Outcome::Denied,
        });
        Ok(Self {
            outcome,
            asked: DeviceAuthorization {
                scope: stored_scope(&row.scope)?,
                resource: stored_audience(&row.resource)?,
                client_id: row.client_id,
                client_document: row.client_document,
                metadata_hash: row.metadata_hash,
                dpop_jkt: row.dpop_jkt,
                asked_from: row.asked_from,
                created_at: row.created_at,
            },
            browser_hash: row.browser_hash,
            expires_at: row.expires_at,
        })
    }
}

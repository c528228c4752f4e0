//! Authorization codes, used once: RFC 6749 section 4.1.2, OAuth 2.1 section 4.1.3.
//!
//! A code is kept as its hash, with everything it is bound to. Using it up is one statement that
//! carries all its conditions; the grant that comes from it is made in the same transaction, so there
//! is never a used code without its grant, nor a grant whose code may be used again.
//!
//! Easy to get wrong: (1) looking at the code first and marking it later, which lets two requests both
//! win; (2) forgetting that the one who comes second may come while the first is still under way: on
//! PostgreSQL its statement waits for the first's commit, and then sees the grant it must revoke; (3) an account that
//! is disabled meanwhile: on PostgreSQL its row is held first, as who disables it does, so one of the two waits for the other; (4)
//! revoking after the answer of the job that found the replay: who hangs up in between would keep what came of the code.
//! In the same job, which is done to its end once it has begun, it is revoked.

use std::sync::Arc;

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::database::{Step, writes_alone};
use shared::in_group;
use shared::scope::Scope;
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use super::clients::ClientState;
use super::grants::{FIRST, Grant, GrantId, stored_audience, stored_scope};
use super::status_entries::take_status_entry;
use super::wanted::{OwnedWanted, Wanted};
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;

/// What a code is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The grant that comes from it: a new identifier.
    pub grant_id: GrantId,
    /// The client it was given to.
    pub client_id: String,
    /// Who allowed it.
    pub user_id: String,
    /// Where it was sent, byte for byte as the authorization request asked; the device code grant sends it nowhere, and its
    /// name stands here.
    pub redirect_uri: String,
    /// What the verifier must open.
    pub code_challenge: CodeChallenge,
    /// What was allowed.
    pub scope: Scope,
    /// The canonical resource identifiers.
    pub resource: Audience,
    /// When the user signed in.
    pub auth_time: NumericDate,
    /// What the ID token repeats (OpenID Connect Core 1.0 section 3.1.2.1).
    pub nonce: Option<String>,
    /// The key that whoever brings it must prove to hold (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
}

/// A token request that brings a code.
#[derive(Clone, Debug)]
pub struct Redemption<'a> {
    /// The code's hash.
    pub code_hash: &'a SecretHash,
    /// The client that brings it.
    pub client: ClientState<'a>,
    /// The challenge that its verifier opens.
    pub code_challenge: &'a CodeChallenge,
    /// The redirect URI, when it was sent: OAuth 2.1 leaves it out of the token request.
    pub redirect_uri: Option<&'a str>,
    /// For which of the code's resources.
    pub resource: Wanted<'a>,
    /// What the client calls itself, for the person's list.
    pub client_name: Option<&'a str>,
    /// The key that the request proves to hold (RFC 9449).
    pub dpop_jkt: Option<&'a str>,
    /// Whether the refresh tokens are bound to that key: those of public clients are (RFC 9449 section 5).
    pub binds_refresh_tokens: bool,
}

/// The spans of a new grant, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct GrantSpans {
    /// How long it lives without use.
    pub idle: NumericDate,
    /// How long it lives at most.
    pub absolute: NumericDate,
}

/// What came of a redemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The first use: the new grant, and the `nonce` of the request. No later call gets this for the same code.
    Now(Grant, Option<String>),
    /// The code is good, but not for the resources wanted; nothing changed.
    OtherResource,
    /// Unknown, ended, not bound to what was brought, or used before, which revoked the grant; or the client is in another
    /// state.
    Refused,
}

pub(super) const INSERT_CODE: &str = "INSERT INTO authorization_codes
        (code_hash, grant_id, user_id, client_id, redirect_uri, code_challenge, scope, resource, auth_time, expires_at, nonce,
         dpop_jkt)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (code_hash) DO NOTHING";

/// Not for an account that is disabled; who disables it then waits for the grant.
const HOLD_USER: &str = "UPDATE users SET disabled_at = NULL
     WHERE user_id = (SELECT user_id FROM authorization_codes WHERE code_hash = $1) AND disabled_at IS NULL";

// The comparison with the challenge need not take constant time: both sides are public or hashed.
const REDEEM: &str = "UPDATE authorization_codes SET used_at = $1
     WHERE code_hash = $2 AND client_id = $3 AND code_challenge = $4
       AND ($5 IS NULL OR redirect_uri = $5)
       AND (dpop_jkt IS NULL OR dpop_jkt = $6)
       AND used_at IS NULL AND expires_at > $1
       AND EXISTS (SELECT 1 FROM users WHERE users.user_id = authorization_codes.user_id AND disabled_at IS NULL)
       AND ($7 IS NULL OR EXISTS (SELECT 1 FROM clients WHERE clients.client_id = $3 AND revision = $7))
     RETURNING grant_id, user_id, scope, resource, auth_time, nonce, redirect_uri";

// RFC 6749 section 4.1.2 and OAuth 2.1 section 4.1.3: a second *valid* request revokes; somebody who
// has the code but not its verifier cannot end the grant of the client that has both.
const REVOKE_REPLAYED: &str = "UPDATE grants SET revoked_at = $1, last_step = 'code_replayed'
     WHERE revoked_at IS NULL AND grant_id IN (
       SELECT grant_id FROM authorization_codes
       WHERE code_hash = $2 AND client_id = $3 AND code_challenge = $4 AND used_at IS NOT NULL)
       AND ($5 IS NULL OR EXISTS (SELECT 1 FROM clients WHERE clients.client_id = $3 AND revision = $5))
     RETURNING grant_id, user_id";

const INSERT_GRANT: &str = "INSERT INTO grants
        (grant_id, user_id, client_id, scope, resource, auth_time, current_counter, from_counter,
         rotated_at, last_step, created_at, idle_ends_at, ends_at, client_name, redirect_uri, dpop_jkt,
         status_list, status_idx)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'issued', $9, $10, $11, $12, $13, $14, $15, $16)";

#[derive(FromRow)]
struct Row {
    grant_id: String,
    user_id: String,
    scope: String,
    resource: String,
    auth_time: NumericDate,
    nonce: Option<String>,
    redirect_uri: String,
}

/// Revokes what came from a code that was used before; the entry for the audit log, which is kept, when there was
/// something to revoke.
macro_rules! revoke_replayed {
    ($connection:expr, $brought:expr, $now:expr) => {{
        let revoked: Option<(String, String)> = sqlx::query_as(REVOKE_REPLAYED)
            .bind($now)
            .bind($brought.code_hash.as_str())
            .bind(&$brought.client_id)
            .bind($brought.code_challenge.as_str())
            .bind($brought.client_revision)
            .fetch_optional($connection)
            .await?;
        let event = revoked.map(|grant| replay(grant, &$brought.client_id, $now));
        if let Some(event) = &event {
            insert_audit!($connection, event);
        }
        event
    }};
}

impl Store {
    /// Keeps a new code. A code that is kept already stays as it is, used or not.
    pub async fn insert_code(
        &self,
        code_hash: &SecretHash,
        code: &AuthorizationCode,
        expires_at: NumericDate,
    ) -> Result<(), sqlx::Error> {
        let kept = Arc::new((code_hash.clone(), code.clone()));
        in_group!(self.database, connection, [kept] => {
            let (code_hash, code) = &*kept;
            sqlx::query(INSERT_CODE)
                .bind(code_hash.as_str())
                .bind(code.grant_id.to_string())
                .bind(&code.user_id)
                .bind(&code.client_id)
                .bind(&code.redirect_uri)
                .bind(code.code_challenge.as_str())
                .bind(code.scope.to_string())
                .bind(code.resource.to_string())
                .bind(code.auth_time)
                .bind(expires_at)
                .bind(&code.nonce)
                .bind(&code.dpop_jkt)
                .execute(&mut *connection)
                .await?;
            Ok(Step::Kept(()))
        });
        Ok(())
    }

    /// Uses a code up and makes its grant, or revokes the grant when the code was used before.
    pub async fn redeem_code(
        &self,
        redemption: &Redemption<'_>,
        spans: GrantSpans,
        now: NumericDate,
    ) -> Result<Redeemed, sqlx::Error> {
        let brought = Arc::new(Brought::of(redemption));
        let (redeemed, event) = in_group!(to_its_end; self.database, connection, [brought] => {
            if !writes_alone(connection) {
                let held = sqlx::query(HOLD_USER).bind(brought.code_hash.as_str());
                if held.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Ok(Step::Kept((Redeemed::Refused, None)));
                }
            }
            let row: Option<Row> = sqlx::query_as(REDEEM)
                .bind(now)
                .bind(brought.code_hash.as_str())
                .bind(&brought.client_id)
                .bind(brought.code_challenge.as_str())
                .bind(&brought.redirect_uri)
                .bind(&brought.dpop_jkt)
                .bind(brought.client_revision)
                .fetch_optional(&mut *connection)
                .await?;
            let Some(row) = row else {
                let event = revoke_replayed!(&mut *connection, brought, now);
                return Ok(Step::Kept((Redeemed::Refused, event)));
            };
            let (mut grant, nonce, redirect_uri) = row.redeemed(&brought.client_id, spans, now)?;
            if !brought.resource.by_ref().is_within(&grant.resource) {
                return Ok(Step::Undone((Redeemed::OtherResource, None)));
            }
            let entry = take_status_entry!(&mut *connection, grant.ends_at, None::<&str>);
            grant.status = Some(entry);
            sqlx::query(INSERT_GRANT)
                .bind(grant.grant_id.to_string())
                .bind(&grant.user_id)
                .bind(&grant.client_id)
                .bind(grant.scope.to_string())
                .bind(grant.resource.to_string())
                .bind(grant.auth_time)
                .bind(FIRST)
                .bind(FIRST - 1)
                .bind(now)
                .bind(grant.ends_at.min(now.saturating_add(spans.idle)))
                .bind(grant.ends_at)
                .bind(&brought.client_name)
                .bind(&redirect_uri)
                .bind(brought.bound_to())
                .bind(entry.list)
                .bind(entry.idx)
                .execute(&mut *connection)
                .await?;
            let event = begun(&grant, now);
            insert_audit!(&mut *connection, event);
            Ok(Step::Kept((Redeemed::Now(grant, nonce), Some(event))))
        });
        event.iter().for_each(AuditEvent::log);
        Ok(redeemed)
    }
}

/// A redemption, by itself.
struct Brought {
    code_hash: SecretHash,
    client_id: String,
    client_revision: Option<i64>,
    code_challenge: CodeChallenge,
    redirect_uri: Option<String>,
    resource: OwnedWanted,
    client_name: Option<String>,
    dpop_jkt: Option<String>,
    binds_refresh_tokens: bool,
}

impl Brought {
    fn of(redemption: &Redemption<'_>) -> Self {
        Self {
            code_hash: redemption.code_hash.clone(),
            client_id: redemption.client.client_id.to_owned(),
            client_revision: redemption.client.revision,
            code_challenge: redemption.code_challenge.clone(),
            redirect_uri: redemption.redirect_uri.map(str::to_owned),
            resource: redemption.resource.into_owned(),
            client_name: redemption.client_name.map(str::to_owned),
            dpop_jkt: redemption.dpop_jkt.map(str::to_owned),
            binds_refresh_tokens: redemption.binds_refresh_tokens,
        }
    }

    fn bound_to(&self) -> Option<&str> {
        self.dpop_jkt.as_deref().filter(|_| self.binds_refresh_tokens)
    }
}

fn replay((grant_id, user_id): (String, String), client_id: &str, now: NumericDate) -> AuditEvent {
    let event = AuditEvent::new(AuditKind::CodeReplay, now)
        .user(user_id)
        .client(client_id);
    let words = "an authorization code came again; what came from it is revoked";
    event.grant(grant_id).detail(words)
}

fn begun(grant: &Grant, now: NumericDate) -> AuditEvent {
    let event = AuditEvent::new(AuditKind::GrantBegun, now)
        .user(&grant.user_id)
        .client(&grant.client_id);
    event
        .grant(grant.grant_id.to_string())
        .detail(format!("{} at {}", grant.scope, grant.resource))
}

impl Row {
    /// The grant, the nonce, and where the code was sent.
    fn redeemed(
        self,
        client_id: &str,
        spans: GrantSpans,
        now: NumericDate,
    ) -> Result<(Grant, Option<String>, String), sqlx::Error> {
        let grant_id =
            GrantId::parse(&self.grant_id).ok_or_else(|| sqlx::Error::Decode("grant_id is not a UUID".into()))?;
        let grant = Grant {
            grant_id,
            user_id: self.user_id,
            client_id: client_id.to_owned(),
            scope: stored_scope(&self.scope)?,
            resource: stored_audience(&self.resource)?,
            auth_time: self.auth_time,
            ends_at: now.saturating_add(spans.absolute),
            status: None,
        };
        Ok((grant, self.nonce, self.redirect_uri))
    }
}

//! Grants: everything issued from one consent, and the two counters of its refresh tokens.
//!
//! OAuth 2.1 section 4.3.1 and RFC 9700 section 4.14.2 (rotation, and revocation when a token is
//! used again). The small state machine is written down in `docs/decisions/0002-refresh-rotation.md`.
//!
//! A refresh token is a counter under a grant. With the counter `n` that is presented:
//!
//! | the row says                                | step        | what changes                                          |
//! |---------------------------------------------|-------------|-------------------------------------------------------|
//! | revoked, ended, another client's or key's   | -           | nothing; the token is refused                         |
//! | `n = current`                               | `rotated`   | `from = n`, `current + 1`, `rotated_at = now`         |
//! | `n = from`, less than the window ago        | `repeated`  | nothing; the same `current` is given out again        |
//! | `n = from`, longer ago                      | `recovered` | `current + 1`, `rotated_at = now`; an audit entry     |
//! | anything else                               | `reused`    | the grant is revoked; an audit entry                  |
//!
//! Easy to get wrong: reading the row, deciding in Rust, then writing. Two requests at once then both
//! see the old row. Here the writing statement decides: every `CASE` looks at the row as it is when it
//! is locked, and PostgreSQL looks again when it had to wait. (A subquery or a join instead of the
//! repeated `CASE` would be read before the wait and not again.)

use std::sync::Arc;

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::database::Step;
use shared::scope::Scope;
use shared::{in_group, in_transaction, on_reader, one_statement};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use super::clients::ClientState;
pub use super::grant_id::GrantId;
use super::status_entries::StatusEntry;
use super::users::User;
use super::wanted::{OwnedWanted, Wanted};

/// Which refresh token of a grant: the first is 1.
pub type Counter = i64;

/// The counter of a grant's first refresh token.
pub const FIRST: Counter = 1;

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its identifier.
    pub grant_id: GrantId,
    /// Who gave it.
    pub user_id: String,
    /// To which client.
    pub client_id: String,
    /// What it allows at most.
    pub scope: Scope,
    /// For which resources: the canonical identifiers.
    pub resource: Audience,
    /// When the user signed in.
    pub auth_time: NumericDate,
    /// When it ends in any case.
    pub ends_at: NumericDate,
    /// Its entry in the status lists; none where it has not been read.
    pub status: Option<StatusEntry>,
}

/// The spans of rotation, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// How long the token just rotated gets the same successor; 0 is never.
    pub window: NumericDate,
    /// How long a grant lives without use, at most; a 64th less when it was used again soon after a use.
    pub idle: NumericDate,
}

/// A refresh token that is genuine, and who brings it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The grant it belongs to.
    pub grant_id: GrantId,
    /// Which of the grant's tokens.
    pub counter: Counter,
    /// The client that brings it.
    pub client: ClientState<'a>,
    /// For which of the grant's resources.
    pub resource: Wanted<'a>,
    /// The key that the request proves to hold; one that the grant is bound to must be it (RFC 9449 section 5).
    pub dpop_jkt: Option<&'a str>,
}

/// What came of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The token is of use; give out the token with this counter.
    Successor(Grant, Counter),
    /// The token is of use, but not for the resources wanted; nothing changed.
    OtherResource,
    /// Unknown, ended, revoked, another client's, or dead, which revoked the grant; or the client is in another state.
    Refused,
}

/// A change of the grant of this client, key and state, while it lives.
///
/// `$1` the grant, `$2` the client, `$3` the counter, `$4` now, `$6` the key, `$7` the client's revision; `$5`, `$8` and
/// `$9` are the statement's own.
macro_rules! living_grant {
    ($change:literal, $and:literal) => {
        concat!(
            "UPDATE grants SET ",
            $change,
            " WHERE grant_id = $1 AND client_id = $2 AND revoked_at IS NULL AND idle_ends_at > $4 AND ends_at > $4
               AND (dpop_jkt IS NULL OR dpop_jkt = $6)
               AND NOT EXISTS (SELECT 1 FROM users WHERE users.user_id = grants.user_id AND disabled_at IS NOT NULL)
               AND ($7 IS NULL OR EXISTS (SELECT 1 FROM clients WHERE clients.client_id = $2 AND revision = $7))",
            $and,
            " RETURNING last_step, current_counter, user_id, scope, resource, auth_time, ends_at, status_list, status_idx"
        )
    };
}

/// `$5`: how long a grant lives without use; `$8`: the window.
const REFRESH: &str = living_grant!(
    "last_step = CASE WHEN $3 = current_counter THEN 'rotated'
                      WHEN $3 <> from_counter THEN 'reused'
                      WHEN ABS($4 - rotated_at) < $8 THEN 'repeated'
                      ELSE 'recovered' END,
     revoked_at = CASE WHEN $3 = current_counter OR $3 = from_counter THEN NULL ELSE $4 END,
     from_counter = CASE WHEN $3 = current_counter THEN $3 ELSE from_counter END,
     current_counter = CASE WHEN $3 = current_counter OR ($3 = from_counter AND ABS($4 - rotated_at) >= $8)
                            THEN current_counter + 1 ELSE current_counter END,
     rotated_at = CASE WHEN $3 = current_counter OR ($3 = from_counter AND ABS($4 - rotated_at) >= $8)
                       THEN $4 ELSE rotated_at END,
     idle_ends_at = CASE WHEN $3 <> current_counter AND ($3 <> from_counter OR ABS($4 - rotated_at) < $8)
                         THEN idle_ends_at
                         WHEN $3 = current_counter AND idle_ends_at BETWEEN $4 + $5 - $5 / 64 AND $4 + $5 THEN idle_ends_at
                         WHEN $4 + $5 < ends_at THEN $4 + $5
                         ELSE ends_at END",
    ""
);

/// The step `rotated` alone, for exactly these resources, `$8`, where the end without use may stay: it is at most a 64th of
/// the span before where it would be now, `$5` (or at the grant's end, before that), and not behind, as it can be where the
/// span was longer. Where it finds nothing, [`REFRESH`] decides. It changes no column that an index has, which would cost a
/// tenth of the refresh.
const ROTATE: &str = living_grant!(
    "last_step = 'rotated', from_counter = $3, current_counter = current_counter + 1, rotated_at = $4",
    " AND current_counter = $3 AND resource = $8 AND idle_ends_at <= $5 AND (idle_ends_at >= $9 OR idle_ends_at = ends_at)"
);

/// The part of the span without use by which the end may stay behind the last use; [`REFRESH`] has it, too.
const BEHIND: NumericDate = 64;

#[derive(FromRow)]
struct Row {
    last_step: String,
    current_counter: Counter,
    user_id: String,
    scope: String,
    resource: String,
    auth_time: NumericDate,
    ends_at: NumericDate,
    status_list: Option<i64>,
    status_idx: Option<i64>,
}

impl Store {
    /// How many grants have a refresh token that is of use.
    pub async fn count_live_grants(&self, now: NumericDate) -> Result<i64, sqlx::Error> {
        let sql = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL AND idle_ends_at > $1 AND ends_at > $1";
        on_reader!(self.database, pool => sqlx::query_scalar(sql).bind(now).fetch_one(pool).await)
    }

    /// Takes a refresh token that is presented. One statement decides what happens, and it is
    /// committed when this returns.
    pub async fn refresh(
        &self,
        presented: Presented<'_>,
        spans: Spans,
        now: NumericDate,
    ) -> Result<Refreshed, sqlx::Error> {
        if let Some(row) = self.rotate_at_once(presented, spans, now).await? {
            self.refresh_steps.count(&row.last_step);
            return row.refreshed(presented);
        }
        let asked = Arc::new(Asked::of(presented));
        let ran = in_group!(self.database, connection, [asked] => {
            let row: Option<Row> = sqlx::query_as(REFRESH)
                .bind(asked.grant_id.to_string())
                .bind(&asked.client_id)
                .bind(asked.counter)
                .bind(now)
                .bind(spans.idle)
                .bind(&asked.dpop_jkt)
                .bind(asked.client_revision)
                .bind(spans.window)
                .fetch_optional(&mut *connection)
                .await?;
            let Some(row) = row else {
                return Ok(Step::Kept(None));
            };
            if row.is_for_another(asked.resource.by_ref())? {
                return Ok(Step::Undone(Some((row, None))));
            }
            let event = row.event(&asked, now);
            if let Some(event) = &event {
                insert_audit!(&mut *connection, event);
            }
            Ok(Step::Kept(Some((row, event))))
        });
        let Some((row, event)) = ran else {
            return Ok(Refreshed::Refused);
        };
        if row.is_for_another(presented.resource)? {
            return Ok(Refreshed::OtherResource);
        }
        self.refresh_steps.count(&row.last_step);
        event.iter().for_each(AuditEvent::log);
        row.refreshed(presented)
    }

    /// What is nearly always presented is the current token, for all the resources that the grant has, which are those that
    /// the settings know; and one statement rotates it. `None` is not yet a refusal.
    async fn rotate_at_once(
        &self,
        presented: Presented<'_>,
        spans: Spans,
        now: NumericDate,
    ) -> Result<Option<Row>, sqlx::Error> {
        // Where the grant's are exactly these, it is for what is wanted either way.
        let (Wanted::These(resource) | Wanted::Own(resource)) = presented.resource;
        let (grant_id, client_id) = (presented.grant_id.to_string(), presented.client.client_id.to_owned());
        let (counter, revision) = (presented.counter, presented.client.revision);
        let idle_end = now.saturating_add(spans.idle);
        let late_enough = idle_end - spans.idle / BEHIND;
        let (dpop_jkt, resource) = (presented.dpop_jkt.map(str::to_owned), resource.to_string());
        Ok(one_statement!(
            self.database,
            ROTATE,
            [
                grant_id,
                client_id,
                counter,
                now,
                idle_end,
                dpop_jkt,
                revision,
                resource,
                late_enough
            ]
        ))
    }

    /// Revokes a grant of this client; `false` when there is none that lives.
    pub async fn revoke_grant(
        &self,
        grant_id: GrantId,
        client_id: &str,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE grants SET revoked_at = $3, last_step = 'revoked'
             WHERE grant_id = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING user_id";
        let event = in_transaction!(self.database, transaction => {
            let user_id: Option<String> = sqlx::query_scalar(sql)
                .bind(grant_id.to_string())
                .bind(client_id)
                .bind(now)
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(user_id) = user_id else {
                return Ok(false);
            };
            let event = revocation(grant_id.to_string(), user_id, client_id.to_owned(), now);
            insert_audit!(&mut *transaction, event);
            event
        });
        event.log();
        Ok(true)
    }

    /// Revokes every living grant of a user, and says how many.
    pub async fn revoke_grants_of_user(&self, user_id: &str, now: NumericDate) -> Result<usize, sqlx::Error> {
        let sql = "UPDATE grants SET revoked_at = $2, last_step = 'revoked'
             WHERE user_id = $1 AND revoked_at IS NULL RETURNING grant_id, client_id";
        let events = in_transaction!(self.database, transaction => {
            let revoked: Vec<(String, String)> =
                sqlx::query_as(sql).bind(user_id).bind(now).fetch_all(&mut *transaction).await?;
            let event = |(grant_id, client_id)| revocation(grant_id, user_id.to_owned(), client_id, now);
            let events: Vec<_> = revoked.into_iter().map(event).collect();
            for event in &events {
                insert_audit!(&mut *transaction, event);
            }
            events
        });
        events.iter().for_each(AuditEvent::log);
        Ok(events.len())
    }

    /// Whose grant it is, while it lives: it is there, not revoked, and has not ended.
    pub async fn user_of_grant(&self, grant_id: GrantId, now: NumericDate) -> Result<Option<User>, sqlx::Error> {
        let sql = "SELECT users.user_id, users.name, users.created_at, disabled_at, signed_in_at
             FROM grants JOIN users USING (user_id)
             WHERE grant_id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2";
        on_reader!(self.database, pool => sqlx::query_as(sql)
            .bind(grant_id.to_string())
            .bind(now)
            .fetch_optional(pool)
            .await)
    }
}

/// A refresh token that is presented, by itself.
struct Asked {
    grant_id: GrantId,
    counter: Counter,
    client_id: String,
    client_revision: Option<i64>,
    resource: OwnedWanted,
    dpop_jkt: Option<String>,
}

impl Asked {
    fn of(presented: Presented<'_>) -> Self {
        Self {
            grant_id: presented.grant_id,
            counter: presented.counter,
            client_id: presented.client.client_id.to_owned(),
            client_revision: presented.client.revision,
            resource: presented.resource.into_owned(),
            dpop_jkt: presented.dpop_jkt.map(str::to_owned),
        }
    }
}

impl Row {
    /// A dead token is never "for another resource": asking for one must not save it.
    fn is_for_another(&self, wanted: Wanted<'_>) -> Result<bool, sqlx::Error> {
        let own = stored_audience(&self.resource)?;
        Ok(self.last_step != "reused" && !wanted.is_within(&own))
    }

    fn event(&self, asked: &Asked, now: NumericDate) -> Option<AuditEvent> {
        let (kind, words) = match self.last_step.as_str() {
            "reused" => (
                AuditKind::RefreshReuse,
                "a dead refresh token came; the grant is revoked",
            ),
            "recovered" => (
                AuditKind::RefreshRecovery,
                "a rotated refresh token came late; its successor is dead",
            ),
            _ => return None,
        };
        let words = format!("{words} (token {}, current {})", asked.counter, self.current_counter);
        let event = AuditEvent::new(kind, now).user(&self.user_id).client(&asked.client_id);
        Some(event.grant(asked.grant_id.to_string()).detail(words))
    }

    fn refreshed(self, presented: Presented<'_>) -> Result<Refreshed, sqlx::Error> {
        if self.last_step == "reused" {
            return Ok(Refreshed::Refused);
        }
        let grant = Grant {
            grant_id: presented.grant_id,
            user_id: self.user_id,
            client_id: presented.client.client_id.to_owned(),
            scope: stored_scope(&self.scope)?,
            resource: stored_audience(&self.resource)?,
            auth_time: self.auth_time,
            ends_at: self.ends_at,
            status: StatusEntry::of(self.status_list, self.status_idx),
        };
        Ok(Refreshed::Successor(grant, self.current_counter))
    }
}

/// A scope that was printed into the database reads back, unless somebody edited the row.
pub(super) fn stored_scope(text: &str) -> Result<Scope, sqlx::Error> {
    Scope::parse(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The same of resources.
pub(super) fn stored_audience(text: &str) -> Result<Audience, sqlx::Error> {
    Audience::parse(text).ok_or_else(|| sqlx::Error::Decode("resource is empty".into()))
}

/// The entry for a grant that its client or its user ended.
pub(super) fn revocation(grant_id: String, user_id: String, client_id: String, now: NumericDate) -> AuditEvent {
    let event = AuditEvent::new(AuditKind::GrantRevoked, now);
    event.user(user_id).client(client_id).grant(grant_id)
}

//! Grants as introspection sees them: RFC 7662 section 2.2.

use shared::clock::NumericDate;
use shared::on_reader;
use sqlx::FromRow;

use super::Store;
use super::clients::ClientState;
use super::grants::{Counter, GrantId};

/// A grant that is not revoked and has not ended.
#[derive(Clone, Debug, FromRow)]
pub struct LiveGrant {
    /// Who gave it.
    pub user_id: String,
    /// To which client.
    pub client_id: String,
    /// What it allows at most.
    pub scope: String,
    /// For which resource.
    pub resource: String,
    /// The key that its refresh tokens are bound to.
    pub dpop_jkt: Option<String>,
    /// When it was given.
    pub created_at: NumericDate,
    /// When it ends if it is not used before.
    pub idle_ends_at: NumericDate,
    current_counter: Counter,
    from_counter: Counter,
}

impl LiveGrant {
    /// Whether a refresh with this token would succeed: it is the current one, or the one before, which a client may
    /// bring again when it lost an answer.
    pub fn takes(&self, counter: Counter) -> bool {
        counter == self.current_counter || counter == self.from_counter
    }
}

impl Store {
    /// The grant, while it lives; `None` also when who asks is in another state.
    pub async fn live_grant(
        &self,
        grant_id: GrantId,
        asking: ClientState<'_>,
        now: NumericDate,
    ) -> Result<Option<LiveGrant>, sqlx::Error> {
        let sql = "SELECT user_id, client_id, scope, resource, dpop_jkt, created_at, idle_ends_at, current_counter,
                 from_counter
             FROM grants WHERE grant_id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2
               AND ($4 IS NULL OR EXISTS (SELECT 1 FROM clients WHERE clients.client_id = $3 AND revision = $4))";
        on_reader!(self.database, pool => sqlx::query_as(sql)
            .bind(grant_id.to_string())
            .bind(now)
            .bind(asking.client_id)
            .bind(asking.revision)
            .fetch_optional(pool)
            .await)
    }
}

//! What a client holds of a person already: the scopes of its living grants at the same resources.
//!
//! Not what is remembered of consents that nothing came of, nor what was revoked: that the person took back.

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::on_reader;
use shared::scope::Scope;

use super::Store;
use super::grants::stored_scope;

impl Store {
    /// All scopes that living grants of this user to this client cover, for exactly these resources.
    pub async fn given_before(
        &self,
        (user_id, client_id): (&str, &str),
        resource: &Audience,
        now: NumericDate,
    ) -> Result<Scope, sqlx::Error> {
        let sql = "SELECT DISTINCT scope FROM grants
             WHERE user_id = $1 AND client_id = $2 AND resource = $3
               AND revoked_at IS NULL AND idle_ends_at > $4 AND ends_at > $4";
        let scopes: Vec<String> = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(user_id)
            .bind(client_id)
            .bind(resource.to_string())
            .bind(now)
            .fetch_all(pool)
            .await)?;
        let mut given = Scope::default();
        for scope in scopes {
            given = given.union(&stored_scope(&scope)?);
        }
        Ok(given)
    }
}

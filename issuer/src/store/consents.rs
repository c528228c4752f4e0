//! What a person allowed a client before, a row for each scope token.
//!
//! Only for clients that are known by an https redirect URI; a program on this computer is asked every
//! time (RFC 8252 section 8.6), which is the caller's business.
//!
//! Easy to get wrong: a client with a document may be another by the time that the person presses the button, or at the
//! next look, and replicas do not agree on the time. So a consent is to the metadata that the person saw, and counts for
//! no other, whenever that was fetched. Only of what people are shown: a new key or version must not ask everybody again.

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::scope::Scope;
use shared::{in_transaction, on_reader};

use super::Store;

/// To whom something is allowed, by whom, for what.
#[derive(Clone, Copy, Debug)]
pub struct ConsentTo<'a> {
    /// Who allows.
    pub user_id: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// Where the answer goes.
    pub redirect_uri: &'a str,
    /// The resources.
    pub resource: &'a Audience,
    /// Its metadata as the person saw it: [`Client::metadata_hash`](crate::client::Client::metadata_hash).
    pub metadata_hash: &'a str,
}

const REMEMBER: &str =
    "INSERT INTO consents (user_id, client_id, redirect_uri, resource, scope_token, given_at, metadata_hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (user_id, client_id, redirect_uri, resource, scope_token)
     DO UPDATE SET given_at = excluded.given_at, metadata_hash = excluded.metadata_hash";

impl Store {
    /// Remembers that these scopes were allowed, beside those allowed before.
    pub async fn remember_consent(
        &self,
        to: ConsentTo<'_>,
        scope: &Scope,
        now: NumericDate,
    ) -> Result<(), sqlx::Error> {
        in_transaction!(self.database, transaction => {
            for token in scope.tokens() {
                sqlx::query(REMEMBER)
                    .bind(to.user_id)
                    .bind(to.client_id)
                    .bind(to.redirect_uri)
                    .bind(to.resource.to_string())
                    .bind(token)
                    .bind(now)
                    .bind(to.metadata_hash)
                    .execute(&mut *transaction)
                    .await?;
            }
        });
        Ok(())
    }

    /// All scopes that were allowed so far, to the client as it is.
    pub async fn remembered_consent(&self, to: ConsentTo<'_>) -> Result<Scope, sqlx::Error> {
        let sql = "SELECT scope_token FROM consents
             WHERE user_id = $1 AND client_id = $2 AND redirect_uri = $3 AND resource = $4
               AND metadata_hash = $5";
        let tokens: Vec<String> = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(to.user_id)
            .bind(to.client_id)
            .bind(to.redirect_uri)
            .bind(to.resource.to_string())
            .bind(to.metadata_hash)
            .fetch_all(pool)
            .await)?;
        Ok(tokens.into_iter().collect())
    }
}

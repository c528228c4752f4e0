//! Identifiers of JWTs that count no more: RFC 7519 section 4.1.7.
//!
//! A row stays until the JWT would have ended by itself, and the insert decides who was first, also between replicas
//! and across a restart.

use shared::clock::NumericDate;
use shared::on_writer;

use super::Store;
use crate::hash::SecretHash;

/// What a JWT was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What a client authenticated with (RFC 7523 section 3).
    ClientAssertion,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClientAssertion => "client_assertion",
        }
    }
}

impl Store {
    /// Uses an identifier of this issuer up; `false` when it was used before.
    pub async fn use_jti(
        &self,
        purpose: Purpose,
        issuer: &str,
        jti: &str,
        expires_at: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let sql = "INSERT INTO used_jtis (purpose, issuer, jti_hash, expires_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (purpose, issuer, jti_hash) DO NOTHING";
        let inserted = on_writer!(self.database, pool => sqlx::query(sql)
            .bind(purpose.as_str())
            .bind(issuer)
            .bind(SecretHash::of(jti).as_str())
            .bind(expires_at)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(inserted == 1)
    }
}

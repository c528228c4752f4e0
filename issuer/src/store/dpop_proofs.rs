//! DPoP proofs that were used: RFC 9449 section 11.1.

use shared::clock::NumericDate;
use shared::on_writer;

use super::Store;
use crate::hash::SecretHash;

impl Store {
    /// Uses a proof up; `false` when it was used before. The insert itself decides, also between replicas.
    pub async fn use_dpop_proof(&self, proof: &SecretHash, expires_at: NumericDate) -> Result<bool, sqlx::Error> {
        let sql =
            "INSERT INTO dpop_proofs (proof_hash, expires_at) VALUES ($1, $2) ON CONFLICT (proof_hash) DO NOTHING";
        on_writer!(self.database, pool => {
            let done = sqlx::query(sql).bind(proof.as_str()).bind(expires_at).execute(pool).await?;
            Ok(done.rows_affected() == 1)
        })
    }
}

-- Proofs of possession (RFC 9449).

-- The key that a code and the refresh tokens of a grant are bound to: its thumbprint; NULL is none.
ALTER TABLE authorization_codes ADD COLUMN dpop_jkt TEXT;
ALTER TABLE grants ADD COLUMN dpop_jkt TEXT;

-- Proofs that were used, until none of their time would pass.
CREATE TABLE dpop_proofs (
    proof_hash TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX dpop_proofs_expiry ON dpop_proofs (expires_at);

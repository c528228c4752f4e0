-- Keys for programs that cannot sign in. Times are NumericDates (seconds).
-- The SQLite text beside this one differs only in INTEGER/BIGINT, BLOB/BYTEA and STRICT.

-- Of a key only its SHA-256 is kept. What it saves is owned by sub; last_used_at is at most a minute behind.
CREATE TABLE api_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    sub TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

-- A name is free again when its key was revoked.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

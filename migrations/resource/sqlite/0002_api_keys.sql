-- Keys for programs that cannot sign in. Times are NumericDates (seconds).
-- The PostgreSQL text beside this one differs only in INTEGER/BIGINT, BLOB/BYTEA and STRICT.

-- Of a key only its SHA-256 is kept. What it saves is owned by sub; last_used_at is at most a minute behind.
CREATE TABLE api_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    sub TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;

-- A name is free again when its key was revoked.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

-- The issuer's tables. Times are NumericDates (seconds), lists and requests are JSON text,
-- secrets are hashes. The PostgreSQL text beside this one differs only in INTEGER/BIGINT and STRICT.

-- Accounts. user_id is the subject of tokens and never used again; name_key is the name as compared.
CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The one-time link that creates the first account; at most one row.
CREATE TABLE setup_links (
    slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1),
    token_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Signed-in browsers.
CREATE TABLE sessions (
    session_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    auth_time INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Browsers in which an account signed in before; strangers' guesses do not slow these down.
CREATE TABLE known_browsers (
    browser_hash TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    signed_in_at INTEGER NOT NULL,
    PRIMARY KEY (browser_hash, user_id)
) STRICT;
CREATE INDEX known_browsers_user ON known_browsers (user_id);

-- Registered clients: the metadata as answered (RFC 7591 section 3.2.1).
CREATE TABLE clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;

-- Authorization requests that were checked and wait for the person, bound to the browser that brought them;
-- session_hash is the session that was begun for this request, decision 'allowed' or 'denied'.
CREATE TABLE authorization_requests (
    handle_hash TEXT NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    request TEXT NOT NULL,
    session_hash TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_at INTEGER,
    decision TEXT
) STRICT;
CREATE INDEX authorization_requests_expiry ON authorization_requests (expires_at);

-- What a person allowed a client before; a row for each scope token.
CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope_token TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, redirect_uri, resource, scope_token)
) STRICT;

-- Authorization codes, used once (RFC 6749 section 4.1.2).
CREATE TABLE authorization_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

-- Grants: everything issued from one consent, with the two counters of its refresh tokens
-- (docs/decisions/0002-refresh-rotation.md).
CREATE TABLE grants (
    grant_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    current_counter INTEGER NOT NULL,
    from_counter INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    last_step TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    idle_ends_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_end ON grants (idle_ends_at);

-- What happened, for the people in charge. Never a secret.
CREATE TABLE audit_events (
    event_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    grant_id TEXT,
    detail TEXT
) STRICT;
CREATE INDEX audit_events_at ON audit_events (at);

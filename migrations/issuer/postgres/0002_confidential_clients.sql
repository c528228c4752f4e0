-- Clients that authenticate, what they may do, and what they used up.

-- The secrets of a client: several while they are exchanged. expires_at NULL is never.
CREATE TABLE client_secrets (
    secret_id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);
CREATE INDEX client_secrets_expiry ON client_secrets (expires_at);

-- What the people in charge allow a client by itself: scope is the most it gets with client_credentials (NULL: it
-- does not take that grant), resource is what it may introspect tokens of (NULL: none).
CREATE TABLE service_clients (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    scope TEXT,
    resource TEXT
);

-- What a client that registered manages its registration with (RFC 7592).
CREATE TABLE registration_tokens (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL
);

-- Identifiers of JWTs that count no more, until they would have ended: purpose says what they were for.
CREATE TABLE used_jtis (
    purpose TEXT NOT NULL,
    issuer TEXT NOT NULL,
    jti_hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, issuer, jti_hash)
);
CREATE INDEX used_jtis_expiry ON used_jtis (expires_at);

-- Device authorization requests (RFC 8628): what a program on another machine asks for, until a person decides.
-- user_code_hash is a MAC: a plain hash of eight letters could be tried out. client_document is the document of a client
-- that has one, asked_from the address that the request came from. claim_hash and browser_hash are of the browser in which
-- the code was typed last; decision is 'allowed' or 'denied', last_step 'asked', 'pending' or 'slow_down'.
CREATE TABLE device_authorizations (
    device_code_hash TEXT NOT NULL PRIMARY KEY,
    user_code_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    client_document TEXT,
    metadata_hash TEXT NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    dpop_jkt TEXT,
    asked_from TEXT,
    interval_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    last_step TEXT NOT NULL,
    claim_hash TEXT UNIQUE,
    browser_hash TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decision TEXT
);
CREATE INDEX device_authorizations_expiry ON device_authorizations (expires_at);

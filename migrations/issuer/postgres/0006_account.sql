-- What the person sees of grants and browsers, ID tokens, and pushed authorization requests.

-- OpenID Connect Core 1.0 section 3.1.2.1: the nonce of the request, for the ID token.
ALTER TABLE authorization_codes ADD COLUMN nonce TEXT;

-- Whom the person allowed, as they saw it: the name, and where the code was sent.
ALTER TABLE grants ADD COLUMN client_name TEXT;
ALTER TABLE grants ADD COLUMN redirect_uri TEXT;

-- Which browser it is, in a few words.
ALTER TABLE sessions ADD COLUMN browser_words TEXT;

-- Pushed authorization requests that were checked (RFC 9126), used by one browser.
CREATE TABLE pushed_requests (
    request_uri_hash TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    browser_hash TEXT
);
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);

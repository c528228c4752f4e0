-- Administration: accounts that are switched off, who did what, and which keys the database belongs to.

-- When the account was disabled; and when somebody last signed in to it.
ALTER TABLE users ADD COLUMN disabled_at BIGINT;
ALTER TABLE users ADD COLUMN signed_in_at BIGINT;

-- Who did it, when it was not the account itself or a client: 'command line'.
ALTER TABLE audit_events ADD COLUMN actor TEXT;
CREATE INDEX audit_events_user ON audit_events (user_id, at);
-- SQLite has this column by itself: the order in which entries came, for whoever follows them.
ALTER TABLE audit_events ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE INDEX audit_events_rowid ON audit_events (rowid);

-- What a key makes of a fixed text, so that a start with another key is noticed.
CREATE TABLE key_checks (
    purpose TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

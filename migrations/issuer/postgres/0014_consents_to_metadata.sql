-- A consent is to a client as the person saw it: the SHA-256 of its metadata. What was allowed before this is asked once
-- more; nobody knows what the page showed then.
ALTER TABLE consents ADD COLUMN metadata_hash TEXT NOT NULL DEFAULT '';

-- A consent is to a client as the person saw it: the SHA-256 of what identifies it to people. What was allowed before this
-- is asked once more, and is not in the person's list; nobody knows what the page showed then.
DELETE FROM consents;
ALTER TABLE consents ADD COLUMN metadata_hash TEXT NOT NULL;

-- Where a client's metadata comes from: 'registered' (only this row has it), 'self_describing' (its
-- identifier has it) or 'metadata_document' (its URL has it). The last two get a row when a person first
-- allows them; metadata_at is when the document was fetched, 0 when that is not known or means nothing.
ALTER TABLE clients ADD COLUMN source TEXT NOT NULL DEFAULT 'registered';
ALTER TABLE clients ADD COLUMN metadata_at INTEGER NOT NULL DEFAULT 0;
-- Set when the client may not be used any more.
ALTER TABLE clients ADD COLUMN blocked_at INTEGER;

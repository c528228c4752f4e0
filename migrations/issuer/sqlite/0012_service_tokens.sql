-- Tokens of services belong to no grant. Their entries in the status lists name the client, so that they end with it.
ALTER TABLE status_entries ADD COLUMN client_id TEXT;
CREATE INDEX status_entries_client ON status_entries (client_id) WHERE client_id IS NOT NULL;

CREATE TRIGGER clients_deleted AFTER DELETE ON clients
WHEN EXISTS (SELECT 1 FROM status_entries WHERE client_id = OLD.client_id AND revoked = 0)
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE client_id = OLD.client_id AND revoked = 0;
END;
CREATE TRIGGER clients_blocked AFTER UPDATE OF blocked_at ON clients
WHEN NEW.blocked_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM status_entries WHERE client_id = NEW.client_id AND revoked = 0)
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE client_id = NEW.client_id AND revoked = 0;
END;

-- Tokens of services belong to no grant. Their entries in the status lists name the client, so that they end with it.
ALTER TABLE status_entries ADD COLUMN client_id TEXT;
CREATE INDEX status_entries_client ON status_entries (client_id) WHERE client_id IS NOT NULL;

CREATE FUNCTION end_status_entries_of_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM status_entries WHERE client_id = OLD.client_id AND revoked = 0) THEN
        UPDATE status_revision SET revision = revision + 1;
        UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
        WHERE client_id = OLD.client_id AND revoked = 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER clients_deleted AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION end_status_entries_of_client();
CREATE TRIGGER clients_blocked AFTER UPDATE OF blocked_at ON clients FOR EACH ROW
WHEN (NEW.blocked_at IS NOT NULL)
EXECUTE FUNCTION end_status_entries_of_client();

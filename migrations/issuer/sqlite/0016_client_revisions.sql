-- A number that changes whenever a client, its secrets or what it may do by itself change, and that no other client of the
-- same identifier had before. Triggers change it, so no statement can forget to.
ALTER TABLE clients ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER clients_begun AFTER INSERT ON clients
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = NEW.client_id;
END;
CREATE TRIGGER clients_changed AFTER UPDATE OF metadata, source, metadata_at, blocked_at ON clients
WHEN NEW.metadata <> OLD.metadata OR NEW.source <> OLD.source OR NEW.metadata_at <> OLD.metadata_at
    OR NEW.blocked_at IS NOT OLD.blocked_at
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = NEW.client_id;
END;

CREATE TRIGGER client_secrets_begun AFTER INSERT ON client_secrets
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = NEW.client_id;
END;
CREATE TRIGGER client_secrets_changed AFTER UPDATE ON client_secrets
BEGIN
    UPDATE clients SET revision = random() WHERE client_id IN (OLD.client_id, NEW.client_id);
END;
-- One that ends by itself counts no more once it has ended.
CREATE TRIGGER client_secrets_deleted AFTER DELETE ON client_secrets WHEN OLD.expires_at IS NULL
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = OLD.client_id;
END;

CREATE TRIGGER service_clients_begun AFTER INSERT ON service_clients
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = NEW.client_id;
END;
CREATE TRIGGER service_clients_changed AFTER UPDATE ON service_clients
BEGIN
    UPDATE clients SET revision = random() WHERE client_id IN (OLD.client_id, NEW.client_id);
END;
CREATE TRIGGER service_clients_deleted AFTER DELETE ON service_clients
BEGIN
    UPDATE clients SET revision = random() WHERE client_id = OLD.client_id;
END;

-- A number that changes whenever a client, its secrets or what it may do by itself change, and that no other client of the
-- same identifier had before. Triggers change it, so no statement can forget to.
CREATE FUNCTION new_client_revision() RETURNS BIGINT LANGUAGE sql VOLATILE
RETURN hashtextextended(gen_random_uuid()::text, 0);
ALTER TABLE clients ADD COLUMN revision BIGINT NOT NULL DEFAULT new_client_revision();

CREATE FUNCTION client_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.revision = new_client_revision();
    RETURN NEW;
END $$;
CREATE TRIGGER clients_changed BEFORE UPDATE OF metadata, source, metadata_at, blocked_at ON clients FOR EACH ROW
WHEN (NEW.metadata <> OLD.metadata OR NEW.source <> OLD.source OR NEW.metadata_at <> OLD.metadata_at
    OR NEW.blocked_at IS DISTINCT FROM OLD.blocked_at)
EXECUTE FUNCTION client_changed();

CREATE FUNCTION part_of_client_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE clients SET revision = new_client_revision() WHERE client_id = OLD.client_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE clients SET revision = new_client_revision() WHERE client_id = NEW.client_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER client_secrets_changed AFTER INSERT OR UPDATE ON client_secrets FOR EACH ROW
EXECUTE FUNCTION part_of_client_changed();
-- One that ends by itself counts no more once it has ended.
CREATE TRIGGER client_secrets_deleted AFTER DELETE ON client_secrets FOR EACH ROW WHEN (OLD.expires_at IS NULL)
EXECUTE FUNCTION part_of_client_changed();
CREATE TRIGGER service_clients_changed AFTER INSERT OR UPDATE OR DELETE ON service_clients FOR EACH ROW
EXECUTE FUNCTION part_of_client_changed();

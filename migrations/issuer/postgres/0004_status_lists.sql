-- Token Status Lists (docs/decisions/0007-status-list.md). Each grant has an entry; its access tokens refer to it.
CREATE TABLE status_entries (
    list_id BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    -- No token that refers to it is taken from then on.
    free_at BIGINT NOT NULL,
    revoked BIGINT NOT NULL DEFAULT 0,
    -- Which change of the lists this entry's last one was; 0 when it never changed.
    revision BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (list_id, idx)
);
CREATE INDEX status_entries_revision ON status_entries (revision) WHERE revision > 0;
CREATE INDEX status_entries_free ON status_entries (free_at);

-- Counts the changes of all lists; one row. Who changes an entry holds its lock until the change is committed,
-- so changes become visible in the order of their numbers.
CREATE TABLE status_revision (
    slot BIGINT NOT NULL PRIMARY KEY CHECK (slot = 1),
    revision BIGINT NOT NULL
);
INSERT INTO status_revision (slot, revision) VALUES (1, 0);

ALTER TABLE grants ADD COLUMN status_list BIGINT;
ALTER TABLE grants ADD COLUMN status_idx BIGINT;

-- Grants from before get entries in the order of their identifiers, which are random.
UPDATE grants SET status_list = placed.at / 524288, status_idx = placed.at % 524288 * 2
FROM (SELECT grant_id, row_number() OVER (ORDER BY grant_id) - 1 AS at FROM grants) AS placed
WHERE placed.grant_id = grants.grant_id;
INSERT INTO status_entries (list_id, idx, free_at, revoked, revision)
SELECT status_list, status_idx, ends_at,
       CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END FROM grants;
UPDATE status_revision SET revision = 1;

-- Whoever ends a grant, by whatever statement, changes its entry.
CREATE FUNCTION end_status_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE list_id = OLD.status_list AND idx = OLD.status_idx;
    RETURN NULL;
END $$;
CREATE TRIGGER grants_revoked AFTER UPDATE OF revoked_at ON grants FOR EACH ROW
WHEN (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL AND NEW.status_idx IS NOT NULL)
EXECUTE FUNCTION end_status_entry();
-- An account's grants go with it, and their tokens must not outlive them.
CREATE FUNCTION end_status_entries_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE (list_id, idx) IN (
        SELECT status_list, status_idx FROM grants WHERE user_id = OLD.user_id AND revoked_at IS NULL);
    RETURN OLD;
END $$;
CREATE TRIGGER users_deleted BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION end_status_entries_of_user();

-- Token Status Lists (docs/decisions/0007-status-list.md). Each grant has an entry; its access tokens refer to it.
CREATE TABLE status_entries (
    list_id INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    -- No token that refers to it is taken from then on.
    free_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    -- Which change of the lists this entry's last one was; 0 when it never changed.
    revision INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (list_id, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_entries_revision ON status_entries (revision) WHERE revision > 0;
CREATE INDEX status_entries_free ON status_entries (free_at);

-- Counts the changes of all lists; one row. Who changes an entry holds its lock until the change is committed,
-- so changes become visible in the order of their numbers.
CREATE TABLE status_revision (
    slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO status_revision (slot, revision) VALUES (1, 0);

ALTER TABLE grants ADD COLUMN status_list INTEGER;
ALTER TABLE grants ADD COLUMN status_idx INTEGER;

-- Grants from before get entries in the order of their identifiers, which are random.
UPDATE grants SET status_list = placed.at / 524288, status_idx = placed.at % 524288 * 2
FROM (SELECT grant_id, row_number() OVER (ORDER BY grant_id) - 1 AS at FROM grants) AS placed
WHERE placed.grant_id = grants.grant_id;
INSERT INTO status_entries (list_id, idx, free_at, revoked, revision)
SELECT status_list, status_idx, ends_at, revoked_at IS NOT NULL, revoked_at IS NOT NULL FROM grants;
UPDATE status_revision SET revision = 1;

-- Whoever ends a grant, by whatever statement, changes its entry.
CREATE TRIGGER grants_revoked AFTER UPDATE OF revoked_at ON grants
WHEN NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL AND NEW.status_idx IS NOT NULL
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE list_id = NEW.status_list AND idx = NEW.status_idx;
END;
-- An account's grants go with it, and their tokens must not outlive them.
CREATE TRIGGER users_deleted BEFORE DELETE ON users
BEGIN
    UPDATE status_revision SET revision = revision + 1;
    UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
    WHERE (list_id, idx) IN (
        SELECT status_list, status_idx FROM grants WHERE user_id = OLD.user_id AND revoked_at IS NULL);
END;

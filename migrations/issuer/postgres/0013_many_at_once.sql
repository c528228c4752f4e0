-- Browsers that nobody used for long are forgotten, the oldest first.
CREATE INDEX known_browsers_signed_in ON known_browsers (signed_in_at);

-- Whoever ends many grants counts one change. With one for each, every version of the counter's row stayed until the
-- commit, and the next change walked over all of them.
DROP TRIGGER grants_revoked ON grants;
DROP FUNCTION end_status_entry();
CREATE FUNCTION end_status_entries_of_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A refresh, which is most updates, ends here.
    IF NOT EXISTS (SELECT 1 FROM after_it WHERE revoked_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE status_revision SET revision = revision + 1;
    -- EXECUTE plans for as many rows as there are; a plan that is kept would be that of the first time.
    EXECUTE 'UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
             FROM after_it JOIN before_it USING (grant_id)
             WHERE after_it.revoked_at IS NOT NULL AND before_it.revoked_at IS NULL
               AND list_id = after_it.status_list AND idx = after_it.status_idx';
    RETURN NULL;
END $$;
-- Of all columns: a trigger that sees all rows at once cannot be of one.
CREATE TRIGGER grants_revoked AFTER UPDATE ON grants REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
FOR EACH STATEMENT EXECUTE FUNCTION end_status_entries_of_grants();

-- For which resources a service's scope counts, separated by spaces; NULL is the first of the settings.
ALTER TABLE service_clients ADD COLUMN scope_at TEXT;

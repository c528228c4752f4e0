-- Browsers that nobody used for long are forgotten, the oldest first.
CREATE INDEX known_browsers_signed_in ON known_browsers (signed_in_at);

-- For which resources a service's scope counts, separated by spaces; NULL is the first of the settings.
ALTER TABLE service_clients ADD COLUMN scope_at TEXT;

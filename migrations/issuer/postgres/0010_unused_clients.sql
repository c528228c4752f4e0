-- Registrations that were never used are found by the time they came.
CREATE INDEX clients_unused ON clients (created_at) WHERE source = 'registered' AND last_used_at = created_at;

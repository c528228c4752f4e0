-- The resource server's tables. Times are NumericDates (seconds).
-- The SQLite text beside this one differs only in INTEGER/BIGINT and STRICT.

-- Foods that users saved, each owned by (iss, sub): two issuers may use one sub for different people.
-- name_key and brand_key are the name and brand as compared, '' for no brand; food is JSON.
CREATE TABLE saved_foods (
    food_id TEXT NOT NULL PRIMARY KEY,
    iss TEXT NOT NULL,
    sub TEXT NOT NULL,
    name_key TEXT NOT NULL,
    brand_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    food TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (iss, sub, name_key, brand_key)
);

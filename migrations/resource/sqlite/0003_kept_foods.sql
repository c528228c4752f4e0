-- Barcodes are found by number and belong to one food of a user; all changes of one user's foods wait for each other.
-- The PostgreSQL text beside this one differs in INTEGER/BIGINT, STRICT, and how it reads JSON.

-- The GTIN as compared: 14 digits, zeros in front. Of several foods that were saved with one barcode, one has it.
ALTER TABLE saved_foods ADD COLUMN barcode TEXT;

UPDATE saved_foods SET barcode = substr('00000000000000' || json_extract(food, '$.barcode'), -14)
WHERE json_extract(food, '$.barcode') IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM saved_foods AS other
    WHERE other.iss = saved_foods.iss AND other.sub = saved_foods.sub AND other.food_id < saved_foods.food_id
      AND ltrim(json_extract(other.food, '$.barcode'), '0') = ltrim(json_extract(saved_foods.food, '$.barcode'), '0'));

CREATE UNIQUE INDEX saved_foods_barcode ON saved_foods (iss, sub, barcode) WHERE barcode IS NOT NULL;

-- A change of a user's foods begins with this row, which nobody else can write until it ends.
CREATE TABLE saved_food_owners (
    iss TEXT NOT NULL,
    sub TEXT NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (iss, sub)
) STRICT;

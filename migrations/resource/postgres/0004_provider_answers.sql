-- What live providers of foods told: their rows stay here, with whom to cite, and never go into the pack. Nothing in it
-- says who asked. The SQLite text beside this one differs in INTEGER/BIGINT and STRICT.
CREATE TABLE provider_answers (
    provider TEXT NOT NULL,
    -- What was asked: food:ID, barcode:DIGITS, or name: and the hash of the words.
    question TEXT NOT NULL,
    -- A list of foods, JSON; empty where there is none.
    foods TEXT NOT NULL,
    attribution TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL,
    PRIMARY KEY (provider, question)
);

CREATE INDEX provider_answers_fresh_until ON provider_answers (fresh_until);

-- Step 2, posd 0.2.0: additive only. A posd of layout 1 that knows no steps opens what it makes and
-- writes on, so every new column has a default that is right for the rows that such a posd writes, or is
-- made right by 0002-refill.sql. Run once, in one transaction with the refill.

CREATE TABLE schema_step (
    step INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL              -- of the last posd that knew this step and wrote
) STRICT;

-- What is owed upstream: more of what is known about an effect.

ALTER TABLE outbox ADD COLUMN look_first INTEGER NOT NULL DEFAULT 0;  -- 1: Stripe may have it already
ALTER TABLE outbox ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0;      -- answers that may hide a success
ALTER TABLE outbox ADD COLUMN written_off_ms INTEGER;                 -- when a person gave it up
CREATE INDEX outbox_open ON outbox (position) WHERE state IN ('waiting', 'parked');

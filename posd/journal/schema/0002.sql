-- Step 2, posd 0.2.0: additive only. A posd of layout 1 that knows no steps opens what it makes and
-- writes on, so every new column has a default that is right for the rows that such a posd writes, or is
-- made right by 0002-refill.sql. Run once, in one transaction with the refill.

CREATE TABLE schema_step (
    step INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL              -- of the last posd that knew this step and wrote
) STRICT;

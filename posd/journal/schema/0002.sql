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

-- Lives of the journal, what was lost between them, and what Stripe tells of that.

ALTER TABLE event ADD COLUMN epoch TEXT NOT NULL DEFAULT '';          -- '': by a posd without epochs
CREATE TABLE epoch (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    body        BLOB NOT NULL
) STRICT;
CREATE TABLE restore (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    open        INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_restore ON restore (open) WHERE open = 1;
CREATE TABLE imported_payment (        -- by facts that the journal has no more
    id             TEXT PRIMARY KEY,   -- Stripe's id of the report
    created_seq    INTEGER NOT NULL UNIQUE,
    created_ms     INTEGER NOT NULL,
    payment_intent TEXT NOT NULL,
    order_id       TEXT,
    business_day   TEXT NOT NULL,      -- '' if the report does not tell it
    guards         INTEGER NOT NULL,
    body           BLOB NOT NULL
) STRICT;
CREATE INDEX imported_payment_created ON imported_payment (created_ms, created_seq);
CREATE INDEX imported_payment_intent ON imported_payment (payment_intent, created_seq);
CREATE INDEX imported_payment_order ON imported_payment (order_id, created_seq)
    WHERE order_id IS NOT NULL;

-- Audits that were accepted, what tills say of their days, and charges that may be one too many.

CREATE TABLE day_audit (
    id           TEXT PRIMARY KEY,
    created_seq  INTEGER NOT NULL,
    business_day TEXT NOT NULL UNIQUE,
    body         BLOB NOT NULL
) STRICT;
CREATE TABLE till_list (
    id           TEXT PRIMARY KEY,
    created_seq  INTEGER NOT NULL,
    business_day TEXT NOT NULL,
    body         BLOB NOT NULL
) STRICT;
CREATE INDEX till_list_day ON till_list (business_day, created_seq);
CREATE TABLE refund_draft (
    id             TEXT PRIMARY KEY,
    created_seq    INTEGER NOT NULL,
    payment_intent TEXT NOT NULL,
    open           INTEGER NOT NULL,
    body           BLOB NOT NULL
) STRICT;
CREATE INDEX refund_draft_open ON refund_draft (created_seq) WHERE open = 1;
CREATE INDEX refund_draft_payment ON refund_draft (payment_intent, created_seq);

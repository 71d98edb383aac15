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
CREATE TABLE imported_refund (         -- of payments that the journal has
    id             TEXT PRIMARY KEY,   -- made of Stripe's id of the report
    created_seq    INTEGER NOT NULL UNIQUE,
    payment_intent TEXT NOT NULL,
    body           BLOB NOT NULL
) STRICT;
CREATE INDEX imported_refund_payment ON imported_refund (payment_intent, created_seq);

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

-- Months that left for archives. Until one has left, the layout is 1; from then on it is 2.

CREATE TABLE archive (
    id           TEXT PRIMARY KEY,
    created_seq  INTEGER NOT NULL UNIQUE,
    file         TEXT NOT NULL,
    last_ordinal INTEGER NOT NULL UNIQUE,
    last_seq     INTEGER NOT NULL UNIQUE,
    hash         BLOB NOT NULL,        -- of the last fact that left
    body         BLOB NOT NULL
) STRICT;
CREATE TRIGGER archive_is_never_updated BEFORE UPDATE ON archive
    BEGIN SELECT RAISE(ABORT, 'archives are never updated'); END;
CREATE TRIGGER archive_is_never_deleted BEFORE DELETE ON archive
    BEGIN SELECT RAISE(ABORT, 'archives are never deleted'); END;

-- What a manager said of the store at its page; a row each, and the last word counts.

CREATE TABLE store_name (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE TABLE store_lanes (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;

-- How much Stripe has not been told: payments in hand, unproven or held, and those whose report waits. A
-- sum a currency, kept by triggers in the transactions that change it, whichever posd writes. (A view, since
-- each column that is added to a STRICT table has SQLite read all its rows.)

CREATE VIEW untold AS SELECT
    id,
    json_extract(CAST(body AS TEXT), '$.currency') AS currency,
    json_extract(CAST(body AS TEXT), '$.amount_received') AS received,
    CASE WHEN state IN ('in_hand', 'unproven', 'capturable') THEN
        max(json_extract(CAST(body AS TEXT), '$.amount'),
            json_extract(CAST(body AS TEXT), '$.amount_capturable')) END AS in_hand
    FROM payment_intent;
CREATE TABLE backlog (
    currency TEXT PRIMARY KEY,
    payments INTEGER NOT NULL,
    amount   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO backlog SELECT currency, count(*), sum(amount) FROM (
    SELECT currency, in_hand AS amount FROM untold
        WHERE id IN (SELECT payment_intent FROM attempt WHERE unproven = 1
                     UNION SELECT id FROM payment_intent WHERE state = 'capturable')
        AND in_hand IS NOT NULL
    UNION ALL
    SELECT currency, received FROM outbox JOIN untold ON untold.id = payment_intent
        WHERE state = 'waiting' AND path NOT LIKE '%/report_refund'
) GROUP BY currency;
CREATE TRIGGER backlog_without_what_was_in_hand BEFORE UPDATE ON payment_intent
    BEGIN
        UPDATE backlog SET payments = payments - 1, amount = amount - untold.in_hand FROM untold
            WHERE untold.id = OLD.id AND untold.in_hand IS NOT NULL
            AND backlog.currency = untold.currency;
    END;
CREATE TRIGGER backlog_of_what_is_in_hand AFTER UPDATE ON payment_intent
    BEGIN
        INSERT INTO backlog SELECT currency, 1, in_hand FROM untold
            WHERE id = NEW.id AND in_hand IS NOT NULL
            ON CONFLICT (currency) DO UPDATE
            SET payments = payments + 1, amount = amount + excluded.amount;
    END;
CREATE TRIGGER backlog_of_what_is_owed AFTER INSERT ON outbox
    WHEN NEW.state = 'waiting' AND NEW.path NOT LIKE '%/report_refund'
    BEGIN
        INSERT INTO backlog SELECT currency, 1, received FROM untold WHERE id = NEW.payment_intent
            ON CONFLICT (currency) DO UPDATE
            SET payments = payments + 1, amount = amount + excluded.amount;
    END;
CREATE TRIGGER backlog_of_what_waits_again AFTER UPDATE OF state ON outbox
    WHEN OLD.state <> 'waiting' AND NEW.state = 'waiting' AND NEW.path NOT LIKE '%/report_refund'
    BEGIN
        INSERT INTO backlog SELECT currency, 1, received FROM untold WHERE id = NEW.payment_intent
            ON CONFLICT (currency) DO UPDATE
            SET payments = payments + 1, amount = amount + excluded.amount;
    END;
CREATE TRIGGER backlog_without_what_is_told AFTER UPDATE OF state ON outbox
    WHEN OLD.state = 'waiting' AND NEW.state <> 'waiting' AND NEW.path NOT LIKE '%/report_refund'
    BEGIN
        UPDATE backlog SET payments = payments - 1, amount = amount - untold.received FROM untold
            WHERE untold.id = NEW.payment_intent AND backlog.currency = untold.currency;
    END;

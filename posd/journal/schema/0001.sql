-- Facts lie in one table a month, which segments.py makes from segment.sql.

CREATE TABLE segment (
    ordinal   INTEGER PRIMARY KEY,
    label     TEXT NOT NULL,           -- month of the wall clock, YYYY-MM: a label, never an order
    first_seq INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seq     INTEGER NOT NULL,
    hash    BLOB NOT NULL,
    account TEXT NOT NULL              -- '' while none is known
) STRICT;

CREATE TABLE checkpoint (
    seq  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE history (
    object TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (object, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact_kind (               -- what a posd must be able to read to judge every object
    kind      TEXT NOT NULL,
    version   INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    PRIMARY KEY (kind, version)
) STRICT, WITHOUT ROWID;

-- Records: what the facts add up to. Narrow columns are for look-ups; the record is its body.

CREATE TABLE payment_intent (
    id           TEXT PRIMARY KEY,
    created_seq  INTEGER NOT NULL,
    created_ms   INTEGER NOT NULL,
    order_id     TEXT,
    business_day TEXT NOT NULL,
    state        TEXT NOT NULL,
    unheard      INTEGER NOT NULL,
    body         BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX payment_intent_created ON payment_intent (created_seq, created_ms);
CREATE INDEX payment_intent_order ON payment_intent (order_id, created_seq)
    WHERE order_id IS NOT NULL;
CREATE INDEX payment_intent_capturable ON payment_intent (created_seq) WHERE state = 'capturable';
CREATE INDEX payment_intent_unheard ON payment_intent (created_seq) WHERE unheard = 1;

CREATE TABLE attempt (
    id             TEXT PRIMARY KEY,
    created_seq    INTEGER NOT NULL UNIQUE,
    payment_intent TEXT NOT NULL,
    reader         TEXT NOT NULL,
    terminal       TEXT,               -- the terminal's own id, wherever it was attached then
    charge         TEXT,
    unended        INTEGER NOT NULL,
    unproven       INTEGER NOT NULL,
    contradicted   INTEGER NOT NULL,
    body           BLOB NOT NULL
) STRICT;
CREATE INDEX attempt_payment_intent ON attempt (payment_intent, created_seq);
CREATE INDEX attempt_terminal ON attempt (terminal, created_seq) WHERE terminal IS NOT NULL;
CREATE INDEX attempt_charge ON attempt (charge, created_seq) WHERE charge IS NOT NULL;
CREATE INDEX attempt_unproven ON attempt (created_seq) WHERE unproven = 1;
CREATE INDEX attempt_contradicted ON attempt (created_seq) WHERE contradicted = 1;
-- The backstop of M7, should legality ever be decided wrongly.
CREATE UNIQUE INDEX one_unended_attempt_a_reader ON attempt (reader) WHERE unended = 1;
CREATE UNIQUE INDEX one_unended_attempt_a_payment_intent
    ON attempt (payment_intent) WHERE unended = 1 AND payment_intent <> '';

CREATE TABLE refund (
    id             TEXT PRIMARY KEY,
    created_seq    INTEGER NOT NULL UNIQUE,
    created_ms     INTEGER NOT NULL,
    payment_intent TEXT NOT NULL,
    charge         TEXT NOT NULL,
    body           BLOB NOT NULL
) STRICT;
CREATE INDEX refund_payment_intent ON refund (payment_intent, created_seq);
CREATE INDEX refund_charge ON refund (charge, created_seq);

CREATE TABLE reader (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    address     TEXT NOT NULL,
    deleted     INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX reader_address ON reader (address, created_seq) WHERE deleted = 0;

CREATE TABLE access_key (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    sha256      TEXT NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX access_key_sha256 ON access_key (sha256, created_seq);

CREATE TABLE mirrored (                -- Stripe's objects as posd last heard of them
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    gone        INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX mirrored_listed ON mirrored (kind, created_seq) WHERE gone = 0;

CREATE TABLE hardware_order (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    upstream    TEXT,
    undecided   INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX hardware_order_upstream ON hardware_order (upstream) WHERE upstream IS NOT NULL;
-- The backstop: while one may be at Stripe or not, there is no second.
CREATE UNIQUE INDEX one_undecided_hardware_order ON hardware_order (undecided) WHERE undecided = 1;

CREATE TABLE received_reader (
    id          TEXT PRIMARY KEY,
    created_seq INTEGER NOT NULL UNIQUE,
    purchase    TEXT NOT NULL,
    reader      TEXT NOT NULL UNIQUE,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX received_reader_purchase ON received_reader (purchase, created_seq);

CREATE TABLE mark (                    -- when something was last done that is no fact
    name    TEXT PRIMARY KEY,
    wall_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    access_key TEXT NOT NULL,
    route      TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     TEXT NOT NULL,
    answer     TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (access_key, route, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    position          INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    stream            TEXT NOT NULL,
    lane              TEXT NOT NULL,
    method            TEXT NOT NULL,
    path              TEXT NOT NULL,
    body              BLOB NOT NULL,
    key               TEXT NOT NULL,
    payment_intent    TEXT NOT NULL,
    api_version       TEXT NOT NULL,
    livemode          INTEGER NOT NULL,
    connected_account TEXT,
    account           TEXT,
    state             TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'parked')),
    owed_ms           INTEGER NOT NULL,
    due_ms            INTEGER NOT NULL,
    first_sent_ms     INTEGER,
    tries             INTEGER NOT NULL,
    problem           TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (due_ms, position) WHERE state = 'waiting';
CREATE INDEX outbox_lane ON outbox (lane, position) WHERE state = 'waiting';
CREATE INDEX outbox_oldest ON outbox (owed_ms) WHERE state = 'waiting';
CREATE INDEX outbox_parked ON outbox (position) WHERE state = 'parked';

CREATE TABLE event (
    position   INTEGER PRIMARY KEY,    -- what its id says, see event_ids.py
    created_ms INTEGER NOT NULL,
    type       TEXT NOT NULL,
    object     TEXT NOT NULL,
    body       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_listed ON event (position, created_ms, type);

-- M16: what is proven stays as it was written.
CREATE TRIGGER segment_is_never_updated BEFORE UPDATE ON segment
    BEGIN SELECT RAISE(ABORT, 'segments are never updated'); END;
CREATE TRIGGER segment_is_never_deleted BEFORE DELETE ON segment
    BEGIN SELECT RAISE(ABORT, 'segments are never deleted'); END;
CREATE TRIGGER checkpoint_is_never_updated BEFORE UPDATE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are never updated'); END;
CREATE TRIGGER checkpoint_is_never_deleted BEFORE DELETE ON checkpoint
    BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;

-- One month of facts. NNNN is the segment's ordinal.
CREATE TABLE fact_NNNN (
    seq      INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    object   TEXT NOT NULL,
    boot     INTEGER NOT NULL,
    node     TEXT NOT NULL,
    actor    TEXT NOT NULL,
    account  TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    wall_ms  INTEGER NOT NULL,
    legs     BLOB NOT NULL,
    body     BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
CREATE TRIGGER fact_NNNN_is_never_updated BEFORE UPDATE ON fact_NNNN
    BEGIN SELECT RAISE(ABORT, 'facts are never updated'); END;
CREATE TRIGGER fact_NNNN_is_never_deleted BEFORE DELETE ON fact_NNNN
    BEGIN SELECT RAISE(ABORT, 'facts are never deleted'); END;
-- INSERT OR REPLACE would delete without the trigger above.
CREATE TRIGGER fact_NNNN_is_never_replaced BEFORE INSERT ON fact_NNNN
    WHEN NEW.seq <= (SELECT max(seq) FROM fact_NNNN)
    BEGIN SELECT RAISE(ABORT, 'facts are appended only'); END;

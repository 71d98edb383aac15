"""Accepted audits, tills' lists and drafted refunds in their tables."""

from typing import assert_never

import apsw

from posd.model.audit_projection import AuditRecord
from posd.model.day_audit import DayAudit, TillList
from posd.model.refund_draft import RefundDraft


def save_audit(db: apsw.Connection, record: AuditRecord, seq: int, body: bytes) -> None:
    """Write the record's new state; as posd.journal.records.save."""
    match record:
        case DayAudit():
            db.execute(
                "INSERT INTO day_audit (id, created_seq, business_day, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, record.found.business_day, body),
            )
        case TillList():
            db.execute(
                "INSERT INTO till_list (id, created_seq, business_day, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, record.business_day, body),
            )
        case RefundDraft():
            db.execute(
                "INSERT INTO refund_draft (id, created_seq, payment_intent, open, body)"
                " VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body",
                (record.id, seq, record.payment_intent, record.end is None, body),
            )
        case _:
            assert_never(record)

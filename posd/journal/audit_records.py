"""Accepted audits, tills' lists and drafted refunds in their tables."""

from typing import Final, assert_never

import apsw
import msgspec

from posd.journal.bodies import Bodies
from posd.model.audit_projection import AuditRecord
from posd.model.day_audit import DayAudit, TillList
from posd.model.refund_draft import RefundDraft

DAY_AUDITS: Final = msgspec.json.Decoder(DayAudit)
TILL_LISTS: Final = msgspec.json.Decoder(TillList)
REFUND_DRAFTS: Final = msgspec.json.Decoder(RefundDraft)


class AuditedRecords(Bodies):
    """What was found when the books were compared, and what follows from it."""

    def day_audit(self, id_: str) -> DayAudit | None:
        """The latest accepted audit of a business day, by its id."""
        return self._one(DAY_AUDITS, "SELECT body FROM day_audit WHERE id = ?", id_)

    def latest_day_audit(self) -> DayAudit | None:
        """The accepted audit of the latest business day that has one."""
        return self._one(
            DAY_AUDITS, "SELECT body FROM day_audit ORDER BY business_day DESC LIMIT 1"
        )

    def till_list(self, id_: str) -> TillList | None:
        """What a till has of a business day, by the list's id."""
        return self._one(TILL_LISTS, "SELECT body FROM till_list WHERE id = ?", id_)

    def refund_draft(self, id_: str) -> RefundDraft | None:
        """The drafted refund of that id."""
        return self._one(REFUND_DRAFTS, "SELECT body FROM refund_draft WHERE id = ?", id_)

    def open_refund_draft_count(self) -> int:
        """How many drafted refunds are not over."""
        count: int = self._db.execute("SELECT count(*) FROM refund_draft WHERE open = 1").get
        return count


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

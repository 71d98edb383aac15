"""Facts of audits and drafted refunds → the record that each changes."""

from typing import TypeAlias, assert_never

from posd.model import day_audit, refund_draft
from posd.model.audit_facts import (
    AuditFact,
    DayAudited,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
    TillListPosted,
)
from posd.model.day_audit import DayAudit, TillList
from posd.model.refund_draft import RefundDraft

AuditRecord: TypeAlias = DayAudit | TillList | RefundDraft


def audit_record(fact: AuditFact, known: RefundDraft | None, actor: str, at_ms: int) -> AuditRecord:
    """The record after one more fact; `known` is the draft that it is about, if it is known."""
    match fact:
        case DayAudited():
            return day_audit.accepted(fact, actor, at_ms)
        case TillListPosted():
            return day_audit.listed(fact, at_ms)
        case RefundDrafted() | RefundDraftApproved() | RefundDraftClosed():
            return refund_draft.follow(known, fact, actor, at_ms)
        case _:
            assert_never(fact)

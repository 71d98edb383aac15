"""A charge that seems to be one too many, and what a person decides about it (M6, M11)."""

from typing import TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model.audit_facts import (
    DraftCause,
    DraftEnd,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
)

DraftFact: TypeAlias = RefundDrafted | RefundDraftApproved | RefundDraftClosed


class RefundDraft(Struct, frozen=True):
    """A drafted refund. Amounts are minor units, times wall milliseconds.

    The first eight fields are as in RefundDrafted.

    Attributes:
        refunds: Ids of the refunds that carry it out, oldest first; the last one counts.
        end: How it ended, or None while somebody has to decide or the money is on its way.
        reason: The latest reason that a person gave, or None.
        actor: Who gave it, or None.
    """

    id: str
    cause: DraftCause
    payment_intent: str
    attempt: str
    amount: int
    currency: str
    order: str | None
    other: str
    receipt: int | None
    created_ms: int
    refunds: tuple[str, ...] = ()
    end: DraftEnd | None = None
    reason: str | None = None
    actor: str | None = None

    @property
    def by_hand(self) -> bool:
        """Whether posd cannot give it back: the journal knows no charge to be refunded."""
        return self.cause is DraftCause.CHARGED_AFTER_ALL


def draft_id(attempt: str) -> str:
    """The id of the draft for what this attempt charged."""
    return "draft_" + attempt.removeprefix("att_")


def follow(known: RefundDraft | None, fact: DraftFact, actor: str, at_ms: int) -> RefundDraft:
    """The draft after one more fact; `known` is None only for the first."""
    if isinstance(fact, RefundDrafted):
        assert known is None, "a charge is drafted once"
        return _drafted(fact, at_ms)
    assert known is not None, "a fact names a draft that does not exist"
    match fact:
        case RefundDraftApproved(_, refund, reason):
            refunds = (*known.refunds, refund)
            return replace(known, refunds=refunds, reason=reason, actor=actor)
        case RefundDraftClosed(_, end, None):
            return replace(known, end=end)
        case RefundDraftClosed(_, end, reason):
            return replace(known, end=end, reason=reason, actor=actor)
        case _:
            assert_never(fact)


def _drafted(fact: RefundDrafted, at_ms: int) -> RefundDraft:
    return RefundDraft(
        id=fact.draft,
        cause=fact.cause,
        payment_intent=fact.payment_intent,
        attempt=fact.attempt,
        amount=fact.amount,
        currency=fact.currency,
        order=fact.order,
        other=fact.other,
        receipt=fact.receipt,
        created_ms=at_ms,
    )

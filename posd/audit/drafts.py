"""Drafted refunds: a person has each carried out, or says that it need not be (M6, M11).

An approval and the refund's first facts are one transaction, under a key that is derived from the
draft, so that no repetition gives money back twice.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.audit_facts import (
    DraftEnd,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
)
from posd.model.projection import Circumstance
from posd.model.refund import Refund, RefundState
from posd.model.refund_draft import RefundDraft
from posd.refund_commands import Allowance, RefundPayment, RefundWish
from posd.refunds import Refunds

DUPLICATE: Final = "duplicate"
"""Stripe's word for why."""


class DraftRefund(Struct, frozen=True):
    """The sentinel's command: RefundDrafted, once for each charge."""

    fact: RefundDrafted
    actor: str = "sentinel"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """The fact; or nothing, if this charge was drafted before."""
        known = ledger.refund_draft(self.fact.draft)
        return Decision(facts=() if known is not None else (self.fact,), answer=self.fact.draft)


class CloseDraft(Struct, frozen=True):
    """Nothing is left to decide: by a person with a reason, or since the money is back."""

    draft: str
    end: DraftEnd
    reason: str | None = None
    actor: str = "sentinel"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """RefundDraftClosed; or nothing, if it is closed already. Raises Refused."""
        draft = _found(ledger.refund_draft(self.draft), self.draft)
        if draft.end is not None:
            return Decision(facts=(), answer=draft.id)
        if self.end is DraftEnd.DISMISSED and _running(draft, ledger) is not None:
            raise _refused(draft, "is being carried out: wait for its end")
        fact = RefundDraftClosed(draft.id, self.end, self.reason)
        return Decision(facts=(fact,), answer=draft.id)


class ApproveDraft(Struct, frozen=True):
    """RefundDraftApproved with the first facts of the refund that carries it out, or neither."""

    draft: str
    reason: str
    refund: RefundPayment

    @property
    def actor(self) -> str:
        """Id of the manager's key."""
        return self.refund.actor

    @property
    def claim(self) -> Claim | None:
        """Derived from the draft: no repetition begins a second refund."""
        return self.refund.claim

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """The approval and the refund. Raises Refused, also as RefundPayment does."""
        draft = _approvable(ledger.refund_draft(self.draft), self.draft)
        if _running(draft, ledger) is not None:
            raise _refused(draft, "is being carried out")
        begun = self.refund.decide(ledger, at)
        approved = RefundDraftApproved(draft.id, self.refund.refund, self.reason)
        facts = (approved, *begun.facts)
        return replace(begun, facts=facts, answer=self.refund.refund)


class Drafts:
    """The use cases of drafted refunds."""

    def __init__(self, journal: Journal, refunds: Refunds) -> None:
        self._journal = journal
        self._refunds = refunds

    def open(self) -> Sequence[RefundDraft]:
        """Those that nobody has decided, or whose money is on its way, oldest first."""
        return self._journal.audits.open_refund_drafts()

    def one(self, draft: str) -> RefundDraft:
        """The draft of that id. Raises Refused."""
        return _found(self._journal.audits.refund_draft(draft), draft)

    async def approve(
        self, draft: str, reason: str, reader: str | None, *, actor: str
    ) -> RefundDraft:
        """Begin the refund: where it was taken, without its card; or to a card at `reader`.

        Returns once the terminal took the command. Raises Refused, and as `posd.refunds` does.
        """
        known = _approvable(self._journal.audits.refund_draft(draft), draft)
        if _running(known, self._journal.queries) is not None:
            return known
        wish = RefundWish(
            payment_intent=known.payment_intent,
            charge=None,
            amount=None,
            reason=DUPLICATE,
            allowance=Allowance(any_payment=True),
            actor=actor,
            claim=_key(known),
        )
        await self._refunds.within(
            wish, reader, lambda refunding: ApproveDraft(draft, reason, refunding)
        )
        return self.one(draft)

    async def dismiss(
        self, draft: str, reason: str, *, actor: str, claim: Claim | None
    ) -> RefundDraft:
        """Make durable that it need not go back, and why. Raises Refused."""
        close = CloseDraft(draft, DraftEnd.DISMISSED, reason, actor, claim)
        await self._journal.commit(close)
        return self.one(draft)


def _key(draft: RefundDraft) -> Claim:
    """One key for each try: a refund that failed may be tried again."""
    return Claim("sentinel", f"refund_draft {draft.id}", str(len(draft.refunds)), draft.attempt)


class _Refunds(Protocol):
    """Where refunds are looked up: the writer's ledger, or the query-only connection."""

    def refund(self, id_: str) -> Refund | None:
        """The refund of that id."""
        ...


def _running(draft: RefundDraft, refunds: _Refunds) -> Refund | None:
    """The refund that carries it out and has not failed, or None."""
    refund = refunds.refund(draft.refunds[-1]) if draft.refunds else None
    return None if refund is None or refund.state is RefundState.FAILED else refund


def _found(draft: RefundDraft | None, id_: str) -> RefundDraft:
    if draft is None:
        raise no_such("refund_draft", id_, "draft")
    return draft


def _approvable(known: RefundDraft | None, id_: str) -> RefundDraft:
    """The draft, if posd can carry it out. Raises Refused."""
    draft = _found(known, id_)
    if draft.end is not None:
        raise _refused(draft, f"is over: {draft.end.value.replace('_', ' ')}")
    if draft.by_hand:
        receipt = "" if draft.receipt is None else f" of receipt {draft.receipt}"
        raise _refused(
            draft,
            f"is for a charge{receipt} that the journal does not count as one: reverse it by hand "
            "at its terminal, then say so with 'resolve' at the reader",
        )
    return draft


def _refused(draft: RefundDraft, why: str) -> Refused:
    return Refused(
        "refund_draft_unexpected_state",
        f"Drafted refund '{draft.id}' {why}.",
        param="draft",
        payment_intent=draft.payment_intent,
    )

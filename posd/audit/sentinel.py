"""Looks for two charges for one order, from whatever source, and drafts what should go back (M6).

It follows the journal and decides nothing about money. Each start looks again at the latest facts:
a charge is drafted once, so that to look twice is harmless.
"""

import logging
from collections import deque
from typing import Final

from posd.audit.drafts import CloseDraft, DraftRefund
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.audit_facts import DraftCause, DraftEnd, RefundDrafted
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    DiscrepancyClosed,
    DiscrepancyFound,
    Fact,
    PaymentIntentCaptured,
    Proof,
)
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.reader_facts import TerminalUsedElsewhere
from posd.model.refund_draft import RefundDraft, draft_id
from posd.model.restore_facts import PaymentImported
from posd_drivers.card_reader import Kind, Transaction

log = logging.getLogger(__name__)

LOOK_BACK_FACTS: Final = 2_000
"""More than posd can have written while the sentinel was behind when the process ended."""
PAYMENTS_OF_ORDER_MAX: Final = 50
BY_HAND_KEPT: Final = 20
"""Of each reader."""
_TAKES: Final = frozenset({AttemptKind.SALE, AttemptKind.PREAUTHORISATION, AttemptKind.CAPTURE})


class Sentinel:
    """Follows committed facts."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._queries = journal.audits
        self._by_hand: dict[str, deque[Transaction]] = {}

    async def run(self) -> None:
        """For ever. Raises JournalFailed."""
        after = max(self._queries.first_seq() - 1, self._journal.head - LOOK_BACK_FACTS)
        async for entry in self._journal.tail(after):
            if entry.fact is not None:
                await self._look(entry.fact)

    async def _look(self, fact: Fact) -> None:
        match fact:
            case AttemptApproved(attempt):
                await self._approved(attempt)
            case PaymentIntentCaptured(payment_intent):
                await self._paid(payment_intent)
            case DiscrepancyFound(attempt, _, last):
                await self._contradicted(attempt, last)
            case DiscrepancyClosed(attempt, _):
                await self._close(draft_id(attempt), DraftEnd.BY_HAND)
            case TerminalUsedElsewhere(reader, last):
                await self._by_hand_at(reader, last)
            case PaymentImported():
                await self._imported(fact)
            case _:
                return

    async def _approved(self, attempt_id: str) -> None:
        attempt = self._queries.attempt(attempt_id)
        if attempt is None or attempt.kind is AttemptKind.END_OF_DAY:
            return
        if attempt.kind in _TAKES:
            await self._paid(attempt.payment_intent)
            await self._after_doubt(attempt)
            return
        intent = self._queries.payment_intent(attempt.payment_intent)
        if intent is not None and intent.given_back:
            for draft in self._queries.open_refund_drafts(intent.id):
                await self._close(draft.id, DraftEnd.GIVEN_BACK)

    async def _paid(self, payment_intent: str) -> None:
        """Whether this order had been paid before."""
        intent = self._queries.payment_intent(payment_intent)
        if intent is None or intent.order is None or not _keeps_money(intent):
            return
        others = self._journal.queries.payment_intents_of(
            intent.order, intent.business_day, PAYMENTS_OF_ORDER_MAX
        )
        for other in others:
            if other.id != intent.id and _keeps_money(other) and not _is_split(intent, other):
                await self._draft(intent, DraftCause.TWO_PAYMENTS, other.id)
                return

    async def _imported(self, fact: PaymentImported) -> None:
        """Whether the journal, too, took money for what the lost facts had taken it for."""
        if fact.amount_refunded >= fact.amount:
            return
        paid = self._queries.payment_intent(fact.payment_intent)
        others = [paid] if paid is not None else []
        if fact.order is not None:
            day = fact.business_day or None
            others += self._journal.queries.payment_intents_of(
                fact.order, day, PAYMENTS_OF_ORDER_MAX
            )
        for other in others:
            same = other.attempt == fact.attempt
            if _keeps_money(other) and not same and not _is_split(fact, other):
                await self._draft(other, DraftCause.SECOND_AT_STRIPE, fact.payment_record)
                return

    async def _contradicted(self, attempt_id: str, last: Transaction | None) -> None:
        """Decided not to have charged, and the terminal proves that it did."""
        attempt = self._queries.attempt(attempt_id)
        if attempt is None or attempt.kind not in _TAKES or attempt.state is AttemptState.APPROVED:
            return
        intent = self._queries.payment_intent(attempt.payment_intent)
        told = None if last is None else last.amount
        await self._commit(
            RefundDrafted(
                draft=draft_id(attempt.id),
                cause=DraftCause.CHARGED_AFTER_ALL,
                payment_intent=attempt.payment_intent,
                attempt=attempt.id,
                amount=attempt.amount if told is None else told,
                currency=attempt.currency,
                order=intent.order if intent is not None else None,
                other=attempt.reader,
                receipt=None if last is None else last.receipt,
            )
        )

    async def _by_hand_at(self, reader: str, last: Transaction) -> None:
        """Remember it: the payment that was in doubt then may turn out to be charged as well."""
        if last.kind is not Kind.SALE or last.amount is None:
            return
        self._by_hand.setdefault(reader, deque(maxlen=BY_HAND_KEPT)).append(last)
        known = self._queries.reader(reader)
        attempt = self._queries.attempt(known.attempt) if known and known.attempt else None
        if attempt is not None:
            await self._after_doubt(attempt)

    async def _after_doubt(self, attempt: Attempt) -> None:
        """Whether somebody took the same amount by hand while nobody knew what became of it."""
        if attempt.state is not AttemptState.APPROVED or attempt.proof is Proof.DIALOGUE:
            return
        told = attempt.told
        for last in self._by_hand.get(attempt.reader, ()):
            its_own = told is not None and told.receipt == last.receipt
            intent = self._queries.payment_intent(attempt.payment_intent)
            if last.amount == attempt.approved_amount and not its_own and intent is not None:
                if _keeps_money(intent):
                    await self._draft(intent, DraftCause.TAKEN_BY_HAND, attempt.reader)
                return

    async def _draft(self, intent: PaymentIntent, cause: DraftCause, other: str) -> None:
        attempt = self._queries.attempt(intent.attempt) if intent.attempt else None
        if attempt is None:
            return
        await self._commit(
            RefundDrafted(
                draft=draft_id(attempt.id),
                cause=cause,
                payment_intent=intent.id,
                attempt=attempt.id,
                amount=intent.amount_left,
                currency=intent.currency,
                order=intent.order,
                other=other,
                receipt=attempt.told.receipt if attempt.told is not None else None,
            )
        )

    async def _commit(self, fact: RefundDrafted) -> None:
        if self._queries.refund_draft(fact.draft) is not None:
            return
        await self._journal.commit(DraftRefund(fact))
        log.warning(
            "refund drafted draft=%s cause=%s payment_intent=%s other=%s",
            fact.draft,
            fact.cause.value,
            fact.payment_intent,
            fact.other,
        )

    async def _close(self, draft: str, end: DraftEnd) -> None:
        known: RefundDraft | None = self._queries.refund_draft(draft)
        if known is not None and known.end is None:
            await self._journal.commit(CloseDraft(draft, end))


def _keeps_money(intent: PaymentIntent) -> bool:
    """Whether it was paid and not all of it went back."""
    return intent.state is IntentState.APPROVED and intent.amount_left > 0


def _is_split(one: PaymentIntent | PaymentImported, other: PaymentIntent) -> bool:
    """Whether the till says that each is a part of the order (M7)."""
    parts = (one.order_part, other.order_part)
    return None not in parts and parts[0] != parts[1]

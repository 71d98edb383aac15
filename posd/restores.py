"""A journal that has lost facts: what is imported and compared, and what a person decides.

Until a person accepts the gap, nothing is sent upstream; until Stripe has told what it knows of
it, or a person lets tills sell, no money is moved at a reader (posd.gap).
"""

import logging

from msgspec import Struct
from msgspec.structs import replace

from posd import gap
from posd.errors import Refused, check_seen
from posd.journal.command import Answered, Claim, Committed, Decision, Ledger
from posd.journal.epochs import with_open_gap
from posd.journal.store import Journal
from posd.model.effect import EffectState
from posd.model.payment_intent import IntentState
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.refund import RefundState
from posd.model.restore import ImportedPayment, Restore, imported
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RefundImported,
    RestoreCause,
    RestoreNoticed,
    SalesAllowed,
    TerminalCompared,
    UpstreamListed,
)
from posd.upstream.payment_records import REFUND_SUFFIX
from posd_drivers.card_reader import Totals

log = logging.getLogger(__name__)

ACTOR = "reconcile"
NOT_TOLD = "gap_not_imported"
NOT_TAKEN = frozenset({EffectState.PARKED, EffectState.WRITTEN_OFF})
"""Of a refund's report: Stripe refused it, or was not to hear of it."""


class NoticeElsewhere(Struct, frozen=True):
    """Stripe has reports of this very epoch, or of the journal's refunds, that it does not know.

    `after_seq` and `after_ms` tell the last fact before this posd started; `lost_seq` the latest
    fact that Stripe names, if it names any.
    """

    restore: str
    epoch: str
    after_seq: int
    after_ms: int
    lost_seq: int | None
    actor: str = ACTOR
    claim: Claim | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """RestoreNoticed."""
        known = ledger.epoch(at.provenance.epoch)
        noticed = RestoreNoticed(
            restore=self.restore,
            epoch=self.epoch,
            journal=at.provenance.journal,
            machine=known.machine if known is not None else "",
            cause=RestoreCause.REPORTED_ELSEWHERE,
            after_seq=self.after_seq,
            after_ms=self.after_ms,
            lost_seq=self.lost_seq,
        )
        return Decision((with_open_gap(noticed, ledger.open_restore()),))


class ImportPayments(Struct, frozen=True):
    """A page of what Stripe has of the gap; a refund's `amount` is all that it was told."""

    payments: tuple[PaymentImported, ...]
    refunds: tuple[RefundImported, ...] = ()
    actor: str = ACTOR
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """PaymentImported and RefundImported: what neither journal nor an earlier page has."""
        payments = tuple(one for one in self.payments if _is_news(one, ledger))
        refunds = (_beyond_the_journal(one, ledger) for one in self.refunds)
        return Decision((*payments, *(one for one in refunds if one is not None)))


class FinishListing(Struct, frozen=True):
    """Every page has been read."""

    restore: str
    records_seen: int
    actor: str = ACTOR
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """UpstreamListed, once."""
        restore = ledger.restore(self.restore)
        if restore is None or not restore.open or restore.listed_ms is not None:
            return Decision(facts=())
        return Decision((UpstreamListed(self.restore, self.records_seen),))


class CompareTerminal(Struct, frozen=True):
    """A terminal told its turnover, and its last receipt; None where it cannot.

    `payments` are the imported ones of this terminal.
    """

    restore: str
    reader: str
    totals: Totals | None
    receipt: int | None
    payments: tuple[ImportedPayment, ...]
    actor: str = ACTOR
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """TerminalCompared, beside what the journal has at this moment."""
        reader, restore = ledger.reader(self.reader), ledger.restore(self.restore)
        if reader is None or restore is None or not restore.open:
            return Decision(facts=())
        return Decision((self._compared(reader),))

    def _compared(self, reader: Reader) -> TerminalCompared:
        taken = reader.takings
        return TerminalCompared(
            restore=self.restore,
            reader=self.reader,
            totals=self.totals,
            since_ms=taken.since_ms,
            count=taken.count,
            amount=taken.amount,
            given_back=taken.given_back,
            imported_count=len(self.payments),
            imported_amount=sum(one.amount - one.amount_refunded for one in self.payments),
            receipt=self.receipt,
        )


class LetSell(Struct, frozen=True):
    """The command behind `POST /posd/v1/reconcile/sales`."""

    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """SalesAllowed; nothing where tills may sell already."""
        restore = _open(ledger, self.seen)
        facts = (SalesAllowed(restore.id, self.reason),) if restore.closed_to_sales else ()
        return Decision(facts, restore.id)


class AcceptGap(Struct, frozen=True):
    """The command behind `POST /posd/v1/reconcile/accept`."""

    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """GapAccepted, once it is known what the lost facts took, or a person goes without it."""
        restore = _open(ledger, self.seen)
        if restore.closed_to_sales:
            raise Refused(
                NOT_TOLD,
                "Stripe has not told yet what it knows of the gap. Where it never will, let tills "
                "sell first ('posd journal reconcile --sell'), and then accept the gap.",
                status=409,
            )
        return Decision((GapAccepted(restore.id, self.reason),), restore.id)


class Restores:
    """What a person does about a gap."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def shown(self) -> tuple[Restore | None, list[ImportedPayment]]:
        """The newest gap and what was imported for it; None and nothing where there was none."""
        queries = self._journal.queries
        with queries.at_one_moment():
            restore = queries.newest_restore()
            return restore, [] if restore is None else queries.imported_since(restore.after_seq)

    def imported_for(self, order: str) -> list[ImportedPayment]:
        """What the lost facts took for this order. Raises Refused while nobody knows that."""
        gap.refuse(self._journal.queries)
        return self._journal.queries.imported_for(order)

    async def let_sell(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        """Let tills sell before Stripe has told what it knows. Raises Refused without a gap."""
        return self._answered(await self._journal.commit(LetSell(reason, actor, claim, seen)))

    async def accept(
        self, reason: str, *, actor: str, claim: Claim | None, seen: str | None = None
    ) -> Answered[Restore]:
        """Accept the gap for good: posd sends again. Raises Refused without a gap."""
        answered = self._answered(await self._journal.commit(AcceptGap(reason, actor, claim, seen)))
        log.warning("gap accepted restore=%s actor=%s", answered.record.id, actor)
        return answered

    def _answered(self, committed: Committed) -> Answered[Restore]:
        restore = self._journal.queries.restore(committed.answer)
        assert restore is not None, committed
        return Answered(restore, committed.replayed)


def _open(ledger: Ledger, seen: str | None) -> Restore:
    restore = ledger.open_restore()
    if restore is None:
        raise Refused(
            "resource_missing",
            "posd's journal is complete: there is no gap to decide on.",
            status=404,
        )
    check_seen(seen, restore.id)
    return restore


def _beyond_the_journal(told: RefundImported, ledger: Ledger) -> RefundImported | None:
    """What went back by lost facts, of all that Stripe was `told`; None if that is nothing new.

    What waits in the journal since before the gap may be in the sum: a payment's refunds are told
    in their order, so those of the lost facts came behind it. Of what was sent since, and not
    answered, nobody knows.
    """
    intent = ledger.payment_intent(told.payment_intent)
    if intent is None or intent.state is not IntentState.APPROVED:
        return None  # the payment is imported, with what went back of it
    fresh = told.amount - ledger.refunded_in_gap(intent.id)
    may_be_told: list[int] = []
    for one in ledger.refunds_of(intent.id):
        effect = f"{one.attempt}{REFUND_SUFFIX}"
        state = ledger.effect_state(effect)
        if one.state is not RefundState.SUCCEEDED or state in NOT_TAKEN:
            continue
        if state is EffectState.DONE:
            fresh -= one.amount
        elif ledger.is_before_restore(one.attempt or ""):
            may_be_told.append(one.amount)
        elif ledger.effect_sent(effect):
            return None
    for amount in may_be_told:
        fresh -= amount if amount <= fresh else 0
    if fresh <= 0:
        return None
    known = ledger.imported_refund(told.refund)
    return replace(told, amount=fresh + (0 if known is None else known.amount))


def _is_news(payment: PaymentImported, ledger: Ledger) -> bool:
    """Whether the journal has neither its approval nor this very report."""
    if ledger.has_taken(payment.attempt):
        return False
    known = ledger.imported_payment(payment.payment_record)
    return known is None or known != imported(payment)

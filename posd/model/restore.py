"""A journal's epochs, and the restores that began them: what is missing, and what was found of it.

An epoch is one unbroken life of the journal's facts. When facts are missing, numbers that were
given out are given out again, so a new epoch begins: it stands in every event's id and in each
report, and tells two facts of one number apart.
"""

from collections.abc import Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model.closing import Agreement, Takings, compare
from posd.model.facts import DaemonStarted
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


class Provenance(Struct, frozen=True):
    """Where a fact stands, for whoever meets it outside of its journal.

    Attributes:
        journal: The first epoch of the journal and of all its copies; "" where none is kept.
        epoch: The epoch of this copy.
        boot: Boot epoch.
        seq: Number of the fact.
    """

    journal: str = ""
    epoch: str = ""
    boot: int = 0
    seq: int = 0


NOWHERE = Provenance()


class Epoch(Struct, frozen=True):
    """One unbroken life of the journal's facts. `machine` is where it was last, hashed, or ""."""

    id: str
    journal: str
    machine: str


class ImportedPayment(Struct, frozen=True):
    """A payment that was taken by the lost facts, as Stripe tells it; fields as in the fact."""

    id: str
    restore: str
    payment_intent: str
    attempt: str
    reader: str
    amount: int
    currency: str
    amount_guaranteed: int
    amount_refunded: int
    created_ms: int
    order: str | None = None
    order_part: str | None = None
    business_day: str = ""
    terminal_id: str | None = None
    receipt: int | None = None
    epoch: str = ""
    boot: int | None = None
    seq: int | None = None

    @property
    def guards(self) -> bool:
        """Whether money was taken and has not all gone back (M7)."""
        return self.amount_refunded < self.amount


class ImportedRefund(Struct, frozen=True):
    """What went back by the lost facts of a payment that the journal has; fields as in the fact."""

    id: str
    restore: str
    payment_record: str
    payment_intent: str
    amount: int
    currency: str


class TerminalSide(Struct, frozen=True):
    """What one terminal told of the gap; fields as in `TerminalCompared`."""

    reader: str
    totals_amount: int | None
    taken: Takings
    imported_count: int
    imported_amount: int
    agreement: Agreement
    receipt: int | None
    asked_ms: int


class Decided(Struct, frozen=True):
    """A person's decision: who, when and why."""

    actor: str
    at_ms: int
    reason: str


class Restore(Struct, frozen=True):
    """Facts were lost, and what has been found out and decided since. Times are wall ms.

    Attributes:
        listed_ms: When all that Stripe has of the gap was imported, or None.
        terminals: What each terminal told of it.
        sales: Who lets tills sell before that, or None.
        accepted: Who accepted the gap, or None.
        superseded_by: The later restore whose gap this one is part of, or None.
    """

    id: str
    epoch: str
    cause: RestoreCause
    noticed_ms: int
    after_seq: int
    after_ms: int
    lost_seq: int | None
    listed_ms: int | None = None
    records_seen: int = 0
    terminals: tuple[TerminalSide, ...] = ()
    sales: Decided | None = None
    accepted: Decided | None = None
    superseded_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether the gap waits for a person, and nothing is sent upstream."""
        return self.accepted is None and self.superseded_by is None

    @property
    def closed_to_sales(self) -> bool:
        """Whether a sale could take again what the lost facts have taken."""
        return self.open and self.listed_ms is None and self.sales is None


def live_on(known: Epoch | None, fact: DaemonStarted) -> Epoch:
    """The epoch that a posd starts in; it may have learned its machine since."""
    machine = fact.machine or (known.machine if known is not None else "")
    return Epoch(fact.epoch, fact.journal, machine)


def notice(fact: RestoreNoticed, at_ms: int) -> Restore:
    """The restore as it is noticed."""
    return Restore(
        id=fact.restore,
        epoch=fact.epoch,
        cause=fact.cause,
        noticed_ms=at_ms,
        after_seq=fact.after_seq,
        after_ms=fact.after_ms,
        lost_seq=fact.lost_seq,
    )


def learn(
    restore: Restore,
    fact: UpstreamListed | TerminalCompared | SalesAllowed | GapAccepted,
    at_ms: int,
    actor: str,
) -> Restore:
    """The restore after one more fact about its gap."""
    match fact:
        case UpstreamListed():
            return replace(restore, listed_ms=at_ms, records_seen=fact.records_seen)
        case TerminalCompared():
            others = tuple(one for one in restore.terminals if one.reader != fact.reader)
            return replace(restore, terminals=(*others, _side(fact, at_ms)))
        case SalesAllowed(_, reason):
            return replace(restore, sales=Decided(actor, at_ms, reason))
        case GapAccepted(_, reason):
            return replace(restore, accepted=Decided(actor, at_ms, reason))
        case _:
            assert_never(fact)


def imported(fact: PaymentImported) -> ImportedPayment:
    """What the lost facts took, as Stripe tells it now."""
    return ImportedPayment(
        id=fact.payment_record,
        restore=fact.restore,
        payment_intent=fact.payment_intent,
        attempt=fact.attempt,
        reader=fact.reader,
        amount=fact.amount,
        currency=fact.currency,
        amount_guaranteed=fact.amount_guaranteed,
        amount_refunded=fact.amount_refunded,
        created_ms=fact.created_ms,
        order=fact.order,
        order_part=fact.order_part,
        business_day=fact.business_day,
        terminal_id=fact.terminal_id,
        receipt=fact.receipt,
        epoch=fact.epoch,
        boot=fact.boot,
        seq=fact.seq,
    )


def without_strays(payments: Sequence[ImportedPayment]) -> list[ImportedPayment]:
    """Each once: a report may be doubled, and only one of the two is made certain then (M13)."""
    certain = {one.attempt for one in payments if one.amount_guaranteed}
    return [one for one in payments if one.amount_guaranteed or one.attempt not in certain]


def imported_refund(fact: RefundImported) -> ImportedRefund:
    """What the lost facts gave back."""
    return ImportedRefund(
        id=fact.refund,
        restore=fact.restore,
        payment_record=fact.payment_record,
        payment_intent=fact.payment_intent,
        amount=fact.amount,
        currency=fact.currency,
    )


def _side(fact: TerminalCompared, at_ms: int) -> TerminalSide:
    taken = Takings(fact.since_ms, fact.count, fact.amount, fact.given_back)
    both = replace(
        taken,
        count=taken.count + fact.imported_count,
        amount=taken.amount + fact.imported_amount,
    )
    return TerminalSide(
        reader=fact.reader,
        totals_amount=None if fact.totals is None else fact.totals.amount,
        taken=taken,
        imported_count=fact.imported_count,
        imported_amount=fact.imported_amount,
        agreement=compare(both, fact.totals),
        receipt=fact.receipt,
        asked_ms=at_ms,
    )

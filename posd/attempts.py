"""The life of one card attempt: the heart.

An attempt is on disk before it gets here (M1). This module runs the terminal's dialogue and makes
each answer durable before anybody hears of it: a report before it is acknowledged, an approval at
the completion and not before (M2), a no as a value, and everything else as unknown (M3).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from posd.clock import Clock
from posd.failpoints import Failpoint, Reach
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model import attempt as moves
from posd.model.attempt import Attempt, AttemptState
from posd.model.effect import Effect
from posd.model.facts import (
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptNotSent,
    OutcomeUnknown,
    Proof,
    StatusReported,
)
from posd.model.money import terminal_amount
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance
from posd_drivers.card_reader import (
    Aborted,
    Approved,
    CardReader,
    Declined,
    Receipt,
    Reported,
    Step,
    Transaction,
)
from posd_drivers.errors import DriverError, NotSent
from posd_drivers.errors import OutcomeUnknown as DialogueBroken

log = logging.getLogger(__name__)


class Reports(Protocol):
    """Says what is owed upstream for an approval; nothing where there is no upstream (M12)."""

    def reported(self, intent: PaymentIntent, attempt: Attempt, /) -> tuple[Effect, ...]:
        """The effects of an attempt that has just been approved."""
        ...


class NoReports:
    """A store without Stripe: nothing is owed."""

    def reported(self, _intent: PaymentIntent, _attempt: Attempt, /) -> tuple[Effect, ...]:
        """Nothing."""
        return ()


NO_REPORTS = NoReports()


@dataclass(frozen=True, slots=True)
class Conclude:
    """One more fact of an attempt, from posd itself.

    `only_from` makes it a command that says nothing if the attempt has moved on meanwhile.
    """

    fact: AttemptFact
    reports: Reports = NO_REPORTS
    only_from: frozenset[AttemptState] = frozenset(AttemptState)
    actor: str = "attempts"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """The fact, and what an approval owes upstream."""
        attempt = ledger.attempt(self.fact.attempt)
        assert attempt is not None, self.fact
        if attempt.state not in self.only_from:
            return Decision(facts=(), answer=attempt.id)
        effects: tuple[Effect, ...] = ()
        if isinstance(self.fact, AttemptApproved):
            intent = ledger.payment_intent(attempt.payment_intent)
            assert intent is not None, attempt
            approved = moves.apply(attempt, self.fact, at.wall_ms)
            effects = self.reports.reported(intent, approved)
        legs = {"since_started_ms": max(0, at.wall_ms - attempt.started_ms)}
        return Decision(facts=(self.fact,), answer=attempt.id, effects=effects, legs=legs)


IN_DIALOGUE = frozenset({AttemptState.STARTED, AttemptState.REPORTED})


def charge_id(attempt: str) -> str:
    """The charge an attempt becomes if it is approved: `att_posd_X` gives `ch_posd_X`."""
    return "ch_" + attempt.removeprefix("att_")


def approval(
    attempt: Attempt,
    proof: Proof,
    transaction: Transaction | None,
    receipts: tuple[Receipt, ...] = (),
) -> AttemptApproved:
    """The fact that an attempt is approved, with the amount the terminal took."""
    taken = transaction.amount if transaction is not None else None
    return AttemptApproved(
        attempt=attempt.id,
        charge=charge_id(attempt.id),
        amount=attempt.amount if taken is None else taken,
        proof=proof,
        transaction=transaction,
        receipts=receipts,
    )


@dataclass(frozen=True, slots=True)
class AttemptParts:
    """What every attempt is run with."""

    journal: Journal
    reports: Reports
    clock: Clock
    reach: Reach


class SaleInHand:
    """What the driver tells while one sale runs; the journal has it before the terminal goes on."""

    def __init__(
        self, attempt: Attempt, parts: AttemptParts, on_step: Callable[[Step], None]
    ) -> None:
        self.taken = asyncio.Event()
        self._attempt = attempt
        self._parts = parts
        self._on_step = on_step

    def acknowledged(self) -> None:
        """The terminal took the command; the till may be answered."""
        self.taken.set()

    def progress(self, step: Step) -> None:
        """A step for the till's screen."""
        self._on_step(step)

    async def reported(self, reported: Reported) -> bool:
        """Durable first. False where the amount is not the one that was asked for (M10)."""
        accepted = self._as_asked(reported.transaction)
        fact = StatusReported(self._attempt.id, reported.transaction, accepted)
        self._parts.reach(Failpoint.BEFORE_STATUS_REPORTED)
        await self._parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
        self._parts.reach(Failpoint.AFTER_STATUS_REPORTED)
        if not accepted:
            log.error(
                "amount differs attempt=%s asked=%d reported=%s",
                self._attempt.id,
                self._attempt.amount,
                reported.transaction.amount,
            )
        return accepted

    async def approved(self, approved: Approved) -> None:
        """The completion is in hand: the approval becomes durable, with what it owes upstream."""
        fact = approval(self._attempt, Proof.DIALOGUE, approved.transaction, approved.receipts)
        self._parts.reach(Failpoint.BEFORE_ATTEMPT_APPROVED)
        await self._parts.journal.commit(Conclude(fact, self._parts.reports, IN_DIALOGUE))
        self._parts.reach(Failpoint.AFTER_ATTEMPT_APPROVED)

    def _as_asked(self, transaction: Transaction) -> bool:
        asked = terminal_amount(self._attempt.amount, self._attempt.currency)
        same_currency = transaction.currency in (None, self._attempt.currency)
        return same_currency and transaction.amount in (None, asked)


async def run(attempt: Attempt, reader: CardReader, sale: SaleInHand, parts: AttemptParts) -> None:
    """Take the attempt through the terminal's dialogue to its last durable fact.

    Returns when that fact is on disk. Raises DeviceGone-like DriverErrors never: what the link did
    is in the fact. A failing journal goes through (M17).
    """
    asked = terminal_amount(attempt.amount, attempt.currency)
    try:
        answer = await reader.authorize(asked, attempt.currency, sale)
    except NotSent:
        await _conclude(parts, AttemptNotSent(attempt.id))
    except DialogueBroken as broken:
        await _conclude(parts, OutcomeUnknown(attempt.id, broken.reason))
    except DriverError as broken:
        await _conclude(parts, OutcomeUnknown(attempt.id, type(broken).__name__))
    else:
        match answer:
            case Approved():
                pass
            case Declined(code, transaction, receipts):
                await _conclude(parts, AttemptDeclined(attempt.id, code, transaction, receipts))
            case Aborted(code, cause):
                await _conclude(parts, AttemptAborted(attempt.id, code, cause))


async def _conclude(parts: AttemptParts, fact: AttemptFact) -> None:
    await parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
    log.info("attempt finished attempt=%s outcome=%s", fact.attempt, type(fact).__name__)

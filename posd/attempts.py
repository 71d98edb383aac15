"""The life of one card attempt: the heart.

An attempt is on disk before it gets here (M1). This module runs the terminal's dialogue and makes
each answer durable before anybody hears of it: a report before it is acknowledged, an approval at
the completion and not before (M2), a no as a value, and everything else as unknown (M3).
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import assert_never

from msgspec import Struct

from posd.clock import Clock
from posd.failpoints import Failpoint, Reach
from posd.journal.store import Journal
from posd.model.as_asked import mismatch
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptAborted,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptNotSent,
    OutcomeUnknown,
    Proof,
    ReceiptPrinted,
    StatusReported,
)
from posd.model.money import terminal_amount
from posd.model.printed import masked_receipt
from posd.outcome import IN_DIALOGUE, PRINTING, Conclude, Reports, approval
from posd_drivers.card_reader import (
    Aborted,
    Answer,
    Approved,
    CardReader,
    Declined,
    Original,
    Receipt,
    Reported,
    Step,
)
from posd_drivers.errors import DriverError, NotSent, Unsupported
from posd_drivers.errors import OutcomeUnknown as DialogueBroken

log = logging.getLogger(__name__)


class AttemptParts(Struct, frozen=True):
    """What every attempt is run with. `zone` is the store's."""

    journal: Journal
    reports: Reports
    clock: Clock
    reach: Reach
    zone: tzinfo = UTC


class AttemptInHand:
    """Who is told while one attempt runs; the journal has it before the terminal goes on."""

    def __init__(
        self, attempt: Attempt, parts: AttemptParts, on_step: Callable[[Step], None]
    ) -> None:
        self.taken = asyncio.Event()
        self._attempt = attempt
        self._parts = parts
        self._on_step = on_step
        self._reader: CardReader | None = None

    def begin(self, reader: CardReader) -> None:
        """Its dialogue begins at this reader."""
        self._reader = reader

    def stop(self) -> None:
        """A cancel is in the journal: ask the terminal to stop, as soon as it has the command."""
        if self._reader is not None and self.taken.is_set():
            self._reader.abort()

    def acknowledged(self) -> None:
        """The terminal took the command; the till may be answered, and may have changed its mind.

        A cancel that came before this moment is in the journal and is sent now (M9).
        """
        self.taken.set()
        now = self._parts.journal.queries.attempt(self._attempt.id)
        assert now is not None, self._attempt
        if now.cancel_requested:
            self.stop()

    def progress(self, step: Step) -> None:
        """A step for the till's screen."""
        self._on_step(step)

    async def reported(self, reported: Reported) -> bool:
        """Durable first. False where it is not what was asked for (M10, M11)."""
        attempt = self._attempt
        original = _named_by(attempt, self._parts.journal) if attempt.original else None
        found = mismatch(attempt, original, reported.transaction)
        word = None if found is None else found.value
        fact = StatusReported(attempt.id, reported.transaction, found is None, word)
        self._parts.reach(Failpoint.BEFORE_STATUS_REPORTED)
        await self._parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
        self._parts.reach(Failpoint.AFTER_STATUS_REPORTED)
        if found is not None:
            log.error(
                "report refused attempt=%s reason=%s asked=%d reported=%s",
                attempt.id,
                found.value,
                attempt.amount,
                reported.transaction.amount,
            )
        return found is None

    async def printed(self, receipt: Receipt) -> None:
        """Durable before the terminal is told that it is printed, without card numbers."""
        fact = ReceiptPrinted(self._attempt.id, masked_receipt(receipt))
        await self._parts.journal.commit(Conclude(fact, only_from=PRINTING))

    async def approved(self, approved: Approved) -> None:
        """The completion is in hand: the approval becomes durable, with what it owes upstream."""
        receipts = tuple(map(masked_receipt, approved.receipts))
        fact = approval(self._attempt, Proof.DIALOGUE, approved.transaction, receipts)
        self._parts.reach(Failpoint.BEFORE_ATTEMPT_APPROVED)
        await self._parts.journal.commit(Conclude(fact, self._parts.reports, IN_DIALOGUE))
        self._parts.reach(Failpoint.AFTER_ATTEMPT_APPROVED)


async def run(
    attempt: Attempt, reader: CardReader, hand: AttemptInHand, parts: AttemptParts
) -> None:
    """Take the attempt through the terminal's dialogue to its last durable fact.

    Returns when that fact is on disk. Raises DeviceGone-like DriverErrors never: what the link did
    is in the fact. A failing journal goes through (M17).
    """
    hand.begin(reader)
    try:
        answer = await _ask(attempt, reader, hand, parts)
    except (NotSent, Unsupported):
        await _conclude(parts, AttemptNotSent(attempt.id))
    except DialogueBroken as broken:
        await _conclude(parts, OutcomeUnknown(attempt.id, broken.reason))
    except DriverError as broken:
        await _conclude(parts, OutcomeUnknown(attempt.id, type(broken).__name__))
    else:
        match answer:
            case Approved():
                pass
            case Declined(code, transaction, receipts, decline_code):
                printed = tuple(map(masked_receipt, receipts))
                declined = AttemptDeclined(attempt.id, code, transaction, printed, decline_code)
                await _conclude(parts, declined)
            case Aborted(code, cause):
                await _conclude(parts, AttemptAborted(attempt.id, code, cause))


async def _ask(
    attempt: Attempt, reader: CardReader, hand: AttemptInHand, parts: AttemptParts
) -> Answer:
    """What the terminal answers to what this kind of attempt asks of it."""
    asked = terminal_amount(attempt.amount, attempt.currency)
    match attempt.kind:
        case AttemptKind.SALE:
            dialogue = reader.authorize(asked, attempt.currency, hand)
        case AttemptKind.PREAUTHORISATION:
            dialogue = reader.preauthorize(asked, attempt.currency, hand)
        case AttemptKind.CAPTURE:
            dialogue = reader.capture(_original(attempt, parts), asked, hand)
        case AttemptKind.RELEASE:
            dialogue = reader.release(_original(attempt, parts), hand)
        case AttemptKind.REVERSAL:
            dialogue = reader.reverse(_original(attempt, parts), hand)
        case AttemptKind.REFUND:
            dialogue = reader.refund(asked, attempt.currency, hand)
        case AttemptKind.END_OF_DAY:
            dialogue = reader.end_of_day(hand)
        case _:
            assert_never(attempt.kind)
    return await dialogue


def _named_by(attempt: Attempt, journal: Journal) -> Attempt:
    """What the attempt builds on."""
    assert attempt.original is not None, attempt
    original = journal.queries.attempt(attempt.original)
    assert original is not None, attempt
    return original


def _original(attempt: Attempt, parts: AttemptParts) -> Original:
    """The same by its terminal's numbers; whoever began the attempt has checked them."""
    original = _named_by(attempt, parts.journal)
    told = original.told
    assert told is not None, original
    assert told.receipt is not None, original
    taken = terminal_amount(original.approved_amount or 0, original.currency)
    return Original(told.receipt, taken, original.currency, told.trace)


async def _conclude(parts: AttemptParts, fact: AttemptFact) -> None:
    await parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
    log.info("attempt finished attempt=%s outcome=%s", fact.attempt, type(fact).__name__)

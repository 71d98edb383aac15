"""Readers that hold payments, and what is done to what they hold."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from posd.intents import NewPaymentIntent
from posd.model.attempt import Attempt
from posd.model.facts import Fact
from posd.model.payment_intent import PaymentIntent
from posd.model.reader_facts import ManualCapture, ReaderRegistered
from posd.upstream.payment_records import PaymentRecordReports
from posd_drivers.card_reader import AbortCause, Aborted, Answer, Attendant, Declined, Original
from posd_drivers.errors import OutcomeUnknown
from tests.unit.posd.stage import READER, TILL, Scene, ScriptedTerminal, Stage, played

REPORTS = PaymentRecordReports()

Play: TypeAlias = Callable[..., None]


def holding(how: ManualCapture) -> ReaderRegistered:
    """The stage's reader holds payments in this way."""
    return ReaderRegistered(
        READER, f"zvt+tcp://{READER}:1", "1", None, "eur", declared=True, manual_capture=how
    )


def play_holding(folder: Path, how: ManualCapture) -> Play:
    """Plays scenes at a reader that holds payments in this way, in a store that reports."""

    def play(scene: Scene, terminal: ScriptedTerminal | None = None, *earlier: Fact) -> None:
        played(folder, scene, terminal, holding(how), *earlier, reports=REPORTS)

    return play


async def to_hold(on: Stage, amount: int = 1250, **metadata: str) -> PaymentIntent:
    """A PaymentIntent that is to be captured later."""
    new = NewPaymentIntent(amount, "eur", capture_method="manual", metadata=metadata)
    return (await on.payments.create(new, actor=TILL, claim=None)).record


async def held(on: Stage, amount: int = 1250, **metadata: str) -> PaymentIntent:
    """A PaymentIntent that the reader holds."""
    intent = await to_hold(on, amount, **metadata)
    await on.process(intent)
    return now(on, intent)


async def capture(on: Stage, intent: PaymentIntent, amount: int | None = None) -> PaymentIntent:
    return (await on.captures.capture(intent.id, amount, actor=TILL, claim=None)).record


async def cancel(on: Stage, intent: PaymentIntent, reason: str | None = None) -> PaymentIntent:
    return (await on.captures.cancel(intent.id, reason, actor=TILL, claim=None)).record


def now(on: Stage, intent: PaymentIntent) -> PaymentIntent:
    """The intent as it stands."""
    record = on.journal.queries.payment_intent(intent.id)
    assert record is not None
    return record


def booking(on: Stage, intent: PaymentIntent) -> Attempt:
    """The latest attempt to take or give back what is held."""
    attempt = on.journal.queries.attempt(now(on, intent).booking or "")
    assert attempt is not None
    return attempt


def owed(on: Stage) -> list[bytes]:
    """The bodies of what Stripe is to be told."""
    return [one.effect.body for one in on.journal.outbox.due(on.clock.now_ms, limit=9)]


async def no(_on: ScriptedTerminal, _original: Original, _amount: int, hand: Attendant) -> Answer:
    hand.acknowledged()
    return Declined(0xB7)


async def stops(_on: ScriptedTerminal, _of: Original, _amount: int, hand: Attendant) -> Answer:
    hand.acknowledged()
    return Aborted(0x6C, AbortCause.DEVICE)


async def breaks(_on: ScriptedTerminal, _of: Original, _amount: int, hand: Attendant) -> Answer:
    hand.acknowledged()
    raise OutcomeUnknown("link_lost")


async def says_nothing(
    _on: ScriptedTerminal, _of: Original, _amount: int, hand: Attendant
) -> Answer:
    hand.acknowledged()
    await asyncio.Event().wait()
    raise AssertionError("unreachable")

"""One reader, its terminal as a script, and the journal on disk, in virtual time.

What is real: journal, payments, attachment, attempts, resolver. What is played: the terminal.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, time
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace
from typing_extensions import override

from posd.attachments import Attachment
from posd.attempts import AttemptParts
from posd.captures import Captures
from posd.closing import Closings
from posd.failpoints import disarmed
from posd.intents import NewPaymentIntent
from posd.journal.command import Answered
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.attempt import Attempt
from posd.model.business_day import BusinessDay
from posd.model.facts import Fact
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.reader_facts import ReaderRegistered
from posd.outcome import NO_REPORTS, Reports
from posd.payments import Payments
from posd.refunds import Refunds
from posd.resolver import Resolver
from posd.whereabouts import NoDevices, Sightings, Whereabouts
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import (
    Answer,
    Approved,
    Attendant,
    CardReader,
    Kind,
    Original,
    OutcomeProof,
    Registered,
    Reported,
    Totals,
    Transaction,
)
from posd_drivers.errors import DeviceGone, DriverError, NotSent
from tests.simulation.ids import CountingIds
from tests.simulation.loop import virtually
from tests.unit.posd.journal.scenario import Facts, TurnedClock, open_journal

READER = "tmr_posd_1"
TILL = "key_posd_till"
TERMINAL_ID = "52523535"
OTHER_ID = "52523536"
"""Of a second terminal: two of one id are one too many."""
FSYNC_S = 0.001
HELD_S = 1.0
"""Long enough for the attachment to greet an idle terminal."""

Dialogue: TypeAlias = Callable[["ScriptedTerminal", int, str, Attendant], Awaitable[Answer]]
Booking: TypeAlias = Callable[["ScriptedTerminal", Original, int, Attendant], Awaitable[Answer]]
Closing: TypeAlias = Callable[["ScriptedTerminal", Attendant], Awaitable[Answer]]


def booked(receipt: int, amount: int | None = 1250, currency: str | None = "eur") -> Transaction:
    """A sale as the terminal stores it."""
    return Transaction(Kind.SALE, TERMINAL_ID, amount, currency, 0, receipt, trace=100 + receipt)


async def approves(
    terminal: "ScriptedTerminal", amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the command, reports, stores once it is acknowledged, completes."""
    sale.acknowledged()
    transaction = booked(terminal.next_receipt, amount)
    accepted = await sale.reported(Reported(transaction))
    assert accepted
    terminal.stored = transaction
    terminal.turnover = Totals(terminal.turnover.amount + amount)
    approved = Approved(transaction)
    await sale.approved(approved)
    return approved


async def books(
    terminal: "ScriptedTerminal", original: Original, amount: int, attendant: Attendant
) -> Answer:
    """Takes the command, reports what it did to the original, stores that, completes."""
    attendant.acknowledged()
    transaction = replace(booked(terminal.next_receipt, amount), original_trace=original.trace)
    assert await attendant.reported(Reported(transaction))
    terminal.stored = transaction
    approved = Approved(transaction)
    await attendant.approved(approved)
    return approved


def closed(totals: Totals) -> Transaction:
    """An end of day as the terminal tells it."""
    return Transaction(
        Kind.END_OF_DAY, TERMINAL_ID, totals.amount, "eur", 0, None, None, totals=totals
    )


async def closes(terminal: "ScriptedTerminal", attendant: Attendant) -> Answer:
    """Takes the command, submits what it has, reports the totals, completes."""
    attendant.acknowledged()
    transaction = closed(terminal.turnover)
    assert await attendant.reported(Reported(transaction))
    terminal.turnover = Totals(0)
    approved = Approved(transaction)
    await attendant.approved(approved)
    return approved


async def hangs(
    _terminal: "ScriptedTerminal", _amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the command and says nothing more."""
    sale.acknowledged()
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@dataclass
class ScriptedTerminal(CardReader):
    """A terminal behind the port. `faults` are raised by the named method, once each, in order."""

    dialogue: Dialogue = approves
    booking: Booking = books
    refunding: Dialogue = approves
    closing: Closing = closes
    turnover: Totals = field(default_factory=lambda: Totals(0))
    stored: Transaction | None = field(default_factory=lambda: booked(16))
    terminal_id: str | None = TERMINAL_ID
    currency: str | None = "eur"
    plugged: bool = True
    faults: dict[str, list[DriverError]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unplugged: asyncio.Event = field(default_factory=asyncio.Event)
    aborted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def next_receipt(self) -> int:
        """The number that the next booking gets."""
        return (self.stored.receipt or 0) + 1 if self.stored else 1

    async def open(self) -> CardReader:
        """What the attachment calls to get hold of the device."""
        self._fault("open")
        if not self.plugged:
            raise NotSent("no such device")
        self.unplugged.clear()
        return self

    def unplug(self) -> None:
        """The cable is out until `plugged` is set."""
        self.plugged = False
        self.unplugged.set()

    @override
    async def register(self) -> Registered:
        self._fault("register")
        return Registered(self.terminal_id, self.currency, OutcomeProof.LAST_TRANSACTION)

    @override
    async def readiness(self) -> Readiness:
        self._fault("readiness")
        return Readiness(ready=True)

    @override
    async def last_transaction(self) -> Transaction | None:
        self._fault("last_transaction")
        return self.stored and replace(self.stored, terminal_id=self.terminal_id)

    @override
    async def authorize(self, amount: int, currency: str, sale: Attendant) -> Answer:
        self._fault("authorize")
        self.aborted.clear()
        return await self.dialogue(self, amount, currency, sale)

    @override
    async def preauthorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        self._fault("preauthorize")
        return await self.dialogue(self, amount, currency, attendant)

    @override
    async def capture(self, original: Original, amount: int, attendant: Attendant) -> Answer:
        self._fault("capture")
        return await self.booking(self, original, amount, attendant)

    @override
    async def release(self, original: Original, attendant: Attendant) -> Answer:
        self._fault("release")
        return await self.booking(self, original, original.amount, attendant)

    @override
    async def reverse(self, original: Original, attendant: Attendant) -> Answer:
        self._fault("reverse")
        return await self.booking(self, original, original.amount, attendant)

    @override
    async def refund(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        self._fault("refund")
        self.aborted.clear()
        return await self.refunding(self, amount, currency, attendant)

    @override
    async def end_of_day(self, attendant: Attendant) -> Answer:
        self._fault("end_of_day")
        return await self.closing(self, attendant)

    @override
    async def totals(self) -> Totals:
        self._fault("totals")
        return self.turnover

    @override
    def abort(self) -> None:
        self.asked.append("abort")
        self.aborted.set()

    @override
    async def idle(self) -> None:
        await self.unplugged.wait()

    @override
    async def close(self) -> None:
        self.asked.append("close")

    def _fault(self, method: str) -> None:
        self.asked.append(method)
        if faults := self.faults.get(method):
            raise faults.pop(0)
        if not self.plugged:
            raise DeviceGone("unplugged")


@dataclass
class Stage:
    """A store with one lane."""

    journal: Journal
    terminal: ScriptedTerminal
    attachment: Attachment
    payments: Payments
    captures: Captures
    refunds: Refunds
    closings: Closings
    clock: TurnedClock

    async def order(self, amount: int = 1250, currency: str = "eur", **more: str) -> PaymentIntent:
        """A PaymentIntent; further arguments are its metadata."""
        new = NewPaymentIntent(amount, currency, metadata=more)
        return (await self.payments.create(new, actor=TILL, claim=None)).record

    async def process(self, intent: PaymentIntent, reader: str = READER) -> Answered[Reader]:
        """Have the reader take it, and let the dialogue end."""
        answered = await self.payments.process(reader, intent.id, actor=TILL, claim=None)
        await asyncio.sleep(HELD_S)
        return Answered(answered.record, answered.replayed)

    async def know(self, *facts: Fact) -> None:
        """Make facts true that another part of posd would have decided on."""
        await self.journal.commit(Facts(facts))

    def attempt_of(self, intent: PaymentIntent) -> Attempt:
        """The latest attempt of the intent."""
        now = self.journal.queries.payment_intent(intent.id)
        assert now is not None
        assert now.attempt is not None
        attempt = self.journal.queries.attempt(now.attempt)
        assert attempt is not None
        return attempt

    def kinds(self, object_id: str) -> list[str]:
        """What is journaled of an object, by kind, in order."""
        return [entry.kind for entry in self.journal.queries.entries(object_id)]


Scene: TypeAlias = Callable[[Stage], Awaitable[None]]


def played(
    folder: Path,
    scene: Scene,
    terminal: ScriptedTerminal | None = None,
    *earlier: Fact,
    reports: Reports = NO_REPORTS,
) -> None:
    """Play the scene on a stage of its own, in virtual time."""

    async def main() -> None:
        async with stage(folder, terminal, *earlier, reports=reports) as on:
            await scene(on)

    virtually(main())


def registered(reader: str = READER, currency: str = "eur") -> Fact:
    """The fact that the stage's reader is known."""
    return ReaderRegistered(
        reader, f"zvt+tcp://{reader}:1", "Till 1", None, currency, declared=False
    )


@asynccontextmanager
async def stage(
    folder: Path,
    terminal: ScriptedTerminal | None = None,
    *earlier: Fact,
    reports: Reports = NO_REPORTS,
) -> AsyncIterator[Stage]:
    """A store whose attachment has had time to greet the terminal.

    `earlier` are facts that the journal already held.
    """
    terminal = terminal or ScriptedTerminal()
    clock = TurnedClock()
    journal = open_journal(folder, executor=LoopExecutor(lambda: FSYNC_S), clock=clock)
    await journal.commit(Facts((registered(), *earlier)))
    resolver = Resolver(journal, reports)
    parts = AttemptParts(journal, reports, clock, disarmed)
    known = journal.queries.reader(READER)
    assert known is not None
    whereabouts = Whereabouts(READER, lambda _: terminal.open(), Sightings(), NoDevices())
    attachment = Attachment(known, whereabouts, parts, resolver)
    ids = CountingIds()
    payments = Payments(
        journal,
        {READER: attachment},
        ids=ids,
        clock=clock,
        day=BusinessDay(UTC, time(4)),
        order_key="order_id",
        offline_rule=lambda _reader: None,
        reach=disarmed,
    )
    captures = Captures(journal, {READER: attachment}, reports, ids=ids, reach=disarmed)
    refunds = Refunds(journal, {READER: attachment}, ids=ids, reach=disarmed)
    closings = Closings(journal, {READER: attachment}, ids)
    async with asyncio.TaskGroup() as group:
        held = group.create_task(attachment.run(), name="attachment")
        await asyncio.sleep(HELD_S)
        try:
            yield Stage(journal, terminal, attachment, payments, captures, refunds, closings, clock)
        finally:
            held.cancel()
    journal.close()

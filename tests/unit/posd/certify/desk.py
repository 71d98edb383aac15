"""A terminal behind the port that does what each case wants, or something else; and a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from posd.certify.cases import Desk
from posd.certify.visit import Place
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import (
    Answer,
    Approved,
    Attendant,
    CardDetails,
    CardReader,
    Kind,
    Original,
    OutcomeProof,
    Receipt,
    Registered,
    Reported,
    Step,
    Transaction,
)
from posd_drivers.errors import DriverError
from posd_drivers.transport.tap import Direction

AMOUNT = 100


def sold(receipt: int, **card: str | None) -> Transaction:
    """A sale of the amount as the terminal tells it."""
    details = CardDetails(**card)  # type: ignore[arg-type]
    return Transaction(
        Kind.SALE, "52523535", AMOUNT, "eur", 0, receipt, receipt, date="1123", card=details
    )


def approved(receipt: int, **card: str | None) -> Approved:
    return Approved(sold(receipt, **card))


@dataclass
class Terminal(CardReader):
    """Answers each command with the next of `answers`; what is approved is stored last.

    Attributes:
        unheard: What it stores over an answer that did not get through.
        reports: What it reports instead of what it answers.
        until_stopped: Whether it answers only once the till has asked it to stop.
        unmet: What its registration ends with.
    """

    answers: list[Answer | DriverError]
    unheard: Transaction | None = None
    reports: Transaction | None = None
    until_stopped: bool = False
    unmet: DriverError | None = None
    steps: Sequence[Step] = ()
    busy_for: int = 0
    stored: Transaction | None = field(default_factory=lambda: sold(16))
    store_error: DriverError | None = None
    asked: list[str] = field(default_factory=list)
    agreed: list[bool] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def register(self) -> Registered:
        self.asked.append("register")
        if self.unmet is not None:
            raise self.unmet
        return Registered("52523535", "eur", OutcomeProof.LAST_TRANSACTION)

    @override
    async def readiness(self) -> Readiness:
        self.busy_for -= 1
        return Readiness(ready=self.busy_for < 0, status=0x9C if self.busy_for >= 0 else 0)

    @override
    async def last_transaction(self) -> Transaction | None:
        if self.store_error is not None:
            raise self.store_error
        return self.stored

    @override
    async def authorize(self, _amount: int, _currency: str, attendant: Attendant) -> Answer:
        return await self._carry_out("authorize", attendant)

    @override
    async def reverse(self, original: Original, attendant: Attendant, /) -> Answer:
        return await self._carry_out(f"reverse {original.receipt}", attendant)

    @override
    async def refund(self, _amount: int, _currency: str, attendant: Attendant, /) -> Answer:
        return await self._carry_out("refund", attendant)

    @override
    async def end_of_day(self, attendant: Attendant, /) -> Answer:
        return await self._carry_out("end_of_day", attendant)

    @override
    def abort(self) -> None:
        self.stopped.set()

    @override
    async def idle(self) -> None:
        raise AssertionError("nobody waits for it")

    @override
    async def close(self) -> None:
        self.asked.append("close")

    async def _carry_out(self, command: str, attendant: Attendant) -> Answer:
        self.asked.append(command)
        answer = self.answers.pop(0)
        attendant.acknowledged()
        for step in self.steps:
            attendant.progress(step)
        if self.until_stopped:
            await self.stopped.wait()
        if isinstance(answer, DriverError):
            self.stored = self.unheard or self.stored
            raise answer
        if isinstance(answer, Approved):
            told = Reported(self.reports or answer.transaction)
            self.agreed.append(await attendant.reported(told))
            await attendant.printed(Receipt("merchant", ("EUR 1,00", "")))
            await attendant.approved(answer)
            self.stored = answer.transaction
        return answer


@dataclass
class Person:
    """Does at once what is asked, and answers every question the same."""

    yes: bool
    told: list[str] = field(default_factory=list)

    def waits(self, what: str) -> None:
        self.told.append(what)

    def agrees(self, question: str) -> bool:
        self.told.append(question)
        return self.yes


@dataclass
class Ended:
    """A recording that keeps the outcomes it is told."""

    outcomes: list[tuple[str, int]] = field(default_factory=list)
    openings: int = 0

    def heard(self, _direction: Direction, _octets: bytes) -> None:
        """Nothing is heard: there is no line."""

    def broken(self) -> None:
        self.openings += 1

    def ended(self, outcome: str, lines: int) -> None:
        self.outcomes.append((outcome, lines))

    def as_text(self, source: str) -> str:
        return source


def desk_at(
    terminal: Terminal, person: Person | None = None, recording: Ended | None = None
) -> Desk:
    """A desk with that terminal on it."""

    async def open_reader() -> CardReader:
        return terminal

    place = Place(open_reader, "eur", recording or Ended(), lambda _step: None)
    return Desk(place, person or Person(yes=True), AMOUNT)

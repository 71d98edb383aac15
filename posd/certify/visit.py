"""One dialogue with a terminal that nobody else holds, recorded.

Each visit opens the device, logs on, asks where the counters stand, does one thing and lets go.
Nothing is journaled and nothing is reported: a person stands by, and is told to look.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias, TypeVar, assert_never

from msgspec import Struct

from posd.counters import baseline_after
from posd.model.facts import Baseline
from posd_drivers.card_reader import (
    Aborted,
    Answer,
    Approved,
    Attendant,
    CardReader,
    Declined,
    Receipt,
    Registered,
    Reported,
    Step,
)
from posd_drivers.catalogue import Recording
from posd_drivers.errors import (
    DriverError,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unsupported,
)

T = TypeVar("T")

ABORT_AFTER_S: Final = 3.0
"""How long the terminal shows a payment before the till wants to end it."""

IDLE_WITHIN_S: Final = 120.0
IDLE_PROBE_S: Final = 1.0

Question: TypeAlias = Callable[[CardReader], Awaitable[T]]
Command: TypeAlias = Callable[[CardReader, Attendant], Awaitable[Answer]]
OnStep: TypeAlias = Callable[[Step], None]


class Place(Struct, frozen=True):
    """Where the terminal is.

    Attributes:
        open_reader: Opens the device, which nobody else holds. Raises NotSent, DeviceBusy.
        currency: The one that the terminal takes.
        recording: Hears all of it.
        on_step: Is told what the terminal waits for.
    """

    open_reader: Callable[[], Awaitable[CardReader]]
    currency: str
    recording: Recording
    on_step: OnStep


class Met(Struct, frozen=True):
    """A terminal as it was before it was asked for anything."""

    registered: Registered
    baseline: Baseline


class Outcome(Struct, frozen=True):
    """What a command came to, and what was seen on the way.

    Attributes:
        answer: The terminal's definite answer, or why there is none.
        steps: What it waited for, in order.
    """

    met: Met
    answer: Answer | DriverError
    steps: tuple[Step, ...] = ()

    @property
    def words(self) -> str:
        """As a transcript says it."""
        match self.answer:
            case Approved(transaction):
                return f"approved receipt={transaction.receipt}"
            case Declined(code):
                return f"declined {code:02X}"
            case Aborted(code, cause):
                return f"aborted {code:02X} {cause.value}"
            case OutcomeUnknown() as unknown:
                return f"unknown {unknown.reason}"
            case NotSent():
                return "not sent"
            case DriverError():
                return str(self.answer) or type(self.answer).__name__
            case _:
                assert_never(self.answer)


async def ask(place: Place, question: Question[T]) -> tuple[Met, T]:
    """Put a question that moves no money. Raises DriverError."""
    async with _at(place) as (reader, met):
        return met, await question(reader)


async def ask_when_idle(place: Place, question: Question[T]) -> T:
    """As `ask`, once the terminal says that it would take a payment. Raises DriverError.

    NoAnswer if it does not within IDLE_WITHIN_S: it may still be at what its till left behind.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(IDLE_WITHIN_S):
            while not await _is_idle(place):  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(IDLE_PROBE_S)
            _, answer = await ask(place, question)
            return answer
    raise NoAnswer(f"the terminal was not idle within {IDLE_WITHIN_S:.0f} s")


async def carry_out(
    place: Place, command: Command, amount: int | None, abort_after_s: float | None = None
) -> Outcome:
    """Have the terminal carry out a command that moves money, once.

    Args:
        place: Where.
        command: What of the port.
        amount: What it must report, in minor units (M10); None for whatever it says.
        abort_after_s: When the till asks it to stop, after it took the command; None for never.

    Raises DriverError where the terminal was not even met: nothing was asked of it then.
    """
    async with _at(place) as (reader, met):
        hand = _Hand(reader, amount, abort_after_s, place.on_step)
        answer: Answer | DriverError
        try:
            answer = await command(reader, hand)
        except DriverError as error:
            answer = error
        outcome = Outcome(met, answer, tuple(hand.steps))
        place.recording.ended(outcome.words, hand.lines + _lines(answer))
        return outcome


@asynccontextmanager
async def _at(place: Place) -> AsyncIterator[tuple[CardReader, Met]]:
    place.recording.broken()
    reader = await place.open_reader()
    try:
        registered = await reader.register()
        yield reader, Met(registered, await _baseline(reader, registered.terminal_id))
    finally:
        await reader.close()


async def _baseline(reader: CardReader, terminal_id: str | None) -> Baseline:
    """Where its counters stand; not `asked` where it cannot tell. Raises DeviceGone."""
    try:
        last = await reader.last_transaction()
    except (Unsupported, Refused, NoAnswer):
        return Baseline(terminal_id, asked=False)
    asked = Baseline(terminal_id, asked=True)
    return asked if last is None else baseline_after(asked, last)


async def _is_idle(place: Place) -> bool:
    with suppress(DriverError):
        _, readiness = await ask(place, lambda reader: reader.readiness())
        return readiness.ready
    return False


class _Hand:
    """A till without a journal: agrees to the amount that was asked for and to no other."""

    def __init__(
        self, reader: CardReader, amount: int | None, abort_after_s: float | None, on_step: OnStep
    ) -> None:
        self.steps: list[Step] = []
        self.lines = 0
        self._reader = reader
        self._amount = amount
        self._abort_after_s = abort_after_s
        self._on_step = on_step

    def acknowledged(self) -> None:
        if self._abort_after_s is not None:
            asyncio.get_running_loop().call_later(self._abort_after_s, self._reader.abort)

    def progress(self, step: Step) -> None:
        self.steps.append(step)
        self._on_step(step)

    async def reported(self, reported: Reported) -> bool:
        return self._amount is None or reported.transaction.amount in (None, self._amount)

    async def printed(self, receipt: Receipt) -> None:
        self.lines += len(receipt.lines)

    async def approved(self, approved: Approved) -> None:
        """Whoever stands by is told when it is over."""


def _lines(answer: Answer | DriverError) -> int:
    match answer:
        case Approved(_, receipts) | Declined(_, _, receipts):
            return sum(len(receipt.lines) for receipt in receipts)
        case _:
            return 0

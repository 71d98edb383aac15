"""A card reader that keeps time: whatever a driver waits for, posd gets its reader back.

The drivers have timers of their own, and a terminal that keeps talking can start them anew for
ever. Past the deadline a call is cut off in the middle, so that a payment's outcome is unknown (M3)
and the link of no further use: it is closed and opened again (M18).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from typing_extensions import override

from posd_drivers.ability import Readiness
from posd_drivers.card_reader import (
    Answer,
    Attendant,
    CardReader,
    Original,
    Receipt,
    Registered,
    Totals,
    Transaction,
)
from posd_drivers.errors import DeviceGone, OutcomeUnknown

log = logging.getLogger(__name__)

T = TypeVar("T")

DRIVER_S_MAX: Final = 600.0
"""How long a driver may take for one call: a sale with every T4 (180 s) a customer can use up."""
CLOSE_S_MAX: Final = 10.0
OVERDUE: Final = "driver_overdue"

OpenReader: TypeAlias = Callable[[], Awaitable[CardReader]]
"""Opens the device of one reader. Raises NotSent, DeviceBusy."""


class Overdue(DeviceGone):
    """A driver was past its deadline; its call was cut off, and with it the link."""


async def open_in_time(open_reader: OpenReader) -> CardReader:
    """The reader behind an opened device, whose every call has an absolute deadline.

    Raises NotSent, DeviceBusy, and Overdue, as its questions do.
    """
    return TimedReader(await _answer(open_reader()))


class TimedReader(CardReader):
    """A reader of which every call ends, in DRIVER_S_MAX at the latest. `idle` waits for ever."""

    def __init__(self, reader: CardReader) -> None:
        self._reader = reader

    @override
    async def register(self) -> Registered:
        return await _answer(self._reader.register())

    @override
    async def readiness(self) -> Readiness:
        return await _answer(self._reader.readiness())

    @override
    async def last_transaction(self) -> Transaction | None:
        return await _answer(self._reader.last_transaction())

    @override
    async def authorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.authorize(amount, currency, attendant))

    @override
    async def preauthorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.preauthorize(amount, currency, attendant))

    @override
    async def capture(self, original: Original, amount: int, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.capture(original, amount, attendant))

    @override
    async def release(self, original: Original, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.release(original, attendant))

    @override
    async def reverse(self, original: Original, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.reverse(original, attendant))

    @override
    async def refund(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.refund(amount, currency, attendant))

    @override
    async def end_of_day(self, attendant: Attendant) -> Answer:
        return await _outcome(self._reader.end_of_day(attendant))

    @override
    async def totals(self) -> Totals:
        return await _answer(self._reader.totals())

    @override
    async def open_preauthorisations(self) -> tuple[int, ...]:
        return await _answer(self._reader.open_preauthorisations())

    @override
    async def reprint(self) -> tuple[Receipt, ...]:
        return await _answer(self._reader.reprint())

    @override
    async def diagnose(self) -> None:
        await _answer(self._reader.diagnose())

    @override
    async def initialise(self) -> None:
        await _answer(self._reader.initialise())

    @override
    async def set_clock(self, at: datetime) -> None:
        await _answer(self._reader.set_clock(at))

    @override
    async def send_offline(self) -> None:
        await _answer(self._reader.send_offline())

    @override
    def abort(self) -> None:
        self._reader.abort()

    @override
    async def restart(self) -> None:
        await _answer(self._reader.restart())

    @override
    async def idle(self) -> None:
        await self._reader.idle()

    @override
    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await self._reader.close()
        except TimeoutError:
            log.error("a driver does not let go of its device")  # noqa: TRY400 (no bug of ours)


async def _outcome(asked: Awaitable[Answer]) -> Answer:
    """What became of money. Raises what the driver raises, and OutcomeUnknown when it is late."""
    try:
        async with asyncio.timeout(DRIVER_S_MAX):
            return await asked
    except TimeoutError as error:
        raise OutcomeUnknown(OVERDUE) from error


async def _answer(asked: Awaitable[T]) -> T:
    """What the driver answers. Raises what the driver raises, and Overdue."""
    try:
        async with asyncio.timeout(DRIVER_S_MAX):
            return await asked
    except TimeoutError as error:
        raise Overdue(OVERDUE) from error

"""A card reader that keeps time: whatever a driver waits for, posd gets its reader back.

The drivers have timers of their own, and a terminal that keeps talking can start them anew for
ever. Past the deadline a call is cut off in the middle, so that a payment's outcome is unknown (M3)
and the link of no further use: it is closed and opened again (M18).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

from typing_extensions import override

from posd_drivers.card_reader import Answer, CardReader, Registered, Sale, Transaction
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
    async def is_idle(self) -> bool:
        return await _answer(self._reader.is_idle())

    @override
    async def last_transaction(self) -> Transaction | None:
        return await _answer(self._reader.last_transaction())

    @override
    async def authorize(self, amount: int, currency: str, sale: Sale) -> Answer:
        try:
            async with asyncio.timeout(DRIVER_S_MAX):
                return await self._reader.authorize(amount, currency, sale)
        except TimeoutError as error:
            raise OutcomeUnknown(OVERDUE) from error

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


async def _answer(asked: Awaitable[T]) -> T:
    """What the driver answers. Raises what the driver raises, and Overdue."""
    try:
        async with asyncio.timeout(DRIVER_S_MAX):
            return await asked
    except TimeoutError as error:
        raise Overdue(OVERDUE) from error

"""A terminal that follows a script, over a memory link and under a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from posd_drivers.card_reader import Approved, CardReader, Receipt, Reported, Step
from posd_drivers.errors import DriverError
from posd_drivers.transport.base import Transport
from posd_drivers.transport.memory import MemoryTransport, Pair, pair
from posd_drivers.zvt.reader import ZvtReader
from posd_drivers.zvt.settings import Framing, ZvtSettings
from tests.simulation.loop import virtually

SETTINGS = ZvtSettings(password="000000", currency="eur", framing=Framing.STREAM)
GOOD = "80 00 00"
COMPLETION = "06 0f 00"

Script = list[tuple[str, str]]


class DiskFullError(Exception):
    """A journal that failed."""


class TillFake:
    """An `Attendant` that remembers what it was told and decides as it was made to.

    `error` is what reporting fails with, `print_error` what keeping a receipt does.
    """

    def __init__(
        self,
        *,
        accepts: bool = True,
        error: Exception | None = None,
        print_error: Exception | None = None,
    ) -> None:
        self._accepts = accepts
        self._error = error
        self._print_error = print_error
        self.told: list[object] = []

    def acknowledged(self) -> None:
        self.told.append("acknowledged")

    def progress(self, step: Step) -> None:
        self.told.append(step)

    async def reported(self, reported: Reported) -> bool:
        self.told.append(reported)
        await asyncio.sleep(0.01)
        if self._error is not None:
            raise self._error
        return self._accepts

    async def printed(self, receipt: Receipt) -> None:
        await asyncio.sleep(0.01)
        if self._print_error is not None:
            raise self._print_error
        self.told.append(receipt)

    async def approved(self, approved: Approved) -> None:
        await asyncio.sleep(0.01)
        self.told.append(approved)


async def play(terminal: Transport, script: Script) -> None:
    """The terminal: hears exactly these octets, then says those."""
    for expected, says in script:
        rest = bytes.fromhex(expected)
        while rest:
            heard = await terminal.read()
            assert rest.startswith(heard), f"{heard.hex(' ')} instead of {rest.hex(' ')}"
            rest = rest.removeprefix(heard)
        if says:
            await terminal.write(bytes.fromhex(says))


T = TypeVar("T")


def outcome_of(
    script: Script,
    use: Callable[[CardReader], Awaitable[T]],
    *,
    link: Callable[[], Pair] = pair,
    settings: ZvtSettings = SETTINGS,
) -> T | Exception:
    """What `use` came to with a terminal that follows the script to its end."""

    async def main() -> T | Exception:
        wire = link()
        async with asyncio.TaskGroup() as group:
            group.create_task(play(wire.pt, script))
            try:
                return await use(ZvtReader(wire.ecr, settings))
            except (DriverError, DiskFullError) as error:
                return error

    return virtually(main())


def octets_carried(link: Pair) -> tuple[int, int]:
    """How many went to the terminal, and how many to the till."""
    assert isinstance(link.pt, MemoryTransport)
    assert isinstance(link.ecr, MemoryTransport)
    return link.pt._inbound._passed, link.ecr._inbound._passed

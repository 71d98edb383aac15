"""A look at a device that nobody registered: does a terminal answer there, and at which speed?

Only where a person asks for it: a device that nobody knows gets no octet otherwise. What it gets
then is ZVT's status enquiry, which moves no money and logs nobody on or off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from posd_drivers.catalogue import ReaderAddress, SerialAddress, connect, parse_url, url_of
from posd_drivers.errors import DriverError, NoAnswer
from posd_drivers.plugged.device import Plugged
from posd_drivers.transport.base import Transport
from posd_drivers.transport.line import BAUDS, Format, Line
from posd_drivers.transport.tap import Direction, Tap
from posd_drivers.zvt.framing import ACK, DLE, NAK
from posd_drivers.zvt.introduction import Introduction, introduction
from posd_drivers.zvt.settings import Framing

HEARD_S: Final = 1.0
"""A terminal acknowledges a frame at once (zvt.md 2.4), but not one at another speed."""
ANSWER_S: Final = 8.0
"""From its first octet to the whole answer: a busy terminal takes its time to say so."""
LOOK_S_MAX: Final = 25.0
FORMATS: Final[tuple[Format, ...]] = ("8N2", "8N1")
"""Seven bits cannot carry a frame of ZVT."""
LINES: Final = tuple(Line(baud, format_) for format_ in FORMATS for baud in BAUDS)
SAID_BY_A_LINK: Final = frozenset({ACK, NAK, DLE})
"""What a terminal's first octet can be."""

Connect: TypeAlias = Callable[[ReaderAddress], Awaitable[Transport]]


class Answers(Enum):
    """What answers at a device."""

    ZVT = "zvt"
    LINK_ONLY = "zvt_link_only"
    """Frames are acknowledged and the question is not answered: a terminal that is occupied."""
    NOTHING = "nothing"
    NOT_ASKED = "not_asked"
    """It could not be opened, or went away."""


class Look(Struct, frozen=True):
    """What somebody who looked has seen.

    Attributes:
        url: What to register it with, at the speed that answered; as before where none did.
        line: That speed and format; None where none answered, or the device has no such settings.
        told: What the terminal told of itself, where it did.
        trouble: Why it was not asked, in a sentence.
    """

    answers: Answers
    url: str
    line: Line | None = None
    told: Introduction | None = None
    trouble: str | None = None


async def look(plugged: Plugged, *, connect: Connect = connect) -> Look:
    """Ask the device at each speed who it is, for 25 s at most. Never raises a DriverError.

    Opening a serial port may raise its control lines, as every program does that opens one.
    """
    address = parse_url(plugged.url)
    acknowledged: list[ReaderAddress] = []
    try:
        async with asyncio.timeout(LOOK_S_MAX):
            for place in _places(address):
                told = await _ask(place, connect, acknowledged.append)
                if told is not None:
                    return _seen(Answers.ZVT, place, told)
    except TimeoutError:
        pass
    except DriverError as error:
        return Look(Answers.NOT_ASKED, plugged.url, trouble=str(error))
    if acknowledged:
        return _seen(Answers.LINK_ONLY, acknowledged[0])
    return Look(Answers.NOTHING, plugged.url)


def _places(address: ReaderAddress) -> list[ReaderAddress]:
    """The address at each speed; on USB without a serial port there is one."""
    if isinstance(address, SerialAddress):
        return [replace(address, line=line) for line in LINES]
    return [address]


async def _ask(
    place: ReaderAddress, connect: Connect, on_acknowledged: Callable[[ReaderAddress], None]
) -> Introduction | None:
    """What it tells; None if it says nothing that can be read. Raises as opening does."""
    link = await connect(place)
    try:
        async with asyncio.timeout(HEARD_S) as limit:
            ear = _Ear(limit, lambda: on_acknowledged(place))
            return await introduction(Tap(link, ear.heard), Framing.SERIAL)
    except (NoAnswer, TimeoutError):
        return None
    finally:
        await link.close()


class _Ear:
    """Puts the limit off once something speaks that may be a terminal."""

    def __init__(self, limit: asyncio.Timeout, on_acknowledged: Callable[[], None]) -> None:
        self._limit = limit
        self._on_acknowledged = on_acknowledged
        self._silent = True

    def heard(self, direction: Direction, octets: bytes) -> None:
        if direction is Direction.TO_TERMINAL or not self._silent:
            return
        self._silent = False
        if octets[0] in SAID_BY_A_LINK:
            self._limit.reschedule(asyncio.get_running_loop().time() + ANSWER_S)
        if octets[0] == ACK:
            self._on_acknowledged()


def _seen(answers: Answers, place: ReaderAddress, told: Introduction | None = None) -> Look:
    line = place.line if isinstance(place, SerialAddress) else None
    return Look(answers, url_of(place), line, told)

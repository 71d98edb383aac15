"""Where a reader's terminal is: at the reader's address, or where it has been met since.

A reader is its terminal, not a path: cables are swapped, and a USB port gets another name each
time. What the operating system says of a device is asked before it is opened; who a terminal is, it
says itself, and every attachment tells the others whom it has met. That is forgotten with the
process: the next one meets them again.
"""

import errno
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from typing_extensions import override

from posd.live import Trouble
from posd.model.reader import Reader
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent

OpenAt: TypeAlias = Callable[[str], Awaitable[CardReader]]
"""Opens the device at this URL. Raises NotSent, DeviceBusy."""


class WrongTerminal(Exception):
    """What is there is not the terminal this reader is for; it was asked for nothing but its id."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Devices(Protocol):
    """What is plugged in, as the operating system tells it; no device is asked.

    An identity is vendor, product and serial number, e.g. `0b00:0081/SERIAL`.
    """

    async def identity_of(self, address: str, known: str | None = None) -> str | None:
        """The identity of the USB device at this reader's URL now; None where there is none.

        `known` where it is still the device of that identity: one that was told from its twin by
        its port has another name once the twin is gone.
        """
        ...

    async def moved(self, address: str, identity: str) -> str | None:
        """The URL at which the device of that identity is now, else as `address`; or None."""
        ...


class NoDevices(Devices):
    """Where nothing has an identity."""

    @override
    async def identity_of(self, address: str, known: str | None = None) -> str | None:
        return None

    @override
    async def moved(self, address: str, identity: str) -> str | None:
        return None


class Place(Struct, frozen=True):
    """Where a reader is looked for.

    Attributes:
        address: Its URL.
        home: Whether it is the reader's own, or its device's, and not another reader's.
        device: Identity of the USB device that is there, or None.
    """

    address: str
    home: bool
    device: str | None = None


class Sightings:
    """Which terminal was met where, and which reader has which of them, and which place, now."""

    def __init__(self) -> None:
        self._wake: dict[str, Callable[[], None]] = {}
        self._met: dict[str, Place] = {}
        self._taken: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._vacated: dict[str, Place] = {}

    def join(self, reader: str, wake: Callable[[], None]) -> None:
        """This reader is held from here on; `wake` is called when its terminal was met anew."""
        self._wake[reader] = wake

    def leave(self, reader: str) -> None:
        """It is held no more: its terminal is whose it is attached to next."""
        self._wake.pop(reader, None)

    def joined(self, reader: str) -> bool:
        """Whether somebody holds this reader, or tries to."""
        return reader in self._wake

    def met(self, terminal_id: str | None, place: Place, owner: str | None) -> None:
        """This terminal answered there; `owner` is the reader held for it, None if it is at home.

        Whoever was met there before is elsewhere now.
        """
        before = self.met_at(terminal_id)
        self._met = {
            id_: one
            for id_, one in self._met.items()
            if one.address != place.address and id_ != terminal_id
        }
        if terminal_id is None or owner is None:
            return
        self._met[terminal_id] = replace(place, home=False)
        if self.joined(owner) and (before is None or before.address != place.address):
            self._wake[owner]()

    def met_at(self, terminal_id: str | None) -> Place | None:
        """Where this terminal was met last that is not its reader's own place, or None."""
        return None if terminal_id is None else self._met.get(terminal_id)

    def holder(self, terminal_id: str | None) -> str | None:
        """The reader that has this terminal at this moment, or None."""
        return None if terminal_id is None else self._held.get(terminal_id)

    def hold(self, terminal_id: str | None, reader: str) -> None:
        """The reader has it, until it leaves its place."""
        if terminal_id is not None:
            self._held[terminal_id] = reader

    def free(self, place: Place, reader: str) -> bool:
        """Whether no other reader is at this address, or has this device."""
        return all(self._taken.get(one, reader) == reader for one in _names(place))

    def vacated(self) -> list[Place]:
        """The own places of readers that are elsewhere: who is missed may be there."""
        return list(self._vacated.values())

    @contextmanager
    def taken(self, place: Place, known: Reader) -> Iterator[None]:
        """The reader is there meanwhile. Raises WrongTerminal where another one is."""
        reader = known.id
        if not self.free(place, reader):
            raise WrongTerminal(Trouble.OTHER_TERMINAL)
        self._taken |= dict.fromkeys(_names(place), reader)
        if not place.home and known.address:
            self._vacated[reader] = Place(known.address, home=False, device=known.device)
        try:
            yield
        finally:
            self._vacated.pop(reader, None)
            self._taken = {one: who for one, who in self._taken.items() if who != reader}
            self._held = {one: who for one, who in self._held.items() if who != reader}


class Whereabouts:
    """Looks for one reader's terminal, one place after the other."""

    def __init__(
        self, reader_id: str, open_at: OpenAt, sightings: Sightings, devices: Devices
    ) -> None:
        self.sightings = sightings
        self._reader_id = reader_id
        self._open_at = open_at
        self._devices = devices
        self._tried: str | None = None
        self._found: str | None = None

    async def look(self, known: Reader) -> Place:
        """Where to open it now: where it was found last, or the next place where it may be.

        Raises WrongTerminal while other readers are there, NotSent where there is no such place.
        """
        home, met_at = await self._home(known), self.sightings.met_at(known.terminal_id)
        places = [] if home is None else [home]
        elsewhere = [] if met_at is None else [met_at]
        if home is not None and not self._is_free(home):
            elsewhere += self.sightings.vacated()
        places += [place for place in elsewhere if await self._has(place)]
        if not places:
            raise _unplugged()
        return self._turn([place for place in places if self._is_free(place)])

    async def _has(self, place: Place) -> bool:
        """Whether the device that is known there is there still."""
        return await self._devices.identity_of(place.address, place.device) == place.device

    async def _home(self, known: Reader) -> Place | None:
        """The reader's own address, or where its device is now; None where it is nowhere."""
        if not known.address:
            return None
        here = await self._devices.identity_of(known.address, known.device)
        if known.device in (None, here):
            return Place(known.address, home=True, device=here)
        moved = await self._devices.moved(known.address, known.device)
        if moved is not None:
            return Place(moved, home=True, device=known.device)
        return None if here is None else Place(known.address, home=True, device=here)

    def _is_free(self, place: Place) -> bool:
        return self.sightings.free(place, self._reader_id)

    def _turn(self, places: Sequence[Place]) -> Place:
        if not places:
            raise WrongTerminal(Trouble.OTHER_TERMINAL)
        addresses = [place.address for place in places]
        after = addresses.index(self._tried) + 1 if self._tried in addresses else 0
        found = addresses.index(self._found) if self._found in addresses else after
        place = places[found % len(places)]
        self._tried, self._found = place.address, None
        return place

    async def open(self, place: Place) -> CardReader:
        """The device there. Raises NotSent, DeviceBusy."""
        return await self._open_at(place.address)

    async def still(self, place: Place) -> Place:
        """The place with the device that is there now that it is open. Raises NotSent."""
        here = await self._devices.identity_of(place.address, place.device)
        if here != place.device and (here is None or not place.home):
            raise _unplugged()
        return replace(place, device=here)

    def at(self, place: Place, known: Reader) -> AbstractContextManager[None]:
        """Be there, and nobody else. Raises WrongTerminal."""
        return self.sightings.taken(place, known)

    def found(self) -> None:
        """Its terminal was where it was looked for."""
        self._found = self._tried


def _names(place: Place) -> tuple[str, ...]:
    """What nobody else may be at."""
    return (place.address,) if place.device is None else (place.address, place.device)


def _unplugged() -> NotSent:
    """As if its path were gone: no other device will do."""
    unplugged = NotSent("it is not plugged in")
    unplugged.__cause__ = FileNotFoundError(errno.ENOENT, "gone")
    return unplugged

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

    async def identity_of(self, address: str) -> str | None:
        """The identity of the USB device at this reader's URL now; None where there is none."""
        ...

    async def moved(self, address: str, identity: str) -> str | None:
        """The URL at which the device of that identity is now, else as `address`; or None."""
        ...


class NoDevices(Devices):
    """Where nothing has an identity."""

    @override
    async def identity_of(self, address: str) -> str | None:
        return None

    @override
    async def moved(self, address: str, identity: str) -> str | None:
        return None


class Sightings:
    """Which terminal was met where, and which reader has which of them, and which place, now."""

    def __init__(self) -> None:
        self._wake: dict[str, Callable[[], None]] = {}
        self._met: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._held: dict[str, str] = {}

    def join(self, reader: str, wake: Callable[[], None]) -> None:
        """This reader is held from here on; `wake` is called when its terminal was met anew."""
        self._wake[reader] = wake

    def leave(self, reader: str) -> None:
        """It is held no more: its terminal is whose it is attached to next."""
        self._wake.pop(reader, None)

    def joined(self, reader: str) -> bool:
        """Whether somebody holds this reader, or tries to."""
        return reader in self._wake

    def met(self, terminal_id: str | None, address: str, owner: str | None) -> None:
        """This terminal answered there; `owner` is the reader that is held for it, if any is.

        Whoever was met there before is elsewhere now.
        """
        before = self.met_at(terminal_id)
        self._met = {id_: place for id_, place in self._met.items() if place != address}
        if terminal_id is None or owner is None:
            return
        self._met[terminal_id] = address
        if before != address and self.joined(owner):
            self._wake[owner]()

    def met_at(self, terminal_id: str | None) -> str | None:
        """Where this terminal was met last, or None."""
        return None if terminal_id is None else self._met.get(terminal_id)

    def holder(self, terminal_id: str | None) -> str | None:
        """The reader that has this terminal at this moment, or None."""
        return None if terminal_id is None else self._held.get(terminal_id)

    def hold(self, terminal_id: str | None, reader: str) -> None:
        """The reader has it, until it leaves its place."""
        if terminal_id is not None:
            self._held[terminal_id] = reader

    def free(self, place: str, reader: str) -> bool:
        """Whether no other reader is at this address, or has this device."""
        return self._taken.get(place, reader) == reader

    @contextmanager
    def taken(self, places: Sequence[str], reader: str) -> Iterator[None]:
        """The reader is there meanwhile. Raises WrongTerminal where another one is."""
        if not all(self.free(place, reader) for place in places):
            raise WrongTerminal(Trouble.OTHER_TERMINAL)
        self._taken |= dict.fromkeys(places, reader)
        try:
            yield
        finally:
            self._taken = {one: who for one, who in self._taken.items() if who != reader}
            self._held = {one: who for one, who in self._held.items() if who != reader}


class Place(Struct, frozen=True):
    """Where a reader is looked for.

    Attributes:
        address: Its URL.
        home: Whether it is the reader's own, and not one where another reader met its terminal.
        device: Identity of the USB device that is there, or None.
    """

    address: str
    home: bool
    device: str | None = None


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

        Raises WrongTerminal while other readers are there; NotSent where it has no place, or its
        device none.
        """
        met_at = self.sightings.met_at(known.terminal_id)
        address = self._turn([one for one in dict.fromkeys((known.address, met_at)) if one])
        if address != known.address:
            return Place(address, home=False)
        here = await self._devices.identity_of(address)
        if known.device not in (None, here):
            moved = await self._devices.moved(address, known.device)
            if moved is not None:
                return Place(moved, home=True, device=known.device)
            _check_plugged(here)
        return Place(address, home=True, device=here)

    async def open(self, place: Place) -> CardReader:
        """The device there. Raises NotSent, DeviceBusy."""
        return await self._open_at(place.address)

    async def still(self, place: Place) -> Place:
        """The place with the device that is there now that it is open. Raises NotSent."""
        here = await self._devices.identity_of(place.address)
        if place.device is not None:
            _check_plugged(here)
        return replace(place, device=here)

    def at(self, place: Place) -> AbstractContextManager[None]:
        """Be there, and nobody else. Raises WrongTerminal."""
        places = (place.address,) if place.device is None else (place.address, place.device)
        return self.sightings.taken(places, self._reader_id)

    def found(self) -> None:
        """Its terminal was where it was looked for."""
        self._found = self._tried

    def _turn(self, places: Sequence[str]) -> str:
        if not places:
            raise NotSent("it has no place")
        free = [place for place in places if self.sightings.free(place, self._reader_id)]
        if not free:
            raise WrongTerminal(Trouble.OTHER_TERMINAL)
        after = free.index(self._tried) + 1 if self._tried in free else 0
        address = self._found if self._found in free else free[after % len(free)]
        assert address is not None
        self._tried, self._found = address, None
        return address


def _check_plugged(device: str | None) -> None:
    """Raise NotSent, as if its path were gone: no other device will do."""
    if device is None:
        raise NotSent("its device is not plugged in") from FileNotFoundError(errno.ENOENT, "gone")

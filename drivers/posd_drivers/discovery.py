"""What is plugged in, where a known device is now, and when that changes.

Nothing here sends an octet to a device but `look`, which somebody has to ask for: a device that
nobody registered may be anything.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from posd_drivers.catalogue import ReaderAddress, SerialAddress, parse_url
from posd_drivers.plugged import events, system
from posd_drivers.plugged.device import Plugged, assemble
from posd_drivers.plugged.seen import Hidden, Sources

log = logging.getLogger(__name__)

T = TypeVar("T")

SYSTEM: Final = system.sources()
"""What this machine shows."""


class Survey(Struct, frozen=True):
    """What is plugged in, and in a sentence each what could not be looked at."""

    plugged: tuple[Plugged, ...]
    hidden: tuple[str, ...]


async def survey(*, sources: Sources = SYSTEM) -> Survey:
    """All that may be a terminal, and every serial port. Not one octet is sent."""
    return await asyncio.to_thread(_survey, sources)


async def scan(*, sources: Sources = SYSTEM) -> tuple[Plugged, ...]:
    """What `survey` finds plugged in."""
    return (await survey(sources=sources)).plugged


async def identity_of(address: ReaderAddress, *, sources: Sources = SYSTEM) -> str | None:
    """The USB identity of what is at that address now; None where nothing is, or not on USB.

    A link is followed: a path is whatever the kernel's device behind it is. Some milliseconds of
    sysfs, off the loop.
    """
    if not isinstance(address, SerialAddress):
        return None
    return await asyncio.to_thread(_identity_of_tty, address.path, sources)


async def moved(
    address: ReaderAddress, identity: str, *, sources: Sources = SYSTEM
) -> ReaderAddress | None:
    """Where the device with that identity is now, with the line's settings of `address`.

    None where it is nowhere, or not the only one.
    """
    if not isinstance(address, SerialAddress):
        return None
    found = await asyncio.to_thread(_ttys_of, identity, sources)
    if len(found) != 1:
        return None
    place = parse_url(found[0].url)
    assert isinstance(place, SerialAddress), place
    return replace(address, path=place.path)


async def watch(*, sources: Sources = SYSTEM) -> AsyncGenerator[None]:
    """An item after each time that something was plugged in or out; changes at once are one item.

    Through udev where it can be heard, on the running loop and without a thread; elsewhere a look
    every 5 s. Close it (`contextlib.aclosing`) to stop listening.
    """
    try:
        async with aclosing(events.told_by_udev()) as changes:
            async for _ in changes:
                yield
    except (ImportError, OSError) as error:
        log.info("no word of udev, looking every %.0f s reason=%r", events.LOOK_S, error)
    async with aclosing(events.looked_for(sources)) as changes:
        async for _ in changes:
            yield


def _survey(sources: Sources) -> Survey:
    ttys, no_ttys = _all_of(sources.ttys)
    devices, no_devices = _all_of(sources.usb)
    return Survey(assemble(ttys, devices), (*no_ttys, *no_devices))


def _all_of(source: Callable[[], Sequence[T]]) -> tuple[Sequence[T], tuple[str, ...]]:
    try:
        return source(), ()
    except Hidden as hidden:
        return (), (str(hidden),)


def _identity_of_tty(path: str, sources: Sources) -> str | None:
    behind = str(Path(path).resolve())
    here = (each for each in assemble(sources.ttys()) if each.tty == behind)
    return next((each.identity for each in here), None)


def _ttys_of(identity: str, sources: Sources) -> list[Plugged]:
    return [each for each in assemble(sources.ttys()) if each.identity == identity]

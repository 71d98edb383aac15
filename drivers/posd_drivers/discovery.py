"""What is plugged in, where a known device is now, and when that changes.

Nothing here opens a device or sends it an octet: one that nobody registered may be anything.
`look` does, for somebody who asks for it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final, TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd_drivers.catalogue import (
    ReaderAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_url,
)
from posd_drivers.plugged import events, system
from posd_drivers.plugged.device import Plugged, assemble, past_the_kernel
from posd_drivers.plugged.seen import Hidden, Sources

__all__ = ["Plugged", "Survey", "identity_of", "moved", "scan", "survey", "watch"]
"""With what it finds, which is read at this door too."""

log = logging.getLogger(__name__)

T = TypeVar("T")

SYSTEM: Final = system.sources()
"""What this machine shows."""


class Survey(Struct, frozen=True):
    """What is plugged in, and in a sentence each what could not be looked at."""

    plugged: tuple[Plugged, ...]
    hidden: tuple[str, ...] = ()


async def survey(
    addresses: Collection[ReaderAddress] = (),
    identities: Collection[str] = (),
    *,
    sources: Sources = SYSTEM,
) -> Survey:
    """All that may be a terminal, and every serial port, but for what is registered.

    That is what stands at one of `addresses`, also by way of a link, or has one of `identities`.
    """
    return await asyncio.to_thread(_survey, addresses, identities, sources)


async def scan(*, sources: Sources = SYSTEM) -> tuple[Plugged, ...]:
    """All that may be a terminal, and every serial port."""
    return (await survey(sources=sources)).plugged


async def identity_of(
    address: ReaderAddress, *, known: str | None = None, sources: Sources = SYSTEM
) -> str | None:
    """The USB identity of what is at that address now; None where nothing is, or not on USB.

    A link is followed to the device that the kernel has there. `known` is the identity that the
    device had before, and is answered if it is still the same one: what was told from its twin by
    its port stays who it is when the twin leaves. Takes some milliseconds, off the loop.
    """
    found = await asyncio.to_thread(_at, address, sources)
    if found is None:
        return None
    return known if known is not None and found.known_as(known) else found.identity


async def moved(
    address: ReaderAddress, identity: str, *, sources: Sources = SYSTEM
) -> ReaderAddress | None:
    """Where the device of that identity is now, with the line of `address` and of its kind.

    None where it is nowhere, or not the only one.
    """
    if isinstance(address, TcpAddress):
        return None
    found = await asyncio.to_thread(_of_kind, address, sources)
    fitting = [each for each in found if each.known_as(identity)]
    if len(fitting) != 1:
        return None
    place = parse_url(fitting[0].url)
    assert not isinstance(place, TcpAddress), place
    return replace(place, line=address.line)


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
    async with aclosing(events.looked_for(sources, events.LOOK_S)) as changes:
        async for _ in changes:
            yield


def _survey(
    addresses: Collection[ReaderAddress], identities: Collection[str], sources: Sources
) -> Survey:
    ttys, no_ttys = _all_of(sources.ttys)
    devices, no_devices = _all_of(sources.usb)
    left = [
        each
        for each in assemble(ttys, devices)
        if not any(each.known_as(identity) for identity in identities)
        and not any(_stands_at(each, address) for address in addresses)
    ]
    return Survey(tuple(left), (*no_ttys, *no_devices))


def _at(address: ReaderAddress, sources: Sources) -> Plugged | None:
    """What stands there, if it is one and the only one."""
    found = [each for each in _of_kind(address, sources) if _stands_at(each, address)]
    return found[0] if len(found) == 1 else None


def _of_kind(address: ReaderAddress, sources: Sources) -> Iterable[Plugged]:
    """All that an address of this kind can name."""
    match address:
        case SerialAddress():
            return assemble(_all_of(sources.ttys)[0])
        case UsbAddress():
            return past_the_kernel(_all_of(sources.usb)[0])
        case TcpAddress():
            return ()
        case _:
            assert_never(address)


def _stands_at(plugged: Plugged, address: ReaderAddress) -> bool:
    match address:
        case SerialAddress(path):
            return plugged.tty == str(Path(path).resolve())
        case UsbAddress(vendor, product, serial, port_path):
            return (
                (plugged.vendor, plugged.product) == (vendor, product)
                and serial in (None, plugged.serial)
                and port_path in (None, plugged.port_path)
            )
        case TcpAddress():
            return False
        case _:
            assert_never(address)


def _all_of(source: Callable[[], Sequence[T]]) -> tuple[Sequence[T], tuple[str, ...]]:
    """What it shows, and why it shows nothing."""
    try:
        return source(), ()
    except Hidden as hidden:
        return (), (str(hidden),)

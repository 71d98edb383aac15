"""Which of what is plugged in may be a terminal, who it is, and the URL to register it with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from posd_drivers.plugged.seen import Interfaces, SeenTty, SeenUsb

COMMUNICATIONS_ACM: Final = (0x02, 0x02)
"""Class and subclass of a USB modem's control interface (CDC 1.2, 4.2 and 4.3)."""
VENDORS: Final = {0x0B00: "Ingenico", 0x11CA: "Verifone"}
"""Makers of terminals, by the vendor id that they have from usb.org."""
SIMULATOR: Final = (0x1209, 0x0001)
"""pid.codes' device for tests, as posd-sim shows itself."""
NOT_IN_A_URL: Final = frozenset("#?%")


class Plugged(Struct, frozen=True):
    """A device that may be a terminal.

    Attributes:
        vendor: Its USB vendor id, or None for a port that is not on USB.
        port_path: Bus and ports, as sysfs spells them: `1-4.2`.
        tty: The serial port that the kernel made of it, or None.
        url: What to register it with.
        identity: `0b00:0081/SERIAL`, percent-encoded as in a URL, or `0b00:0081/@1-4.2` where it
            has no serial number or another one has the same; followed by `:1.2`, its interface,
            where it is several ports. None for a port that is not on USB.
    """

    vendor: int | None
    product: int | None
    serial: str | None
    port_path: str | None
    manufacturer: str | None
    product_name: str | None
    tty: str | None
    url: str
    identity: str | None


def assemble(ttys: Iterable[SeenTty], devices: Iterable[SeenUsb] = ()) -> tuple[Plugged, ...]:
    """Every device once: as the serial port that the kernel made of it, else as a USB device."""
    ports = sorted(ttys, key=lambda tty: tty.path)
    with_tty = {_port_path(tty) for tty in ports}
    bare = [each for each in devices if each.port_path not in with_tty and _may_be_terminal(each)]
    shared = _shared_serials(ports, bare)
    several = _ports_of_each(ports)
    return (
        *(_of_tty(tty, shared, several) for tty in ports),
        *(_of_usb(each, shared) for each in sorted(bare, key=lambda each: each.port_path)),
    )


_Model = tuple[int | None, int | None, str | None]


def _shared_serials(ttys: Sequence[SeenTty], devices: Sequence[SeenUsb]) -> frozenset[_Model]:
    """Serial numbers that devices of one kind share, on different ports of the bus."""
    places = {(_model(tty), _port_path(tty)) for tty in ttys}
    places |= {(_model(each), each.port_path) for each in devices}
    return frozenset(
        model for model, count in Counter(model for model, _ in places).items() if count > 1
    )


def _ports_of_each(ttys: Sequence[SeenTty]) -> Counter[str | None]:
    return Counter(_port_path(tty) for tty in ttys)


def _model(seen: SeenTty | SeenUsb) -> _Model:
    return seen.vendor, seen.product, seen.serial or None


def _of_tty(tty: SeenTty, shared: frozenset[_Model], several: Counter[str | None]) -> Plugged:
    own = tty.serial is not None and _model(tty) not in shared
    port_path = _port_path(tty)
    identity = _identity(tty, port_path, own=own)
    if identity is not None and several[port_path] > 1 and tty.location is not None:
        identity += ":" + tty.location.partition(":")[2]
    links = (tty.by_id, tty.by_path) if own else (tty.by_path,)
    named = next((link for link in links if link and not NOT_IN_A_URL & set(link)), tty.path)
    return Plugged(
        vendor=tty.vendor,
        product=tty.product,
        serial=tty.serial or None,
        port_path=port_path,
        manufacturer=tty.manufacturer,
        product_name=tty.product_name,
        tty=tty.path,
        url=f"zvt+serial://{named}",
        identity=identity,
    )


def _of_usb(device: SeenUsb, shared: frozenset[_Model]) -> Plugged:
    own = device.serial is not None and _model(device) not in shared
    identity = _identity(device, device.port_path, own=own)
    return Plugged(
        vendor=device.vendor,
        product=device.product,
        serial=device.serial or None,
        port_path=device.port_path,
        manufacturer=device.manufacturer,
        product_name=device.product_name,
        tty=None,
        url=f"zvt+usb://{identity}",
        identity=identity,
    )


def _identity(seen: SeenTty | SeenUsb, port_path: str | None, *, own: bool) -> str | None:
    if seen.vendor is None or seen.product is None:
        return None
    model = f"{seen.vendor:04x}:{seen.product:04x}"
    if own and seen.serial:
        return f"{model}/{quote(seen.serial, safe='')}"
    return model if port_path is None else f"{model}/@{port_path}"


def _port_path(tty: SeenTty) -> str | None:
    return None if tty.location is None else tty.location.partition(":")[0]


def _may_be_terminal(device: SeenUsb) -> bool:
    return (
        device.vendor in VENDORS
        or (device.vendor, device.product) == SIMULATOR
        or COMMUNICATIONS_ACM in _classes(device.interfaces)
    )


def _classes(interfaces: Interfaces) -> frozenset[tuple[int, int]]:
    return frozenset(interfaces)

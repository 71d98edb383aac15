"""Which of what is plugged in may be a terminal, who it is, and the URL to register it with."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from posd_drivers.addresses import SerialAddress, UsbAddress, url_of
from posd_drivers.plugged.seen import SeenTty, SeenUsb

CDC_DATA: Final = 0x0A
VENDOR_SPECIFIC: Final = 0xFF
MODEM: Final = (0x02, 0x02)
"""Class and subclass of a modem's control interface (CDC 1.2, 4.2 and 4.3)."""
REMOTE_NDIS: Final = 0xFF
"""The protocol by which a telephone's network passes for a modem."""
MAKERS: Final[Mapping[int, str]] = {
    0x0AB1: "FEIG",
    0x0B00: "Ingenico",
    0x11CA: "Verifone",
    0x2FB8: "PAX",
}
"""Who makes terminals, by vendor id: usb.ids 2025.07.26, and PAX as its drivers name it."""
MODELS: Final[Mapping[tuple[int, int], str]] = {
    (0x079B, 0x0028): "Ingenico",
    (0x079B, 0x0051): "Ingenico",
    (0x079B, 0x006E): "Ingenico",
    (0x1209, 0x0001): "posd-sim",
}
"""Terminals under vendor ids that others use as well: Sagem's Telium series; pid.codes' test."""
_Serial: TypeAlias = tuple[int | None, int | None, str | None]
"""A serial number, with the vendor and product that gave it."""
USB_SCHEME: Final = "zvt+usb://"
NOT_IN_A_URL: Final = frozenset("#?%")
"""What a URL would read otherwise in a path; udev leaves # in a link."""


class Plugged(Struct, frozen=True):
    """A device that may be a terminal.

    Attributes:
        vendor: Its USB vendor id, or None for a port that is not on USB.
        maker: Whose terminals have these ids, or None where it may be anybody's.
        port_path: Bus and ports, as sysfs spells them: `1-4.2`.
        tty: The serial port that the kernel made of it, or None.
        url: What to register it with.
        identity: `0b00:0081/SERIAL`, percent-encoded as in a URL, or `0b00:0081/@1-4.2` where it
            has no serial number or another one has the same; followed by `:1.2`, its interface,
            where it is several ports. None for a port that is not on USB.
        by_port: Its identity by its port, which it keeps when another one with its serial number
            comes or goes.
    """

    vendor: int | None
    product: int | None
    maker: str | None
    serial: str | None
    port_path: str | None
    manufacturer: str | None
    product_name: str | None
    tty: str | None
    url: str
    identity: str | None
    by_port: str | None

    def known_as(self, identity: str) -> bool:
        """Whether this can be the device that once had that identity.

        One that was known by its port alone still is. One that was known by a serial number which
        two have now is neither of them.
        """
        return identity in (self.identity, self.by_port)


def assemble(ttys: Iterable[SeenTty], devices: Iterable[SeenUsb] = ()) -> tuple[Plugged, ...]:
    """Every device once: as the serial port that the kernel made of it, else as a USB device.

    A serial port has twins among serial ports alone: what the rest of the bus shows is no reason to
    take its name away.
    """
    ports = sorted(ttys, key=lambda tty: tty.path)
    seen = sorted(devices, key=lambda device: device.port_path)
    with_tty = {_port_path(tty) for tty in ports}
    twins, all_twins = _twins(ports), _twins([*ports, *seen])
    crowded = {path for path, count in Counter(map(_port_path, ports)).items() if count > 1}
    return (
        *(_of_tty(tty, twins, crowded) for tty in ports),
        *(
            _of_usb(device, all_twins)
            for device in seen
            if device.port_path not in with_tty and _may_be_terminal(device)
        ),
    )


def past_the_kernel(devices: Iterable[SeenUsb]) -> tuple[Plugged, ...]:
    """Every device on USB as `zvt+usb` opens it, whatever it is and whatever the kernel made."""
    seen = tuple(devices)
    twins = _twins(seen)
    return tuple(_of_usb(device, twins) for device in seen)


def _twins(seen: Iterable[SeenTty | SeenUsb]) -> frozenset[_Serial]:
    """The serial numbers that do not tell a device: two have it, or it is none."""
    places = {(_serial(each), _port_path(each)) for each in seen}
    count = Counter(serial for serial, _ in places)
    return frozenset(serial for serial in count if count[serial] > 1 or serial[2] is None)


def _of_tty(tty: SeenTty, twins: frozenset[_Serial], crowded: set[str | None]) -> Plugged:
    own = _serial(tty) not in twins
    interface = tty.location.partition(":")[1:] if tty.location else ()
    suffix = "".join(interface) if _port_path(tty) in crowded else ""
    links = (tty.by_id, tty.by_path) if own else (tty.by_path,)
    named = next((link for link in links if link and not NOT_IN_A_URL & set(link)), tty.path)
    identity, by_port = _identities(tty, own=own)
    return Plugged(
        vendor=tty.vendor,
        product=tty.product,
        maker=_maker(tty),
        serial=tty.serial or None,
        port_path=_port_path(tty),
        manufacturer=tty.manufacturer,
        product_name=tty.product_name,
        tty=tty.path,
        url=url_of(SerialAddress(named)),
        identity=identity and identity + suffix,
        by_port=by_port and by_port + suffix,
    )


def _of_usb(device: SeenUsb, twins: frozenset[_Serial]) -> Plugged:
    identity, by_port = _identities(device, own=_serial(device) not in twins)
    return Plugged(
        vendor=device.vendor,
        product=device.product,
        maker=_maker(device),
        serial=device.serial or None,
        port_path=device.port_path,
        manufacturer=device.manufacturer,
        product_name=device.product_name,
        tty=None,
        url=f"{USB_SCHEME}{identity}",
        identity=identity,
        by_port=by_port,
    )


def _identities(seen: SeenTty | SeenUsb, *, own: bool) -> tuple[str | None, str | None]:
    """What it is known as, and what it would be known as by its port alone."""
    if seen.vendor is None or seen.product is None:
        return None, None
    by_port = UsbAddress(seen.vendor, seen.product, port_path=_port_path(seen))
    by_serial = replace(by_port, serial=seen.serial, port_path=None)
    identity, port = (
        url_of(address).removeprefix(USB_SCHEME)
        for address in (by_serial if own else by_port, by_port)
    )
    return identity, port


def _serial(seen: SeenTty | SeenUsb) -> _Serial:
    return seen.vendor, seen.product, seen.serial or None


def _port_path(seen: SeenTty | SeenUsb) -> str | None:
    """Where on the bus, without the interface."""
    place = seen.location if isinstance(seen, SeenTty) else seen.port_path
    return place.partition(":")[0] if place else None


def _maker(seen: SeenTty | SeenUsb) -> str | None:
    if seen.vendor is None or seen.product is None:
        return None
    return MODELS.get((seen.vendor, seen.product)) or MAKERS.get(seen.vendor)


def _may_be_terminal(device: SeenUsb) -> bool:
    """Of a maker and able to carry octets, or a modem; a keyboard is neither, whoever made it."""
    if any(
        (class_, sub) == MODEM and protocol != REMOTE_NDIS
        for class_, sub, protocol in device.interfaces
    ):
        return True
    carries = any(class_ in (CDC_DATA, VENDOR_SPECIFIC) for class_, *_ in device.interfaces)
    return carries and _maker(device) is not None

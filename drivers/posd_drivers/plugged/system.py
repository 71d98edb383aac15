"""The operating system's own word on its serial ports and USB devices.

On Linux that is sysfs: what the kernel read from a device when it came. No device is asked again,
and no library is loaded.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec.structs import replace

from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb, Sources

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo
    from usb.backend import IBackend
    from usb.core import Device

BY_ID: Final = Path("/dev/serial/by-id")
BY_PATH: Final = Path("/dev/serial/by-path")
SYSFS_BUS: Final = Path("/sys/bus")
HUMAN_INTERFACE: Final = 0x03
_Strings: TypeAlias = tuple[str | None, str | None, str | None]
"""Serial number, manufacturer, product."""
NO_STRINGS: Final[_Strings] = (None, None, None)
NO_LIBUSB: Final = "USB devices without a serial port cannot be seen: libusb is not installed"


def sources() -> Sources:
    """This machine's own."""
    if SYSFS_BUS.is_dir():
        return Sources(ttys, usb_in_sysfs)
    return Sources(ttys, usb_through_libusb, unnamed_through_libusb)


def ttys() -> Sequence[SeenTty]:
    """The serial ports of this machine. Blocks for milliseconds."""
    from serial.tools import list_ports

    by_id, by_path = links_in(BY_ID), links_in(BY_PATH)
    return [seen_port(port, by_id, by_path) for port in list_ports.comports()]


def seen_port(
    port: "ListPortInfo", by_id: Mapping[str, str], by_path: Mapping[str, str]
) -> SeenTty:
    """One row of pyserial's list, with udev's links to it."""
    return SeenTty(
        path=port.device,
        vendor=port.vid,
        product=port.pid,
        serial=port.serial_number or None,
        location=port.location,
        manufacturer=port.manufacturer,
        product_name=port.product,
        by_id=by_id.get(port.device),
        by_path=by_path.get(port.device),
    )


def links_in(folder: Path) -> Mapping[str, str]:
    """The link that udev made there to each device."""
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): str(link) for link in sorted(folder.iterdir(), reverse=True)}


def usb_in_sysfs(bus: Path = SYSFS_BUS) -> Sequence[SeenUsb]:
    """The devices on USB, as the kernel read them when they came."""
    folder = bus / "usb" / "devices"
    if not folder.is_dir():
        return ()
    # Beside devices (1-4.2) there are root hubs (usb1), and interfaces (1-4.2:1.0) without ids.
    seen = (_in_sysfs(entry) for entry in sorted(folder.iterdir()) if "-" in entry.name)
    return [device for device in seen if device is not None]


def usb_through_libusb(backend: "IBackend | None" = None) -> Sequence[SeenUsb]:
    """The devices on USB, by their descriptors; `backend` is libusb's if None.

    Names and serial numbers are asked for, since nobody has kept them, but not of a device that can
    type. Raises Hidden without libusb.
    """
    return [_named(device) for device in _found(backend)]


def unnamed_through_libusb(backend: "IBackend | None" = None) -> Sequence[SeenUsb]:
    """The same without names and serial numbers: nobody is asked. Raises Hidden."""
    return [_described(device) for device in _found(backend)]


def _found(backend: "IBackend | None") -> Sequence["Device"]:
    from usb import core

    try:
        found = core.find(find_all=True, backend=backend)
        return [device for device in found if device.port_numbers]
    except core.NoBackendError as error:
        raise Hidden(NO_LIBUSB) from error


def _in_sysfs(device: Path) -> SeenUsb | None:
    """None if it is no device, or was unplugged while it was read."""
    try:
        return SeenUsb(
            vendor=int((device / "idVendor").read_text(), 16),
            product=int((device / "idProduct").read_text(), 16),
            port_path=device.name,
            interfaces=tuple(_interfaces_in(device)),
            serial=_text(device / "serial"),
            manufacturer=_text(device / "manufacturer"),
            product_name=_text(device / "product"),
        )
    except (OSError, ValueError):
        return None


def _interfaces_in(device: Path) -> Iterator[tuple[int, int, int]]:
    for interface in sorted(device.glob(f"{device.name}:*")):
        class_, subclass, protocol = (
            int((interface / f"bInterface{name}").read_text(), 16)
            for name in ("Class", "SubClass", "Protocol")
        )
        yield class_, subclass, protocol


def _text(file: Path) -> str | None:
    """A string descriptor; a device need not have each of them."""
    with suppress(FileNotFoundError):
        return file.read_text(encoding="utf-8", errors="replace").strip() or None
    return None


def _described(device: "Device") -> SeenUsb:
    return SeenUsb(
        vendor=device.idVendor,
        product=device.idProduct,
        port_path=f"{device.bus}-{'.'.join(map(str, device.port_numbers or ()))}",
        interfaces=tuple(
            (each.bInterfaceClass, each.bInterfaceSubClass, each.bInterfaceProtocol)
            for configuration in device
            for each in configuration
        ),
    )


def _named(device: "Device") -> SeenUsb:
    seen = _described(device)
    if any(class_ == HUMAN_INTERFACE for class_, *_ in seen.interfaces):
        return seen
    serial, manufacturer, product = _strings(device)
    return replace(seen, serial=serial, manufacturer=manufacturer, product_name=product)


def _strings(device: "Device") -> _Strings:
    """As the device tells them; none where posd may not ask it."""
    from usb import core, util

    # A device without any string has no language to read them in, which is a ValueError.
    with suppress(core.USBError, ValueError):
        try:
            return device.serial_number, device.manufacturer, device.product
        finally:
            util.dispose_resources(device)
    return NO_STRINGS

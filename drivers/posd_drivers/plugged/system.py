"""The operating system's own word on its serial ports and USB devices."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb, Sources

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo
    from usb.backend import IBackend
    from usb.core import Device

BY_ID: Final = Path("/dev/serial/by-id")
BY_PATH: Final = Path("/dev/serial/by-path")
SYSFS: Final = Path("/sys/bus/usb/devices")
NO_LIBUSB: Final = "USB devices without a serial port are not seen: install libusb-1.0-0"

ReadString: TypeAlias = "Callable[[Device, str], str | None]"
"""A string of a device by the name of its file in sysfs: serial, manufacturer, product."""


def sources(backend: "IBackend | None" = None) -> Sources:
    """This machine's; with a backend, what that shows instead of libusb."""
    return Sources(ttys, lambda: usb_devices(backend))


def ttys() -> Sequence[SeenTty]:
    """The serial ports of this machine, from sysfs on Linux. Blocks for milliseconds."""
    from serial.tools import list_ports

    by_id, by_path = _links_in(BY_ID), _links_in(BY_PATH)
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


def usb_devices(backend: "IBackend | None" = None) -> Sequence[SeenUsb]:
    """The devices on USB, by their descriptors. Raises Hidden where libusb is missing."""
    from usb import core

    read_string = _asked if backend is not None or not SYSFS.is_dir() else _in_sysfs
    try:
        found = core.find(find_all=True, backend=backend)
        return [_seen_device(device, read_string) for device in found if device.port_numbers]
    except core.NoBackendError as error:
        raise Hidden(NO_LIBUSB) from error


def _seen_device(device: "Device", read_string: ReadString) -> SeenUsb:
    return SeenUsb(
        vendor=device.idVendor,
        product=device.idProduct,
        port_path=_port_path(device),
        interfaces=tuple(
            (interface.bInterfaceClass, interface.bInterfaceSubClass)
            for configuration in device
            for interface in configuration
        ),
        serial=read_string(device, "serial"),
        manufacturer=read_string(device, "manufacturer"),
        product_name=read_string(device, "product"),
    )


def _port_path(device: "Device") -> str:
    return f"{device.bus}-{'.'.join(map(str, device.port_numbers))}"


def _in_sysfs(device: "Device", name: str) -> str | None:
    """As the kernel read it when the device came: nothing is asked again."""
    with suppress(OSError, UnicodeDecodeError):
        return (SYSFS / _port_path(device) / name).read_text().strip() or None
    return None


def _asked(device: "Device", name: str) -> str | None:
    """From its descriptors, where no sysfs has it."""
    from usb import core

    with suppress(core.USBError, ValueError):
        match name:
            case "serial":
                return device.serial_number or None
            case "manufacturer":
                return device.manufacturer or None
            case _:
                return device.product or None
    return None


def _links_in(folder: Path) -> Mapping[str, str]:
    """The device behind each link, by the device."""
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): str(link) for link in sorted(folder.iterdir(), reverse=True)}

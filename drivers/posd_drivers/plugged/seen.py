"""What a machine shows of its serial ports and USB devices, before anybody judges it."""

from collections.abc import Callable, Sequence

from msgspec import Struct


class Hidden(Exception):
    """A source cannot look, and why; what it would have shown is not known."""


class SeenTty(Struct, frozen=True):
    """A serial port as pyserial's list shows it; of USB if it has a vendor.

    Attributes:
        path: The device, e.g. /dev/ttyACM0; not a link to it.
        location: Where on the bus, with its interface if the device has several: `1-4.2:1.0`.
        by_id: udev's link by vendor, product and serial number, or None.
        by_path: udev's link by port, or None.
    """

    path: str
    vendor: int | None = None
    product: int | None = None
    serial: str | None = None
    location: str | None = None
    manufacturer: str | None = None
    product_name: str | None = None
    by_id: str | None = None
    by_path: str | None = None


class SeenUsb(Struct, frozen=True):
    """A USB device as its descriptors show it.

    Attributes:
        port_path: Bus and ports, as sysfs spells them: `1-4.2`.
        interfaces: Class, subclass and protocol of each of its interfaces.
    """

    vendor: int
    product: int
    port_path: str
    interfaces: tuple[tuple[int, int, int], ...] = ()
    serial: str | None = None
    manufacturer: str | None = None
    product_name: str | None = None


class Sources(Struct, frozen=True):
    """Where to look. Each call blocks for some milliseconds, and may raise Hidden.

    Attributes:
        unnamed: What `usb` shows, without the names that devices would have to be asked for; None
            where `usb` asks nobody either.
    """

    ttys: Callable[[], Sequence[SeenTty]]
    usb: Callable[[], Sequence[SeenUsb]]
    unnamed: Callable[[], Sequence[SeenUsb]] | None = None

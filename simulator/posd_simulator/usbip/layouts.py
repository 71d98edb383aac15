"""The fields of USB/IP 1.1.1 (Linux, Documentation/usb/usbip_protocol.rst).

Each layout is a table of that document, in its order. All integers are big-endian; only the eight
octets of `setup` and USB's own descriptors are little-endian, and pass here unread.
"""

import struct
from enum import IntEnum
from typing import Any

VERSION = 0x0111
TCP_PORT = 3240
PATH_BYTES = 256
BUS_ID_BYTES = 32
SETUP_BYTES = 8
URB_BYTES_MAX = 1 << 16
"""The longest transfer that is taken; libusb cuts its own at 16 KiB."""
NO_SETUP = bytes(SETUP_BYTES)


class Code(IntEnum):
    """What a connection begins with."""

    REQ_DEVLIST = 0x8005
    REP_DEVLIST = 0x0005
    REQ_IMPORT = 0x8003
    REP_IMPORT = 0x0003


class Command(IntEnum):
    """What passes once a device is imported."""

    SUBMIT = 1
    UNLINK = 2
    RET_SUBMIT = 3
    RET_UNLINK = 4


class Direction(IntEnum):
    """Of a transfer, as the host sees it."""

    OUT = 0
    IN = 1


class Speed(IntEnum):
    """Of a device on its bus."""

    LOW = 1
    FULL = 2
    HIGH = 3
    SUPER = 5


class Layout:
    """Fields of fixed size, in order: a name and a `struct` code each; `x` is padding.

    `order` is `struct`'s: `>` on this wire, `<` in what comes from USB itself.
    """

    def __init__(self, *fields: tuple[str, str], order: str = ">") -> None:
        self._empty: dict[str, int | bytes] = {
            name: b"" if code.endswith("s") else 0 for name, code in fields if code[-1] != "x"
        }
        self._struct = struct.Struct(order + "".join(code for _, code in fields))
        self.size = self._struct.size

    def pack(self, **values: int | bytes) -> bytes:
        """The fields by name; those that are not given are zero."""
        assert values.keys() <= self._empty.keys(), values
        return self._struct.pack(*(self._empty | values).values())

    def unpack(self, octets: bytes) -> dict[str, Any]:
        """All fields, by name. `octets` are exactly `size`."""
        return dict(zip(self._empty, self._struct.unpack(octets), strict=True))


OPERATION = Layout(("version", "H"), ("code", "H"), ("status", "I"))
COUNT = Layout(("devices", "I"))
BUS_ID = Layout(("bus_id", "32s"))
DEVICE = Layout(
    ("path", "256s"),
    ("bus_id", "32s"),
    ("busnum", "I"),
    ("devnum", "I"),
    ("speed", "I"),
    ("vendor", "H"),
    ("product", "H"),
    ("release", "H"),
    ("device_class", "B"),
    ("subclass", "B"),
    ("protocol", "B"),
    ("configuration", "B"),
    ("configurations", "B"),
    ("interfaces", "B"),
)
INTERFACE = Layout(("interface_class", "B"), ("subclass", "B"), ("protocol", "B"), ("", "x"))

_BASIC = (
    ("command", "I"),
    ("seqnum", "I"),
    ("devid", "I"),
    ("direction", "I"),
    ("endpoint", "I"),
)
CMD_SUBMIT = Layout(
    *_BASIC,
    ("transfer_flags", "I"),
    ("length", "i"),
    ("start_frame", "i"),
    ("packets", "i"),
    ("interval", "i"),
    ("setup", "8s"),
)
RET_SUBMIT = Layout(
    *_BASIC,
    ("status", "i"),
    ("actual_length", "i"),
    ("start_frame", "i"),
    ("packets", "i"),
    ("error_count", "i"),
    ("", "8x"),
)
CMD_UNLINK = Layout(*_BASIC, ("victim", "I"), ("", "24x"))
RET_UNLINK = Layout(*_BASIC, ("status", "i"), ("", "24x"))
HEADER_BYTES = CMD_SUBMIT.size
assert {RET_SUBMIT.size, CMD_UNLINK.size, RET_UNLINK.size} == {HEADER_BYTES}

"""Where a reader is: its URL, parsed and written.

zvt+serial:///dev/posd/reader-1?baud=9600&format=8N2&dtr=on&rts=off
zvt+usb://0b00:0081/SERIAL
zvt+usb://0b00:0081/@1-4.2
zvt+tcp://10.0.0.7:20007
"""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias, TypeVar, assert_never
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

from posd_drivers.errors import Unsupported
from posd_drivers.transport.line import BAUD_DEFAULT, BAUDS, FORMAT_DEFAULT, FORMATS, Line
from posd_drivers.transport.tcp import PORT_DEFAULT

T = TypeVar("T")

PORTS: Final = range(1, 1 << 16)
LABEL_CHARACTERS_MAX: Final = 63
"""Of a part of a host's name between two dots (RFC 1035, 2.3.4)."""
USB_MODEL: Final = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
"""Vendor id and product id."""
USB_PORT_PATH: Final = re.compile(r"[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}")
"""A bus and the ports that lead to a device, through seven hubs at most (USB 3.0, 7.1)."""
USB_SERIAL_CHARACTERS_MAX: Final = 126
"""What fits in a string descriptor (USB 2.0, 9.6.7)."""
SWITCH: Final = {"on": True, "off": False}


class BadAddress(ValueError):
    """A reader's URL that cannot be one.

    Attributes:
        part: Which part of it: scheme, host, port, device, path, query.
    """

    def __init__(self, part: str, found: object, expected: str) -> None:
        super().__init__(f"{part}: found {found!r}, expected {expected}")
        self.part = part


class SerialAddress(Struct, frozen=True):
    """A ZVT terminal on a serial line, or on a USB adapter that is one."""

    path: str
    line: Line = Line()


class UsbAddress(Struct, frozen=True):
    """A ZVT terminal on USB, spoken to past the kernel's driver.

    Attributes:
        vendor: Vendor id, 0..0xFFFF.
        product: Product id, 0..0xFFFF.
        serial: Its serial number; None takes any.
        port_path: Where it is plugged in, as sysfs spells it, e.g. `1-4.2`; None takes any place.
        line: What a terminal that is a modem (CDC-ACM) is set to; others have no such settings.
    """

    vendor: int
    product: int
    serial: str | None = None
    port_path: str | None = None
    line: Line = Line()


class TcpAddress(Struct, frozen=True):
    """A ZVT terminal that listens on the network."""

    host: str
    port: int = PORT_DEFAULT


ReaderAddress: TypeAlias = SerialAddress | UsbAddress | TcpAddress


def parse_url(url: str) -> ReaderAddress:
    """The address in a reader's URL. Raises BadAddress, or Unsupported for an unknown scheme."""
    if not url.isprintable():
        raise BadAddress("characters", url, "none that cannot be seen")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadAddress("host", url, "a name or an address") from error
    match parts.scheme:
        case "zvt+serial":
            return _serial(parts)
        case "zvt+usb":
            return _usb(parts)
        case "zvt+tcp":
            return _tcp(parts)
        case "":
            raise BadAddress("scheme", url, "e.g. zvt+serial:///dev/ttyUSB0")
        case scheme:
            raise Unsupported(f"scheme {scheme!r}: expected zvt+serial, zvt+usb or zvt+tcp")


def url_of(address: ReaderAddress) -> str:
    """The URL that `parse_url` reads as `address`."""
    match address:
        case SerialAddress(path, line):
            return _with_query(f"zvt+serial://{path}", line)
        case UsbAddress():
            return _usb_url(address)
        case TcpAddress(host, port):
            return f"zvt+tcp://{f'[{host}]' if ':' in host else host}:{port}"
        case _:
            assert_never(address)


def _serial(parts: SplitResult) -> SerialAddress:
    if parts.netloc:
        raise BadAddress("host", parts.netloc, "none: three slashes in front of the device")
    if not parts.path.startswith("/") or parts.path == "/":
        raise BadAddress("path", parts.path, "a device, e.g. /dev/ttyUSB0")
    return SerialAddress(parts.path, _line(parts))


def _usb(parts: SplitResult) -> UsbAddress:
    model = USB_MODEL.fullmatch(parts.netloc)
    if model is None:
        raise BadAddress("device", parts.netloc, "vendor and product id, e.g. 0b00:0081")
    vendor, product = (int(number, 16) for number in model.groups())
    name = parts.path.removeprefix("/")
    if name.startswith("@"):
        if USB_PORT_PATH.fullmatch(name[1:]) is None:
            raise BadAddress("path", parts.path, "a bus and its ports, e.g. /@1-4.2")
        return UsbAddress(vendor, product, None, name[1:], _line(parts))
    return UsbAddress(vendor, product, _serial_number(parts.path, name), None, _line(parts))


def _serial_number(path: str, name: str) -> str | None:
    try:
        serial = unquote(name, errors="strict")
    except UnicodeDecodeError as error:
        raise BadAddress("path", path, "a serial number in UTF-8, percent-encoded") from error
    if "/" in name or len(serial) > USB_SERIAL_CHARACTERS_MAX:
        raise BadAddress("path", path, "a serial number, percent-encoded, or /@ and its ports")
    return serial or None


def _tcp(parts: SplitResult) -> TcpAddress:
    if parts.username is not None or parts.password is not None:
        raise BadAddress("host", "a user name", "none: credentials are no part of a URL")
    if not parts.hostname:
        raise BadAddress("host", parts.netloc, "a name or an address")
    if not _can_be_asked_for(parts.hostname):
        raise BadAddress("host", parts.hostname, "a name as DNS spells it")
    if parts.path not in ("", "/"):
        raise BadAddress("path", parts.path, "none")
    _query(parts, allowed=())
    try:
        port = PORT_DEFAULT if parts.port is None else parts.port
    except ValueError as error:
        raise BadAddress("port", parts.netloc, "1 to 65535") from error
    if port not in PORTS:
        raise BadAddress("port", port, "1 to 65535")
    return TcpAddress(parts.hostname, port)


def _can_be_asked_for(host: str) -> bool:
    """Whether the resolver takes the name; what it does not, it answers with a ValueError."""
    labels = host.removesuffix(".").split(".")
    return host.isascii() and all(0 < len(label) <= LABEL_CHARACTERS_MAX for label in labels)


def _line(parts: SplitResult) -> Line:
    query = _query(parts, allowed=("baud", "format", "dtr", "rts"))
    bauds = {str(baud): baud for baud in BAUDS}
    return Line(
        _one_of("baud", query.get("baud", str(BAUD_DEFAULT)), bauds),
        _one_of("format", query.get("format", FORMAT_DEFAULT), {one: one for one in FORMATS}),
        _one_of("dtr", query["dtr"], SWITCH) if "dtr" in query else None,
        _one_of("rts", query["rts"], SWITCH) if "rts" in query else None,
    )


def _usb_url(address: UsbAddress) -> str:
    url = f"zvt+usb://{address.vendor:04x}:{address.product:04x}"
    if address.serial is not None:
        url += "/" + quote(address.serial, safe="")
    elif address.port_path is not None:
        url += "/@" + address.port_path
    return _with_query(url, address.line)


def _with_query(url: str, line: Line) -> str:
    query = _query_of(line)
    return f"{url}?{query}" if query else url


def _query_of(line: Line) -> str:
    words = {switch: word for word, switch in SWITCH.items()}
    settings = {
        "baud": None if line.baud == BAUD_DEFAULT else str(line.baud),
        "format": None if line.format == FORMAT_DEFAULT else line.format,
        "dtr": None if line.dtr is None else words[line.dtr],
        "rts": None if line.rts is None else words[line.rts],
    }
    return urlencode({name: value for name, value in settings.items() if value is not None})


def _query(parts: SplitResult, *, allowed: tuple[str, ...]) -> Mapping[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs) or not query.keys() <= set(allowed):
        expected = f"each of {', '.join(allowed)} at most once" if allowed else "none"
        raise BadAddress("query", parts.query, expected)
    if parts.fragment:
        raise BadAddress("query", f"#{parts.fragment}", "no fragment")
    return query


def _one_of(name: str, text: str, allowed: Mapping[str, T]) -> T:
    if text not in allowed:
        raise BadAddress(f"query {name}", text, f"one of {', '.join(allowed)}")
    return allowed[text]

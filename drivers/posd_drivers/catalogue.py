"""Which protocol and transport a reader's URL names, and how to open it.

    zvt+serial:///dev/posd/reader-1?baud=9600
    zvt+tcp://10.0.0.7:20007

The front door of `posd_drivers`: posd imports it, `card_reader`, `session` and `errors` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias, assert_never
from urllib.parse import SplitResult, parse_qsl, urlsplit

from msgspec import Struct

from posd_drivers.card_reader import CardReader
from posd_drivers.errors import Unsupported
from posd_drivers.makes import ANY_MAKE, Make
from posd_drivers.transport.base import Transport
from posd_drivers.transport.serial import BAUD_DEFAULT, STOP_BITS_DEFAULT, open_serial
from posd_drivers.transport.tap import Direction, Tap
from posd_drivers.transport.tcp import PORT_DEFAULT, connect_tcp
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.codes import CURRENCY_NUMBERS
from posd_drivers.zvt.link import T1_S, LinkTiming
from posd_drivers.zvt.reader import ZvtReader
from posd_drivers.zvt.recording import Recording as ZvtRecording
from posd_drivers.zvt.settings import (
    CONFIG_TERMINAL_PRINTS,
    CONFIG_TILL_PRINTS,
    Framing,
    ZvtSettings,
)

BAUDS = (9600, 19200, 57600, 115200)
"""The speeds of ZVT (zvt.md 2.1)."""
STOP_BITS = (1, 2)
PORTS = range(1, 1 << 16)
LABEL_CHARACTERS_MAX = 63
"""Of a part of a host's name between two dots (RFC 1035, 2.3.4)."""
PASSWORD_DIGITS = 6
PASSWORD_DEFAULT = "0" * PASSWORD_DIGITS


class BadAddress(ValueError):
    """A reader's URL that cannot be one.

    Attributes:
        part: Which part of it: scheme, host, port, path, query.
    """

    def __init__(self, part: str, found: object, expected: str) -> None:
        super().__init__(f"{part}: found {found!r}, expected {expected}")
        self.part = part


class BadSettings(ValueError):
    """Settings that no reader can have."""


class Prints(Enum):
    """Who prints a reader's receipts."""

    TERMINAL = "terminal"
    TILL = "till"


class Recording(Protocol):
    """What went over a reader's line, to be shown to anybody."""

    def heard(self, direction: Direction, octets: bytes) -> None:
        """Octets went over the line."""
        ...

    def broken(self) -> None:
        """The line is another one from here on: what was half heard is dropped."""
        ...

    def ended(self, outcome: str, lines: int) -> None:
        """What the last command that moves money came to; `lines` it had printed at the till."""
        ...

    def as_text(self, source: str) -> str:
        """The dialogues as a transcript, without card data, passwords and identities."""
        ...


class SerialAddress(Struct, frozen=True):
    """A ZVT terminal on a serial line, or on a USB adapter that is one."""

    path: str
    baud: int = BAUD_DEFAULT
    stop_bits: int = STOP_BITS_DEFAULT


class TcpAddress(Struct, frozen=True):
    """A ZVT terminal that listens on the network."""

    host: str
    port: int = PORT_DEFAULT


ReaderAddress: TypeAlias = SerialAddress | TcpAddress


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What a URL does not say.

    Attributes:
        currency: The one currency the reader takes, lower-case ISO 4217 code (M10).
        password: Six digits; a credential, never printed.
        receipts: Who prints them.
        charset: The terminal's character set, by the names of `zvt.charset`.
        t1_s: Longest silence inside a serial frame, in seconds.
        make: What is known of the make of its terminal.
    """

    currency: str
    password: str = field(default=PASSWORD_DEFAULT, repr=False)
    receipts: Prints = Prints.TERMINAL
    charset: str = Charset.CP437.value
    t1_s: float = T1_S
    make: Make = ANY_MAKE

    def __post_init__(self) -> None:
        """Raises BadSettings."""
        if self.currency not in CURRENCY_NUMBERS:
            raise BadSettings(f"currency: found {self.currency!r}, expected a lower-case code")
        if len(self.password) != PASSWORD_DIGITS or not self.password.isdecimal():
            raise BadSettings(f"password: expected {PASSWORD_DIGITS} digits")
        if self.charset not in {charset.value for charset in Charset}:
            raise BadSettings(f"charset: found {self.charset!r}, expected e.g. 'cp437'")
        if self.t1_s < T1_S:
            raise BadSettings(f"t1_s: found {self.t1_s}, expected {T1_S} s or more")


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
        case "zvt+tcp":
            return _tcp(parts)
        case "":
            raise BadAddress("scheme", url, "e.g. zvt+serial:///dev/ttyUSB0")
        case scheme:
            raise Unsupported(f"scheme {scheme!r}: expected zvt+serial or zvt+tcp")


async def open(address: ReaderAddress, settings: ReaderSettings) -> CardReader:  # noqa: A001  catalogue.open
    """Open the link to a reader; not one octet is sent. Raises NotSent, DeviceBusy."""
    return reader_over(await _link_to(address), _framing_of(address), settings)


async def open_recorded(
    address: ReaderAddress, settings: ReaderSettings, recording: Recording
) -> CardReader:
    """As `open`, with a recording that hears every octet. Raises NotSent, DeviceBusy."""
    link = Tap(await _link_to(address), recording.heard)
    return reader_over(link, _framing_of(address), settings)


def new_recording(address: ReaderAddress) -> Recording:
    """A recording of what goes over the line there, over as many openings as it takes."""
    return ZvtRecording(_framing_of(address))


def reader_over(link: Transport, framing: Framing, settings: ReaderSettings) -> CardReader:
    """A ZVT reader over a link that is already open; a simulation brings a memory link."""
    terminal_prints = settings.receipts is Prints.TERMINAL
    return ZvtReader(
        link,
        ZvtSettings(
            password=settings.password,
            currency=settings.currency,
            framing=framing,
            config=CONFIG_TERMINAL_PRINTS if terminal_prints else CONFIG_TILL_PRINTS,
            charset=Charset(settings.charset),
            link=LinkTiming(t1_s=settings.t1_s),
            cannot=settings.make.cannot,
            takes_currency=settings.make.takes_currency,
        ),
    )


async def _link_to(address: ReaderAddress) -> Transport:
    match address:
        case SerialAddress(path, baud, stop_bits):
            return await open_serial(path, baud=baud, stop_bits=stop_bits)
        case TcpAddress(host, port):
            return await connect_tcp(host, port)
        case _:
            assert_never(address)


def _framing_of(address: ReaderAddress) -> Framing:
    return Framing.SERIAL if isinstance(address, SerialAddress) else Framing.STREAM


def _serial(parts: SplitResult) -> SerialAddress:
    if parts.netloc:
        raise BadAddress("host", parts.netloc, "none: three slashes in front of the device")
    if not parts.path.startswith("/") or parts.path == "/":
        raise BadAddress("path", parts.path, "a device, e.g. /dev/ttyUSB0")
    query = _query(parts, allowed=("baud", "stop_bits"))
    return SerialAddress(
        parts.path,
        _one_of("baud", query.get("baud", str(BAUD_DEFAULT)), BAUDS),
        _one_of("stop_bits", query.get("stop_bits", str(STOP_BITS_DEFAULT)), STOP_BITS),
    )


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


def _query(parts: SplitResult, *, allowed: tuple[str, ...]) -> Mapping[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs) or not query.keys() <= set(allowed):
        expected = f"each of {', '.join(allowed)} at most once" if allowed else "none"
        raise BadAddress("query", parts.query, expected)
    if parts.fragment:
        raise BadAddress("query", f"#{parts.fragment}", "no fragment")
    return query


def _one_of(name: str, text: str, allowed: tuple[int, ...]) -> int:
    if not text.isdecimal() or int(text) not in allowed:
        raise BadAddress(f"query {name}", text, f"one of {', '.join(map(str, allowed))}")
    return int(text)

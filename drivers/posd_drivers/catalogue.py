"""Which protocol and transport a reader's URL names, and how to open it.

The front door of `posd_drivers`: posd imports it, `card_reader`, `session` and `errors` only. URLs
and what they mean are `addresses`.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, assert_never

from msgspec.structs import replace

from posd_drivers.addresses import (
    BadAddress,
    ReaderAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_url,
    url_of,
)
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import Ambiguous
from posd_drivers.makes import ANY_MAKE, Make
from posd_drivers.transport.base import Transport
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.tap import Direction, Tap
from posd_drivers.transport.tcp import connect_tcp
from posd_drivers.transport.usb import connect_usb
from posd_drivers.transport.usb_match import Named, Several
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

if TYPE_CHECKING:
    from usb.backend import IBackend

__all__ = [
    "BadAddress",
    "BadSettings",
    "Prints",
    "ReaderAddress",
    "ReaderSettings",
    "Recording",
    "SerialAddress",
    "TcpAddress",
    "UsbAddress",
    "connect",
    "new_recording",
    "open",
    "open_recorded",
    "parse_url",
    "reader_over",
    "url_of",
]
"""With the addresses, which are read at this door too."""

PASSWORD_DIGITS = 6
PASSWORD_DEFAULT = "0" * PASSWORD_DIGITS


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


async def connect(address: ReaderAddress, *, usb: "IBackend | None" = None) -> Transport:
    """Open the link at an address, without a reader over it. Raises NotSent, DeviceBusy."""
    match address:
        case SerialAddress(path, line):
            return await open_serial(path, line)
        case UsbAddress():
            return await _usb_link(address, usb)
        case TcpAddress(host, port):
            return await connect_tcp(host, port)
        case _:
            assert_never(address)


async def open(  # noqa: A001  catalogue.open
    address: ReaderAddress, settings: ReaderSettings, *, usb: "IBackend | None" = None
) -> CardReader:
    """Open the link to a reader; not one octet is sent. Raises NotSent, DeviceBusy.

    Args:
        address: Where it is.
        settings: How to speak to it.
        usb: PyUSB's way to the bus; None is libusb.
    """
    return reader_over(await connect(address, usb=usb), _framing_of(address), settings)


async def open_recorded(
    address: ReaderAddress,
    settings: ReaderSettings,
    recording: Recording,
    *,
    usb: "IBackend | None" = None,
) -> CardReader:
    """As `open`, with a recording that hears every octet. Raises NotSent, DeviceBusy."""
    link = Tap(await connect(address, usb=usb), recording.heard)
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


async def _usb_link(address: UsbAddress, usb: "IBackend | None") -> Transport:
    wanted = Named(address.vendor, address.product, address.serial, address.port_path)
    try:
        return await connect_usb(wanted, address.line, backend=usb)
    except Several as several:
        urls = [
            url_of(replace(address, serial=name.serial, port_path=name.port_path))
            for name in several.names
        ]
        message = f"{url_of(address)} is {len(urls)} devices: name one, {' or '.join(urls)}"
        raise Ambiguous(message) from several


def _framing_of(address: ReaderAddress) -> Framing:
    """USB carries the frames of the serial line (zvt.md 2)."""
    return Framing.STREAM if isinstance(address, TcpAddress) else Framing.SERIAL

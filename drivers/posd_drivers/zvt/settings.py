"""How to speak to one terminal, and how posd logs on to it."""

from dataclasses import dataclass, field
from enum import Enum

from posd_drivers.ability import Operation
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.link import LinkTiming
from posd_drivers.zvt.messages import Registration
from posd_drivers.zvt.tlv import Objects, Tlv
from posd_drivers.zvt.turn import Timing

CONFIG_TERMINAL_PRINTS = 0x38
"""08 intermediate status, 10 and 20 payments and administration start at the till only."""
CONFIG_TILL_PRINTS = 0xBE
"""As above, and 02, 04, 80: receipts come to the till as the terminal words them (06 D1, 06 D3).

The scheme's duties stay with the terminal; the price is the line: at 9600 baud about 1.15 ms for
each octet of each receipt, between the approval and the completion.
"""
SERVICE_MENU_OFF = 0x01
PRINT_TEXT_BLOCKS: Objects = (Tlv.of(0x26, Tlv(0x0A, b"\x06\xd3")),)
"""Tag 26: besides the messages that always may come, the till takes 06 D3."""


class Framing(Enum):
    """How APDUs travel: in acknowledged frames, or bare."""

    SERIAL = "serial"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class ZvtSettings:
    """How to speak to one terminal.

    Attributes:
        password: Six digits; never printed.
        currency: The one it takes, lower-case ISO 4217 code.
        config: The configuration byte of its registration.
        charset: Of its texts, where they do not name their own.
        cannot: What its make is known not to do: refused before anything is sent.
        takes_currency: Whether its make takes BMP 49 in a command that moves money.
    """

    password: str = field(repr=False)
    currency: str
    framing: Framing
    config: int = CONFIG_TILL_PRINTS
    charset: Charset = Charset.CP437
    link: LinkTiming = field(default_factory=LinkTiming)
    timing: Timing = field(default_factory=Timing)
    cannot: frozenset[Operation] = frozenset()
    takes_currency: bool = True


def registration(
    password: str, config: int, currency: str, objects: Objects | None = PRINT_TEXT_BLOCKS
) -> Registration:
    """The registration posd sends, as card complete recommends it (zvt.md 6.2)."""
    return Registration(password, config, currency, SERVICE_MENU_OFF, objects)

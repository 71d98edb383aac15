"""How characters go over a line: speed, character format, control lines."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct

BAUD_DEFAULT: Final = 9600
BAUDS: Final = (9600, 19200, 57600, 115200)
"""The speeds of ZVT (zvt.md 2.1)."""

Format: TypeAlias = Literal["8N2", "8N1", "7E1"]
FORMAT_DEFAULT: Final[Format] = "8N2"


class Character(Struct, frozen=True):
    """What a character is made of. `parity` is N (none) or E (even)."""

    data_bits: int
    parity: Literal["N", "E"]
    stop_bits: int

    @property
    def bits(self) -> int:
        """How many there are on the line, with the start bit."""
        return 1 + self.data_bits + (self.parity != "N") + self.stop_bits


FORMATS: Final[Mapping[Format, Character]] = MappingProxyType(
    {
        "8N2": Character(data_bits=8, parity="N", stop_bits=2),
        "8N1": Character(data_bits=8, parity="N", stop_bits=1),
        "7E1": Character(data_bits=7, parity="E", stop_bits=1),
    }
)


class Line(Struct, frozen=True):
    """The settings of a line; without any they are ZVT's (zvt.md 2.1).

    Attributes:
        baud: Bits a second.
        format: Data bits, parity, stop bits.
        dtr: Whether "data terminal ready" is on; None leaves it as opening a port sets it: on.
        rts: The same for "request to send".
    """

    baud: int = BAUD_DEFAULT
    format: Format = FORMAT_DEFAULT
    dtr: bool | None = None
    rts: bool | None = None

    @property
    def character(self) -> Character:
        """What `format` stands for."""
        return FORMATS[self.format]

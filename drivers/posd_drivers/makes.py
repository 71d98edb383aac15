"""What makes of terminals are known not to do or not to take, as far as somebody has seen it.

What is not here is tried once, and learned if the terminal says that it does not do it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from posd_drivers.ability import Operation


class Make(Struct, frozen=True):
    """One row: the terminal, what it cannot do, and who found it so.

    `takes_currency`: whether the commands that move money may name their currency.
    """

    terminal: str
    cannot: frozenset[Operation]
    source: str
    takes_currency: bool = True


ANY_MAKE: Final = Make("any", frozenset(), "")
"""Where a configuration file names none."""


MAKES: Final[Mapping[str, Make]] = {
    "a80": Make(
        "PAX A80, Global Payments", frozenset({Operation.ABORT}), "Portalum.Zvt, issues 24 and 26"
    ),
    "a920": Make(
        "PAX A920, CCV", frozenset(), "kotlin-zvt-library, README and source", takes_currency=False
    ),
}
"""By the name that a configuration file gives as `profile`."""

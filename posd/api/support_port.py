"""The support file, as far as API and page use it."""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

NAME: Final = "posd-support-{at:%Y%m%dT%H%M%SZ}.zip"
"""What it is saved as, by when it was made, in UTC."""


class SupportFile(Struct, frozen=True):
    """One file of it, and in one sentence what it holds."""

    name: str
    means: str
    octets: bytes


class SupportZip(Struct, frozen=True):
    """All of it, ready to send; `name` is what a browser saves it as."""

    name: str
    octets: bytes


class SupportPort(Protocol):
    """posd.support.bundle.Bundles, as far as API and page use it."""

    async def files(self) -> Sequence[SupportFile]:
        """What it would hold now. Raises JournalFailed."""
        ...

    async def zipped(self) -> SupportZip:
        """The same as one zip. Raises JournalFailed."""
        ...

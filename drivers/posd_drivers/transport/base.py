"""The transport port: an open, exclusive, two-way stream of octets."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

READ_BYTES_MAX = 4096
CLOSE_TIMEOUT_S = 1.0


class Transport(Protocol):
    """An open link. One reader and one writer at a time."""

    async def read(self) -> bytes:
        """At least one octet, at most READ_BYTES_MAX. Cancelling loses nothing.

        Raises DeviceGone once the link is lost; every loss (EOF, EIO, ENODEV, ENXIO, reset) is
        that one error.
        """
        ...

    async def write(self, octets: bytes) -> None:
        """Return when the operating system has accepted every octet.

        Raises NotSent if it accepted none of them, DeviceGone if it accepted some.
        """
        ...

    def discard_input(self) -> None:
        """Drop what has arrived and was not read: before the first frame of a dialogue only."""
        ...

    async def close(self) -> None:
        """Let go of the device, within CLOSE_TIMEOUT_S even if octets are unsent. Never raises."""
        ...


Connect: TypeAlias = Callable[[], Awaitable[Transport]]
"""Opens the link. Raises NotSent if there is no device, DeviceBusy if somebody else holds it."""

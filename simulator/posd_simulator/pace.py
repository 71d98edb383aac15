"""How long a line takes for its octets."""

import asyncio


class Pace:
    """One direction of a line."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def begin(self) -> None:
        """What follows starts now, or once the line has carried what went before."""
        self._free_at = max(asyncio.get_running_loop().time(), self._free_at)

    async def carry(self, octets: int, octet_s: float) -> None:
        """Wait until the line has carried so many octets, behind those since `begin`.

        The time is the line's own: a loop that wakes late does not put off the octets that follow.
        """
        self._free_at += octets * octet_s
        await asyncio.sleep(self._free_at - asyncio.get_running_loop().time())

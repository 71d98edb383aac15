"""Snapshots for whoever looks: made anew at most every EVERY_S, however many ask, and numbered.

Nobody is ever given one that was made before he asked and lacks what had changed by then: who asks
too soon after the last one waits for the next, together with all others.
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2s
from typing import Final, TypeAlias

from msgspec.structs import replace

from posd.clock import Clock
from posd.snapshot.views import Snapshot

EVERY_S: Final = 0.25
CODE_CHARACTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What can be read out on the telephone: no 0, O, 1, I or L."""
CODE_LENGTH: Final = 4
CODE_MS: Final = 3600 * 1000

Stirred: TypeAlias = Callable[[], asyncio.Event]


class Looks:
    """The latest snapshot, and the next one.

    Args:
        make: Makes one; its revision is of no account.
        stirred: What will be set when something may have changed, from now on.
    """

    def __init__(
        self,
        make: Callable[[], Snapshot],
        stirred: Stirred,
        clock: Clock,
    ) -> None:
        self._make = make
        self._stirred = stirred
        self._revision = clock.wall_ms()  # greater than any of the posd before
        self._latest: Snapshot | None = None
        self._made_at = float("-inf")
        self._unchanged = asyncio.Event()
        self._turn = asyncio.Lock()

    async def now(self) -> Snapshot:
        """What is true now, or was less than EVERY_S ago with nothing changed since."""
        known = self._latest
        if known is None:
            return self.make()
        if not self._unchanged.is_set() and self._rest_s() > 0:
            return known
        async with self._turn:
            latest = self._latest
            if latest is not None and latest is not known:
                return latest  # made for somebody who waited too
            await asyncio.sleep(self._rest_s())
            return self.make()

    def make(self) -> Snapshot:
        """A snapshot that is made now, whenever the last one was."""
        self._unchanged = self._stirred()  # before the look, so that no change is missed
        made = replace(self._make(), revision=self._revision)
        self._made_at = asyncio.get_running_loop().time()
        if self._latest is None or made != replace(self._latest, at_ms=made.at_ms):
            self._revision += 1
            made = replace(made, revision=self._revision)
        self._latest = made
        return made

    def _rest_s(self) -> float:
        """Seconds until the next may be made."""
        return max(self._made_at + EVERY_S - asyncio.get_running_loop().time(), 0.0)


def help_code(machine: str, at_ms: int) -> str:
    """What support is told on the telephone: which machine and hour; nothing follows from it."""
    asked = f"{machine} {at_ms // CODE_MS}".encode()
    number = int.from_bytes(blake2s(asked, digest_size=8).digest())
    code = ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(CODE_CHARACTERS))
        code += CODE_CHARACTERS[digit]
    return code

"""Chance that is the same for the same seed, without any clock or generator."""

from dataclasses import dataclass
from hashlib import sha256

SHARE_BYTES = 6
"""Of a digest, for a share between 0 and 1: a double holds them exactly."""


@dataclass(slots=True)
class Chance:
    """A row of drawn numbers.

    Attributes:
        seed: What they follow from.
        drawn: How many were drawn.
    """

    seed: int
    drawn: int = 0

    def share(self) -> float:
        """The next one, from 0 to below 1."""
        self.drawn += 1
        digest = sha256(f"{self.seed} {self.drawn}".encode()).digest()
        return int.from_bytes(digest[:SHARE_BYTES], "big") / (1 << 8 * SHARE_BYTES)

    def number(self, below: int) -> int:
        """The next one, from 0 to `below` - 1."""
        return int(self.share() * below)

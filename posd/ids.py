"""Ids and chance, injected."""

import os
import random
import string
from typing import Protocol, TypeAlias

ID_CHARACTERS = 24
_ALPHABET = (string.ascii_letters + string.digits).encode()
_FAIR_OCTETS = 256 // len(_ALPHABET) * len(_ALPHABET)
_CHARACTERS = bytes(_ALPHABET[octet % len(_ALPHABET)] for octet in range(256))
_SURPLUS = bytes(range(_FAIR_OCTETS, 256))
"""Octets that would make the first characters of the alphabet likelier than the rest."""
_DRAWN_OCTETS = 32
"""Enough for an id, but once in millions: 8 of them may be surplus, of which 1 is expected."""


Chance: TypeAlias = random.Random


class Ids(Protocol):
    """Where ids come from."""

    def new(self, prefix: str) -> str:
        """A new id, unique for ever: `new("pi_posd")` gives `pi_posd_…`."""
        ...


class RandomIds:
    """24 characters of the operating system's entropy, 142 bits."""

    def new(self, prefix: str) -> str:
        """A new id."""
        drawn = b""
        while len(drawn) < ID_CHARACTERS:
            drawn += os.urandom(_DRAWN_OCTETS).translate(_CHARACTERS, _SURPLUS)
        return f"{prefix}_{drawn[:ID_CHARACTERS].decode()}"


def chance(seed: int | None = None) -> Chance:
    """A source of chance for jitter and simulation, never for secrets."""
    return random.Random(seed)  # noqa: S311 (jitter, not secrets)

"""Ids and chance, injected."""

import random
import secrets
import string
from typing import Protocol, TypeAlias

ID_CHARACTERS = 24
_ALPHABET = string.ascii_letters + string.digits


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
        drawn = secrets.randbelow(len(_ALPHABET) ** ID_CHARACTERS)
        characters = []
        for _place in range(ID_CHARACTERS):
            drawn, place = divmod(drawn, len(_ALPHABET))
            characters.append(_ALPHABET[place])
        return f"{prefix}_" + "".join(characters)


def chance(seed: int | None = None) -> Chance:
    """A source of chance for jitter and simulation, never for secrets."""
    return random.Random(seed)  # noqa: S311 (jitter, not secrets)

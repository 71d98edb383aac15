"""Every value that is in force, with what says it: a file, another key, or posd's default."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from posd.config.document import Loaded
from posd.config.shown_settings import values

DEFAULT: Final = "default"
INHERITED: Final = frozenset({"currency", "end_of_day"})
"""Keys of a reader that the store says for all that say nothing else."""


class Effective(Struct, frozen=True):
    """A value that is in force; `origin` is a file, `store.KEY of FILE`, or `default`."""

    section: str
    key: str
    value: str
    origin: str


def effective(loaded: Loaded) -> Iterator[Effective]:
    """In the order of the documentation, without secrets."""
    places = loaded.merged.places
    for one in values(loaded.config):
        said = places.get(one.keys)
        of_store = places.get(("store", one.name))
        if said is not None:
            origin = str(said.file)
        elif one.keys[0] == "reader" and one.name in INHERITED and of_store is not None:
            origin = f"store.{one.name} of {of_store.file}"
        else:
            origin = DEFAULT
        yield Effective(one.section, one.name, one.value, origin)

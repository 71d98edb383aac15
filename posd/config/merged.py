"""Several files become one document, and each of its keys knows the file that says it.

A later file wins: a golden image says what holds everywhere, a file of the host's what is different
there. Tables are merged key by key, arrays of tables (`[[reader]]`) add up, any other value is
replaced as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from posd.config.sources import Source

Keys: TypeAlias = tuple[int | str, ...]
"""The way to a value: ("reader", 0, "url")."""
TOP: Final[Keys] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: the file, and the way to it in there."""

    file: Path
    keys: Keys


@dataclass(frozen=True, slots=True)
class Merged:
    """What all files say together.

    Attributes:
        document: As if it were one file's.
        places: Where each table, row and key of it is said, by the way to it in `document`.
    """

    document: dict[str, Any]
    places: Mapping[Keys, Place]

    def place(self, keys: Keys) -> Place:
        """Where that is said, or where it is missing: in the file of what it belongs to."""
        for length in range(len(keys), -1, -1):
            found = self.places.get(keys[:length])
            if found is not None:
                return Place(found.file, (*found.keys, *keys[length:]))
        raise AssertionError(keys)


def merge(sources: Sequence[Source]) -> Merged:
    """One document of one file or more."""
    document: dict[str, Any] = {}
    places: dict[Keys, Place] = {TOP: Place(sources[0].path, TOP)}
    for one in sources:
        for key, value in one.document.items():
            known = document.get(key)
            if isinstance(value, dict):
                table = known if isinstance(known, dict) else {}
                document[key] = {**table, **value}
                if table is not known:
                    places[(key,)] = Place(one.path, (key,))
                places |= {(key, name): Place(one.path, (key, name)) for name in value}
            elif _are_tables(value) and (known is None or _are_tables(known)):
                rows = known or []
                document[key] = [*rows, *map(dict, value)]
                places |= _of_rows(one.path, key, len(rows), value)
            else:
                document[key] = value
                places[(key,)] = Place(one.path, (key,))
    return Merged(document, places)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _of_rows(
    file: Path, table: str, before: int, rows: Iterable[Mapping[str, Any]]
) -> dict[Keys, Place]:
    """Rows are counted in their own file, so that whoever reads an error finds them."""
    found: dict[Keys, Place] = {}
    for number, row in enumerate(rows):
        here = (table, before + number)
        found[here] = Place(file, (table, number))
        found |= {(*here, name): Place(file, (table, number, name)) for name in row}
    return found

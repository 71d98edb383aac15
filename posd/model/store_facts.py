"""What a person decided about the store itself, at its page; part of the union of facts.

Each belongs to the store, never to a payment, an attempt or a reader.
"""

from typing import TypeAlias

from msgspec import Struct


class ManagerPinSet(Struct, frozen=True):
    """There is a PIN, or another one. Neither it nor anything made of it is in the journal."""


class ManagerPinReset(Struct, frozen=True):
    """There is no PIN any more: it was lost, and whoever is at the machine said so."""


class NamedLane(Struct, frozen=True):
    """A till position: its name, and the ids of its reader and of the one that stands in for it."""

    name: str
    reader: str
    fallback: str | None = None


class StoreNamed(Struct, frozen=True):
    """What the store is called from here on, where the configuration file does not say it."""

    name: str


class LanesNamed(Struct, frozen=True):
    """Its lanes from here on, all of them, where the configuration file names none."""

    lanes: tuple[NamedLane, ...]


class ManagerActed(Struct, frozen=True):
    """A manager had something done that leaves no other fact.

    Attributes:
        action: What, by posd's word for it, e.g. `restart`.
        about: Id of the reader that it was done at, or "".
        reason: Why, as far as somebody was asked.
    """

    action: str
    about: str = ""
    reason: str = ""


StoreFact: TypeAlias = ManagerPinSet | ManagerPinReset | ManagerActed | StoreNamed | LanesNamed

"""What a manager said of the store at its page, where the configuration file does not say it."""

from typing import Final, assert_never

from msgspec import Struct

from posd.model.store_facts import LanesNamed, NamedLane, StoreNamed

NAME_ID: Final = "store_name"
LANES_ID: Final = "store_lanes"


class StoreName(Struct, frozen=True):
    """What the store is called."""

    name: str
    id: str = NAME_ID


class StoreLanes(Struct, frozen=True):
    """Its lanes, in the order in which they are shown."""

    lanes: tuple[NamedLane, ...]
    id: str = LANES_ID


def said(fact: StoreNamed | LanesNamed) -> StoreName | StoreLanes:
    """The record after one more fact: the last word counts."""
    match fact:
        case StoreNamed():
            return StoreName(fact.name)
        case LanesNamed():
            return StoreLanes(fact.lanes)
        case _:
            assert_never(fact)

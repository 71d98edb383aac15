"""Something that the page says in the store's own language."""

from msgspec import Struct


class Said(Struct, frozen=True):
    """A sentence by its key in the page's catalogue, e.g. `verdict.every_lane`, and what it names.

    Attributes:
        names: Lanes or readers, to be joined as the language joins them.
        count: Chooses between the key's plural forms, or None where it has none.
        total: Of how many, where `count` is a part.
    """

    key: str
    names: tuple[str, ...] = ()
    count: int | None = None
    total: int | None = None

"""What is kept in the journal of the months that left it."""

from msgspec import Struct

from posd.model.archive_facts import FactsArchived


class Archive(Struct, frozen=True):
    """A file with whole months of facts; `moved` as in the fact, `at_ms` is wall time."""

    id: str
    moved: FactsArchived
    at_ms: int


def archive_id(first_seq: int) -> str:
    """The id of the archive that begins with that fact."""
    return f"arc_posd_{first_seq}"


def made(fact: FactsArchived, at_ms: int) -> Archive:
    """The record of a new archive."""
    return Archive(fact.archive, fact, at_ms)

"""What left the journal for an archive, and where that archive is.

Part of the union of facts. It belongs to an object of its own, never to a payment or a reader.
"""

from msgspec import Struct


class FactsArchived(Struct, frozen=True):
    """Whole months of facts left the journal, in the transaction of this fact, for a verified file.

    Attributes:
        archive: Its id, made from its first fact.
        file: The file's name, without the folder.
        months: Their labels, YYYY-MM, oldest first.
        first_seq: The first fact that left.
        last_seq: The last one; the next one is the journal's first.
        last_ordinal: Segments up to this one are no longer in the journal.
        last_hash: Hash of the last fact, in hex: what the journal's first fact follows.
    """

    archive: str
    file: str
    months: tuple[str, ...]
    first_seq: int
    last_seq: int
    last_ordinal: int
    last_hash: str

"""The hash chain: each row proves the row before it (M16)."""

import hashlib
from typing import Final, assert_never

from msgspec.structs import replace

from posd.errors import JournalDamaged
from posd.journal.command import Entry

GENESIS: Final = bytes(32)
"""What the first row names as the hash of the row before."""
CHECKPOINT_FACTS: Final = 1000
"""A checkpoint is written every so many facts; a start verifies what came after the last."""
_FORMAT: Final = b"posd fact 1"


def hash_of(entry: Entry) -> bytes:
    """SHA-256 over the envelope and the fact in it, 32 bytes.

    The serialisation is unambiguous: every field in the order of `Entry`, each with a letter for
    its type; integers as 8 bytes, big-endian and signed; text (UTF-8) and octets after their
    length in 8 bytes.
    """
    fields: tuple[int | str | bytes, ...] = (
        entry.seq,
        entry.kind,
        entry.version,
        entry.object,
        entry.boot,
        entry.node,
        entry.actor,
        entry.account,
        entry.livemode,
        entry.wall_ms,
        entry.legs,
        entry.body,
        entry.previous,
    )
    return hashlib.sha256(_FORMAT + b"".join(map(_framed, fields))).digest()


def seal(entry: Entry) -> Entry:
    """The entry with its hash."""
    return replace(entry, hash=hash_of(entry))


def follow(seq: int, previous: bytes, entry: Entry) -> tuple[int, bytes]:
    """Step over one entry: its seq and hash. Raises JournalDamaged if it does not follow."""
    if entry.seq != seq + 1:
        raise JournalDamaged(f"the journal goes from fact {seq} to fact {entry.seq}")
    if entry.previous != previous or entry.hash != hash_of(entry):
        raise JournalDamaged(f"fact {entry.seq} is not what was written")
    return entry.seq, entry.hash


def _framed(field: int | str | bytes) -> bytes:
    match field:
        case int():
            return b"i" + field.to_bytes(8, "big", signed=True)
        case str():
            octets = field.encode()
            return b"s" + len(octets).to_bytes(8, "big") + octets
        case bytes():
            return b"b" + len(field).to_bytes(8, "big") + field
        case _:
            assert_never(field)

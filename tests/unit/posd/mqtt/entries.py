"""Rows of a journal, as a test says them."""

import hashlib

from posd.journal.command import Entry
from posd.model.belonging import object_of
from posd.model.facts import Fact


def entry(fact: Fact | None, seq: int = 7) -> Entry:
    """The row of one fact."""
    return Entry(
        seq=seq,
        kind="Unheard" if fact is None else type(fact).__name__,
        version=1,
        object="store" if fact is None else object_of(fact),
        boot=3,
        node="till-1",
        actor="key_1",
        account="",
        livemode=False,
        wall_ms=1_700_000_000_000 + seq,
        legs=b"{}",
        body=b"{}",
        previous=b"",
        hash=hashlib.sha256(str(seq).encode()).digest(),
        fact=fact,
    )

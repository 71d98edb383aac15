"""What the journal alone knows: the reasons why nobody may delete it yet."""

import apsw
from msgspec import Struct


class OnlyHere(Struct, frozen=True):
    """How much of each kind is known nowhere but in this journal.

    Attributes:
        undecided: Attempts that may have moved money without proof, or against what was decided.
        held: Payments that are held at a terminal, neither captured nor given back.
        owed: Things that Stripe has not been told; those that a person gave up are not among them.
        gaps: Losses of the journal that no manager has accepted yet.
    """

    undecided: int
    held: int
    owed: int
    gaps: int

    @property
    def is_nothing(self) -> bool:
        """Whether the journal is a record of the past, and no more."""
        return self == NOTHING


NOTHING = OnlyHere(undecided=0, held=0, owed=0, gaps=0)


def only_here(db: apsw.Connection) -> OnlyHere:
    """What this connection sees of it; reads as many rows of an index as there are."""
    return OnlyHere(
        undecided=_count(db, "attempt WHERE unproven = 1 OR contradicted = 1"),
        held=_count(db, "payment_intent WHERE state = 'capturable'"),
        owed=_count(db, "outbox WHERE state IN ('waiting', 'parked')"),
        gaps=_count(db, "restore WHERE open = 1"),
    )


def _count(db: apsw.Connection, rows: str) -> int:
    ((count,),) = db.execute(f"SELECT count(*) FROM {rows}")  # noqa: S608 (a constant)
    assert isinstance(count, int)
    return count

"""Ids of events: the number of their fact, then one digit that says which of its events it is.

An event is found by its id without an index over ids, and its place among all is known with it.
Behind it stands the epoch's short name: a journal that was put back from a backup gives numbers out
again, and whoever has seen the first event of a number must not take the second for it.
"""

import re
from typing import Final

EVENTS_OF_A_FACT_MAX: Final = 10
EPOCH_CHARACTERS: Final = 8
_ID: Final = re.compile(rf"evt_posd_([0-9]{{13}})(?:_([0-9A-Za-z]{{{EPOCH_CHARACTERS}}}))?")


def event_id(position: int, epoch: str = "") -> str:
    """The id of the event at that position; `epoch` is a short name, or "" where none is kept."""
    return f"evt_posd_{position:013d}_{epoch}" if epoch else f"evt_posd_{position:013d}"


def short_name(epoch: str) -> str:
    """What stands in ids for an epoch: the end of its own id; "" for none."""
    return epoch[-EPOCH_CHARACTERS:]


def position(seq: int, ordinal: int) -> int:
    """The place among all events of a fact's first (0), second … event."""
    assert 0 <= ordinal < EVENTS_OF_A_FACT_MAX, (seq, ordinal)
    return seq * EVENTS_OF_A_FACT_MAX + ordinal


def position_of(id_: str) -> int:
    """The position that the id says; 0, where no event is, if it is no event's id."""
    written = _ID.fullmatch(id_)
    return 0 if written is None else int(written[1])


def epoch_of(id_: str) -> str:
    """The short name of the epoch in an event's id; "" if it names none."""
    written = _ID.fullmatch(id_)
    return "" if written is None else written[2] or ""

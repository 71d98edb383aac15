"""Ids of events: the number of their fact, then one digit that says which of its events it is.

An event is found by its id without an index over ids, and its place among all is known with it.
"""

import re
from typing import Final

EVENTS_OF_A_FACT_MAX: Final = 10
_ID: Final = re.compile(r"evt_posd_([0-9]{13})")


def event_id(position: int) -> str:
    """The id of the event at that position."""
    return f"evt_posd_{position:013d}"


def position(seq: int, ordinal: int) -> int:
    """The place among all events of a fact's first (0), second … event."""
    assert 0 <= ordinal < EVENTS_OF_A_FACT_MAX, (seq, ordinal)
    return seq * EVENTS_OF_A_FACT_MAX + ordinal


def position_of(id_: str) -> int:
    """The position that the id says; 0, where no event is, if it is no event's id."""
    written = _ID.fullmatch(id_)
    return 0 if written is None else int(written[1])

"""How long the payments of a reader took, from facts that were looked up; pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from posd.journal.command import Entry
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind
from posd.page.legs import Legs, legs

TIMED: Final = frozenset({AttemptState.APPROVED, AttemptState.DECLINED})
"""Only the times of these say how fast a reader is."""


class Timed(Struct, frozen=True):
    """An attempt at the reader, and how long its parts took."""

    attempt: Attempt
    legs: Legs


def by_object(entries: Iterable[Entry]) -> Mapping[str, Sequence[Entry]]:
    """The facts of each object, in the order in which they come."""
    of_each: dict[str, list[Entry]] = {}
    for entry in entries:
        of_each.setdefault(entry.object, []).append(entry)
    return of_each


def timed(attempts: Iterable[Attempt], facts: Mapping[str, Sequence[Entry]]) -> list[Timed]:
    """The payments among the attempts, in their order."""
    return [
        Timed(one, legs(one.id, chain(facts.get(one.id, ()), facts.get(one.payment_intent, ()))))
        for one in attempts
        if one.kind is not AttemptKind.END_OF_DAY
    ]

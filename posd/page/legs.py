"""How long the parts of a payment took, from what its facts say; pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from posd.journal.command import Entry
from posd.model.facts import (
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    EffectDone,
    Proof,
    StatusReported,
)
from posd.outcome import SINCE_STARTED

PERCENTS: Final = (50, 90)
_legs: Final = msgspec.json.Decoder(dict[str, int])


class Legs(Struct, frozen=True):
    """Milliseconds of each part; None for one that there was not, or not yet.

    Attributes:
        card: From the order to the reader to its yes or no.
        finish: From its yes to its last word: receipts, and the card taken out.
        till: From then until the till was told, by the wall clock, as `stripe`.
        stripe: From then until Stripe had the report.
    """

    card: int | None = None
    finish: int | None = None
    till: int | None = None
    stripe: int | None = None


class Spread(Struct, frozen=True):
    """One part of several payments: of how many, and what so many percent were done within."""

    part: str
    count: int
    within_ms: tuple[int, ...]


def legs(attempt: str, entries: Iterable[Entry]) -> Legs:
    """The parts of one attempt, from its facts and those of its payment, in any order.

    What a person or a later question proved has no parts.
    """
    yes_ms = end_ms = final_ms = heard_ms = sent_ms = None
    for entry in entries:
        match entry.fact:
            case StatusReported(id_) if id_ == attempt:
                yes_ms = _since_started(entry)
            case AttemptApproved(id_, proof=Proof.DIALOGUE) if id_ == attempt:
                end_ms, final_ms = _since_started(entry), entry.wall_ms
            case AttemptDeclined(id_) | AttemptAborted(id_) if id_ == attempt:
                end_ms = _since_started(entry)
            case ApprovalHeard():
                heard_ms = entry.wall_ms
            case EffectDone(effect) if effect.startswith(attempt):
                sent_ms = entry.wall_ms if sent_ms is None else min(sent_ms, entry.wall_ms)
            case _:
                pass
    return Legs(
        card=end_ms if yes_ms is None else yes_ms,
        finish=_between(yes_ms, end_ms),
        till=_between(final_ms, heard_ms),
        stripe=_between(final_ms, sent_ms),
    )


def spreads(several: Sequence[Legs]) -> tuple[Spread, ...]:
    """Each part that any of them has, with what PERCENTS of them were done within."""
    found = []
    for part in Legs.__struct_fields__:
        times = sorted(time for one in several if (time := getattr(one, part)) is not None)
        if times:
            within = tuple(_nearest_rank(times, percent) for percent in PERCENTS)
            found.append(Spread(part, len(times), within))
    return tuple(found)


def _since_started(entry: Entry) -> int | None:
    return _legs.decode(entry.legs).get(SINCE_STARTED)


def _between(from_ms: int | None, to_ms: int | None) -> int | None:
    return None if from_ms is None or to_ms is None else max(to_ms - from_ms, 0)


def _nearest_rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-len(ordered) * percent // 100) - 1]

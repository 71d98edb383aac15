"""The verdict, whose fault it is and what needs a person, as sentences."""

from collections.abc import Sequence
from typing import Final

from posd.live import Trouble
from posd.page.reader_words import TOLD_NEEDS
from posd.page.words import Words
from posd.snapshot.blame_views import LegState, LegView
from posd.snapshot.concern_views import Concern, ConcernKind
from posd.snapshot.said import Said
from posd.snapshot.views import LaneView, Level

LEG_LEVELS: Final = {
    LegState.UP: Level.OK,
    LegState.DOWN: Level.ATTENTION,
    LegState.UNKNOWN: Level.RESTING,
}
"""How a leg is marked."""
OF_LANES: Final = frozenset(
    {
        "verdict.some_lanes",
        "verdict.connecting",
        "verdict.back_soon",
        "verdict.used_elsewhere",
    }
)
"""Sentences whose names are those of lanes."""
AT_LANES: Final = frozenset(
    {
        ConcernKind.READER_QUARANTINED,
        ConcernKind.READER_EXCHANGED,
        ConcernKind.READER_LOST,
        ConcernKind.READER_NOT_READY,
        ConcernKind.USED_ELSEWHERE,
    }
)
"""Concerns that are about a reader, and have the name of its lane."""
STOPS: Final = frozenset(
    {
        ConcernKind.CONTRADICTED,
        ConcernKind.UNPROVEN,
        ConcernKind.OUT_OF_REACH,
        ConcernKind.UNCAPTURED,
        ConcernKind.FACTS_MISSING,
        ConcernKind.LIMIT_REACHED,
        ConcernKind.DAY_UNPROVEN,
        ConcernKind.DAY_CONTRADICTED,
        ConcernKind.UNHEARD,
    }
)
"""Concerns of money that is not proven, or of sales that are refused."""
OF_QUEUE: Final = frozenset(
    {
        ConcernKind.LIMIT_REACHED,
        ConcernKind.REPORTS_PARKED,
        ConcernKind.REPORTS_PAUSED,
        ConcernKind.REPORTS_LATE,
    }
)
"""Concerns of what waits to be sent."""
PATHS: Final = {"pi": "/payments", "tmr": "/readers"}
"""Where the pages of what a concern is about lie, by what its id begins with."""
_TROUBLES: Final = frozenset(trouble.value for trouble in Trouble)
_NEEDS: Final = frozenset(need.value for need in TOLD_NEEDS)


def sentence(said: Said, words: Words) -> str:
    """What the snapshot says, in the language of the words."""
    names = [words.lane(name) for name in said.names] if said.key in OF_LANES else said.names
    values = {"names": words.listed(names), "total": said.total}
    if said.count is None:
        return words.text(said.key, **values)
    return words.text(said.key, count=said.count, **values)


def leg(view: LegView, words: Words) -> str:
    """How one leg is: up and how fast, or down, since when and where."""
    if view.state is LegState.UP and view.answer_ms is not None:
        return words.text("legs.answers", time=words.took(view.answer_ms))
    if view.state is not LegState.DOWN:
        return words.text(f"legs.{view.state.value}")
    if view.names:
        return words.since("legs.away", view.since_ms, names=words.listed(view.names))
    return words.since("legs.down", view.since_ms)


def title(concern: Concern, words: Words) -> str:
    """What is wrong, in a few words, and how often."""
    told = words.text(f"needs.{concern.kind.value}.title")
    return told if concern.count <= 1 else words.text("needs.times", n=concern.count, what=told)


def place(concern: Concern, words: Words) -> str:
    """Where it is and what for, or nothing."""
    name = words.lane(concern.name) if concern.kind in AT_LANES else concern.name
    told = [name] if name else []
    if concern.order and concern.order != concern.name:
        told.append(words.text("needs.order", order=concern.order))
    return ", ".join(told)


def path(concern: Concern) -> str:
    """The page that has more of it, or nothing."""
    if concern.kind in OF_QUEUE:
        return "/queue"
    folder = PATHS.get(concern.subject.partition("_")[0])
    return f"{folder}/{concern.subject}" if folder else ""


def remedy(concern: Concern, words: Words) -> str:
    """What the person should do."""
    if concern.kind is ConcernKind.READER_LOST and concern.cause in _TROUBLES:
        return words.text(f"reader.trouble.{concern.cause}")
    if concern.kind is ConcernKind.READER_NOT_READY and concern.cause in _NEEDS:
        return words.text(f"reader.need.{concern.cause}")
    return words.text(f"needs.{concern.kind.value}.do")


def level(concern: Concern, lanes: Sequence[LaneView]) -> Level:
    """How it is marked: a reader as its lane is, money that is unproven red, the rest amber."""
    if concern.kind in AT_LANES:
        of_lanes = [one.level for one in lanes if one.reader and one.reader.id == concern.subject]
        return Level.STOP if Level.STOP in of_lanes else Level.ATTENTION
    return Level.STOP if concern.kind in STOPS else Level.ATTENTION

"""What a reader is doing and can do, and which lanes can take a card."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.reader import Reader
from posd.snapshot.colours import Colours
from posd.snapshot.queries import Queries
from posd.snapshot.views import (
    Ability,
    Lane,
    LaneView,
    Level,
    ReaderStatus,
    ReaderView,
    SaleView,
)
from posd_drivers.ability import Need, Operation

TAKES_NO_CARD: Final = frozenset(Need) - {Need.WAIT, Need.CARD_REMOVED}
"""What an idle terminal wants that does not pass by itself."""
USED_ELSEWHERE_SHOWN_MS: Final = 24 * 3600 * 1000
"""A store looks into its books once a day."""
COMES_BACK: Final = frozenset({Trouble.RESTARTING, Trouble.UPDATING})
"""Why a terminal goes away by itself."""
_NEEDS: Final[Mapping[Ability, Operation]] = {
    Ability.REFUNDS: Operation.REFUND,
    Ability.REVERSALS: Operation.REVERSAL,
    Ability.HOLDS: Operation.PREAUTHORISATION,
    Ability.END_OF_DAY: Operation.END_OF_DAY,
}
"""What it must be able to do for each."""
PASSES: Final = frozenset(
    {
        Trouble.ABSENT.value,
        Trouble.CABLE.value,
        Trouble.POWER.value,
        Trouble.NO_ANSWER.value,
        Trouble.RESOLVING.value,
    }
)
"""Why a reader is away that may be back in a moment, as one that has just closed its day."""
_TAKES_CARDS: Final = frozenset({ReaderStatus.ONLINE, ReaderStatus.BUSY})


def _lately(noticed_ms: int | None, at_ms: int) -> int | None:
    recent = noticed_ms is not None and at_ms - noticed_ms < USED_ELSEWHERE_SHOWN_MS
    return noticed_ms if recent else None


def label(reader: Reader) -> str:
    """What the shop calls the reader."""
    return reader.label or reader.terminal_id or reader.id


def reader_view(
    reader: Reader, queries: Queries, live: Live, last_sale: SaleView | None, at_ms: int
) -> ReaderView:
    """One reader at `at_ms`; `live` is what its attachment knows right now."""
    attempt = queries.attempt(reader.attempt) if reader.attempt else None
    taken = attempt if attempt and attempt.unended else None
    since_ms = taken.started_ms if taken else None
    return ReaderView(
        id=reader.id,
        label=label(reader),
        status=reader_status(reader, taken, live),
        simulated=reader.simulated,
        terminal_id=reader.terminal_id,
        last_seen_ms=live.last_seen_ms,
        since_ms=reader.quarantine.since_ms if reader.quarantine else since_ms,
        step=live.step.value if live.step and taken else None,
        trouble=live.trouble.value if live.trouble else None,
        amount=taken.amount if taken else None,
        currency=taken.currency if taken else None,
        kind=taken.kind if taken else None,
        need=live.need.value if live.need else None,
        used_elsewhere_ms=_lately(reader.used_elsewhere_ms, at_ms),
        stranger=reader.stranger.name if reader.stranger else None,
        location=reader.location,
        back_by_ms=live.back_by_ms,
        last_sale=last_sale,
        abilities=_abilities(reader),
    )


def _abilities(reader: Reader) -> tuple[Ability, ...]:
    """What is not known to fail there. No attached reader needs posd's line to the internet."""
    able = [ability for ability, needed in _NEEDS.items() if needed not in reader.cannot]
    tips = (Ability.TIPS,) if reader.tips else ()
    return (Ability.CARDS, *tips, *able, Ability.OFFLINE)


def reader_status(reader: Reader, taken: Attempt | None, live: Live) -> ReaderStatus:
    """What the reader can do right now; `taken` is the attempt that it has in hand."""
    if reader.quarantine:
        return ReaderStatus.QUARANTINED
    if taken and taken.state is AttemptState.PERSON:
        return ReaderStatus.NEEDS_A_PERSON
    asked = live.online or live.trouble is Trouble.RESOLVING
    if taken and taken.state is AttemptState.UNKNOWN and asked:
        return ReaderStatus.RESOLVING
    if not live.online:
        away = taken is None and live.trouble in COMES_BACK
        return ReaderStatus.AWAY if away else ReaderStatus.OFFLINE
    if taken or live.need is Need.WAIT:
        return ReaderStatus.BUSY
    return ReaderStatus.NOT_READY if live.need in TAKES_NO_CARD else ReaderStatus.ONLINE


def lane_views(lanes: Sequence[Lane], readers: Mapping[str, ReaderView]) -> tuple[LaneView, ...]:
    """The lanes that are declared, then a lane for each reader that is in none."""
    named = {id_ for lane in lanes for id_ in (lane.reader, lane.fallback)}
    views = [
        _lane(lane.name, readers.get(lane.reader), readers.get(lane.fallback or ""))
        for lane in lanes
    ]
    free = [
        _lane(reader.label, reader, None) for id_, reader in readers.items() if id_ not in named
    ]
    return tuple(views + free)


def in_colour(lanes: Sequence[LaneView], colours: Colours, at_ms: int) -> tuple[LaneView, ...]:
    """The lanes as they are shown; `at_ms` is monotonic."""
    colours.keep(frozenset(map(_key, lanes)))
    return tuple(
        replace(lane, level=colours.lane(_key(lane), lane.level, at_ms, passes=_passes(lane)))
        for lane in lanes
    )


def _key(lane: LaneView) -> tuple[str, str]:
    return lane.name, lane.reader.id if lane.reader else ""


def _passes(lane: LaneView) -> bool:
    """Whether its reader may be back in a moment; not one that was lost over a payment."""
    reader = lane.reader
    if reader is None or reader.status is not ReaderStatus.OFFLINE:
        return False
    return reader.kind is None and reader.trouble in PASSES


def _lane(name: str, reader: ReaderView | None, fallback: ReaderView | None) -> LaneView:
    if reader and reader.status in _TAKES_CARDS:
        level = Level.OK
    elif fallback and fallback.status in _TAKES_CARDS:
        level = Level.ATTENTION
    elif reader and reader.status is ReaderStatus.AWAY:
        level = Level.RESTING
    else:
        level = Level.STOP
    return LaneView(name, level, reader, fallback)

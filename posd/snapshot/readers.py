"""What a reader is doing and can do, and which lanes can take a card."""

from collections.abc import Mapping, Sequence
from typing import Final

from posd.live import Live, Trouble
from posd.model.attempt import Attempt, AttemptState
from posd.model.reader import Reader
from posd.snapshot.queries import Queries
from posd.snapshot.views import Lane, LaneView, Level, ReaderStatus, ReaderView
from posd_drivers.ability import Need

TAKES_NO_CARD: Final = frozenset(Need) - {Need.WAIT, Need.CARD_REMOVED}
"""What an idle terminal wants that does not pass by itself."""
USED_ELSEWHERE_SHOWN_MS: Final = 24 * 3600 * 1000
"""A store looks into its books once a day."""
COMES_BACK: Final = frozenset({Trouble.RESTARTING, Trouble.UPDATING})
"""Why a terminal goes away by itself."""
_TAKES_CARDS: Final = frozenset({ReaderStatus.ONLINE, ReaderStatus.BUSY})


def _lately(noticed_ms: int | None, at_ms: int) -> int | None:
    recent = noticed_ms is not None and at_ms - noticed_ms < USED_ELSEWHERE_SHOWN_MS
    return noticed_ms if recent else None


def reader_view(reader: Reader, queries: Queries, live: Live, at_ms: int) -> ReaderView:
    """One reader at `at_ms`; `live` is what its attachment knows right now."""
    attempt = queries.attempt(reader.attempt) if reader.attempt else None
    taken = attempt if attempt and attempt.unended else None
    since_ms = taken.started_ms if taken else None
    return ReaderView(
        id=reader.id,
        label=reader.label or reader.terminal_id or reader.id,
        status=_reader_status(reader, taken, live),
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
        stranger=_stranger(reader),
        location=reader.location,
    )


def _stranger(reader: Reader) -> str | None:
    found = reader.stranger
    return (found.terminal_id or found.device or "without a number") if found else None


def _reader_status(reader: Reader, taken: Attempt | None, live: Live) -> ReaderStatus:
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

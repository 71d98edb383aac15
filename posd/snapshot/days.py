"""How the day of each reader stands: what it took, and what became of its last end of day."""

from collections.abc import Sequence
from typing import Final, Protocol

from posd.model.attempt import Attempt, AttemptState
from posd.model.closing import Agreement, Closing, Takings, refused_as_empty
from posd.model.closing_time import TimeOf
from posd.model.facts import AttemptKind
from posd.model.reader import Reader
from posd.snapshot.day_views import ClosedView, DayStatus, DayView, TakenView
from posd.snapshot.views import Level

DAYS_MAX: Final = 40
OVERDUE_MS: Final = 3600 * 1000
"""How long posd may take over a day that is due before somebody should look."""

_STATUS: Final = {
    AttemptState.STARTED: DayStatus.CLOSING,
    AttemptState.REPORTED: DayStatus.CLOSING,
    AttemptState.UNKNOWN: DayStatus.UNPROVEN,
    AttemptState.PERSON: DayStatus.NEEDS_A_PERSON,
    AttemptState.SET_ASIDE: DayStatus.NEEDS_A_PERSON,
    AttemptState.DECLINED: DayStatus.REFUSED,
    AttemptState.ABORTED: DayStatus.REFUSED,
}
"""What is not here is over, and the reader's next day is open."""
_STOPS: Final = frozenset({DayStatus.NEEDS_A_PERSON, DayStatus.CONTRADICTED})


class AttemptQueries(Protocol):
    """The journal's query-only connection, as far as days need it."""

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def unproven_attempts(self) -> Sequence[Attempt]:
        """Every attempt whose outcome is not proven."""
        ...


def days(
    readers: Sequence[Reader], queries: AttemptQueries, time_of: TimeOf, at_ms: int
) -> tuple[DayView, ...]:
    """The days that posd closes, or has closed, or has something to say of."""
    left: dict[str, str] = {}
    for attempt in filter(_left, queries.unproven_attempts()):
        left.setdefault(attempt.reader, attempt.id)  # the first is what a person decides first
    latest = {reader.id: left.get(reader.id) or reader.end_of_day for reader in readers}
    shown = [
        _day(reader, latest[reader.id], queries, time_of, at_ms)
        for reader in readers
        if time_of(reader.id) or latest[reader.id] or reader.takings.at_risk_count
    ]
    return tuple(shown[:DAYS_MAX])


def _left(attempt: Attempt) -> bool:
    """Whether it is an end of day that a terminal left unproven which has been replaced."""
    return attempt.kind is AttemptKind.END_OF_DAY and attempt.state is AttemptState.SET_ASIDE


def level(day: DayView) -> Level:
    """How urgent it is that somebody looks at this day."""
    if day.status in _STOPS:
        return Level.STOP
    differs = day.closed is not None and day.closed.agreement is Agreement.DIFFERS
    looks = day.overdue or differs or day.status is DayStatus.REFUSED
    return Level.ATTENTION if looks else Level.OK


def _day(
    reader: Reader, end_of_day: str | None, queries: AttemptQueries, time_of: TimeOf, at_ms: int
) -> DayView:
    latest = queries.attempt(end_of_day) if end_of_day else None
    time = time_of(reader.id)
    due_ms = time.due_since(reader, latest, at_ms) if time is not None else None
    status = _status(reader, latest)
    return DayView(
        reader=reader.id,
        label=reader.label or reader.terminal_id or reader.id,
        currency=reader.currency,
        status=status,
        taken=_taken(reader.takings),
        closed=_closed(reader.closing) if reader.closing is not None else None,
        since_ms=latest.changed_ms if latest is not None else None,
        code=latest.code if latest is not None and status is DayStatus.REFUSED else None,
        reason=(latest.discrepancy or latest.reason) if latest is not None else None,
        end_of_day=end_of_day,
        due_ms=due_ms,
        overdue=due_ms is not None and at_ms - due_ms > OVERDUE_MS,
    )


def _status(reader: Reader, latest: Attempt | None) -> DayStatus:
    if latest is None:
        return DayStatus.OPEN
    if latest.contradicted:
        return DayStatus.CONTRADICTED
    status = _STATUS.get(latest.state, DayStatus.OPEN)
    nothing = reader.takings.empty or refused_as_empty(latest)
    return DayStatus.OPEN if status is DayStatus.REFUSED and nothing else status


def _closed(closing: Closing) -> ClosedView:
    totals = closing.totals
    return ClosedView(
        at_ms=closing.at_ms,
        amount=None if totals is None else totals.amount,
        taken=_taken(closing.takings),
        agreement=closing.agreement,
    )


def _taken(takings: Takings) -> TakenView:
    return TakenView(
        count=takings.count,
        amount=takings.amount,
        at_risk_count=takings.at_risk_count,
        at_risk_amount=takings.at_risk_amount,
    )

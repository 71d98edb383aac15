"""Which months may leave the journal: those that are over, decided, paid, closed and audited (I12).

What a month is, its facts say: the segments of one label that follow each other. A month leaves
with all before it or not at all, so that the journal is one stretch of the chain.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import groupby, takewhile
from typing import Final, TypeAlias

import apsw
from msgspec import Struct
from msgspec.structs import replace

from posd.journal import segments
from posd.journal.audit_records import DAY_AUDITS
from posd.journal.records import ATTEMPTS
from posd.journal.segments import Segment
from posd.model.attempt import AttemptState
from posd.model.audit_facts import DayAudited
from posd.model.facts import FACT_VERSION, KINDS

NAMED_MAX: Final = 5
"""Of what stands in a month's way, so many are named and the others counted."""

DayOf: TypeAlias = Callable[[int], str]
"""The business day of a wall time in milliseconds."""


class Bar(Enum):
    """Why a month must stay."""

    NOT_OVER = "not_over"
    UNDECIDED = "undecided"
    OWED = "owed"
    NOT_CLOSED = "not_closed"
    NOT_AUDITED = "not_audited"
    UNREADABLE = "unreadable"


_REASONS: Final[Mapping[Bar, str]] = {
    Bar.NOT_OVER: "is not over, the newest facts are in it",
    Bar.UNDECIDED: "not decided yet",
    Bar.OWED: "not reported to Stripe yet",
    Bar.NOT_CLOSED: "no end of day since",
    Bar.NOT_AUDITED: "not audited and exported, or not to its end",
    Bar.UNREADABLE: "written by a newer posd",
}


class Missing(Struct, frozen=True):
    """What a month lacks: `named` are the first of `count` objects or days that lack it."""

    bar: Bar
    named: tuple[str, ...]
    count: int


_NOT_OVER: Final = Missing(Bar.NOT_OVER, (), 0)
_HAS_FACTS_HERE: Final = (
    "EXISTS (SELECT 1 FROM history WHERE seq BETWEEN ?1 AND ?2 AND object IN ("
    "SELECT open.id UNION ALL SELECT open.payment_intent UNION ALL SELECT of_it.id"
    " FROM attempt AS of_it WHERE of_it.payment_intent = open.payment_intent"
    " AND of_it.payment_intent <> ''))"
)
"""Whether facts ?1 to ?2 tell of what is open, its payment or another attempt of that: the payment
may be of a month that left long ago."""


class Month(Struct, frozen=True):
    """A month of facts, and what keeps it in the journal: nothing, if `missing` is empty."""

    label: str
    segments: tuple[Segment, ...]
    first_seq: int
    last_seq: int
    missing: tuple[Missing, ...]


def months(db: apsw.Connection, before: str, day_of: DayOf) -> list[Month]:
    """The months in the journal up to the first that is not before this one, oldest first.

    Args:
        db: Any connection to the journal; it should stand still.
        before: The first month that stays, YYYY-MM.
        day_of: The store's business days.
    """
    known = segments.segments(db)
    ends = [following.first_seq - 1 for following in known[1:]]
    last_seq_of = {one.ordinal: end for one, end in zip(known, ends, strict=False)}
    found = []
    for label, group in groupby(takewhile(lambda one: one.label < before, known), _label):
        of = tuple(group)
        last_seq = last_seq_of.get(of[-1].ordinal)
        if last_seq is None:
            not_over = Month(label, of, of[0].first_seq, of[-1].first_seq, (_NOT_OVER,))
            found.append(not_over)
        else:
            month = Month(label, of, of[0].first_seq, last_seq, ())
            found.append(replace(month, missing=_missing(db, month, day_of)))
    return found


def sentences(months: Iterable[Month]) -> Iterator[str]:
    """What keeps these months, one line for each reason; nothing of those that may leave."""
    for month in months:
        for missing in month.missing:
            more = missing.count - len(missing.named)
            named = f": {', '.join(missing.named)}" if missing.named else ""
            counted = f" and {more} more" if more else ""
            yield f"{month.label}: {_REASONS[missing.bar]}{named}{counted}"


def _label(segment: Segment) -> str:
    return segment.label


def _missing(db: apsw.Connection, month: Month, day_of: DayOf) -> tuple[Missing, ...]:
    taken = _taken(db, month, day_of)
    asked = {
        Bar.UNDECIDED: _undecided(db, month),
        Bar.OWED: _owed(db, month),
        Bar.NOT_CLOSED: _not_closed(db, taken),
        Bar.NOT_AUDITED: _not_audited(db, taken),
        Bar.UNREADABLE: _unreadable(db, month),
    }
    return tuple(
        Missing(bar, tuple(sorted(found)[:NAMED_MAX]), len(found))
        for bar, found in asked.items()
        if found
    )


class _Taken(Struct, frozen=True):
    """One proven move of money: which fact proves it, on which business day, and where."""

    seq: int
    day: str
    reader: str
    terminal: str | None


def _taken(db: apsw.Connection, month: Month, day_of: DayOf) -> list[_Taken]:
    return [
        _Taken(seq, day_of(wall_ms), reader, terminal)
        for segment in month.segments
        for seq, wall_ms, reader, terminal in db.execute(
            segment.sql(
                "SELECT fact.seq, wall_ms, reader, terminal FROM fact_NNNN AS fact"
                " JOIN attempt ON attempt.id = fact.object"
                " WHERE kind = 'AttemptApproved' AND payment_intent <> '' ORDER BY fact.seq"
            )
        )
    ]


def _undecided(db: apsw.Connection, month: Month) -> set[str]:
    """What nobody and nothing has decided yet, and what a person has still to look at."""
    rows = db.execute(
        "SELECT id FROM attempt AS open"  # noqa: S608 (a constant)
        f" WHERE (unproven = 1 OR contradicted = 1) AND {_HAS_FACTS_HERE}"
        " UNION SELECT id FROM"
        " (SELECT id, id AS payment_intent FROM payment_intent WHERE state = 'capturable') AS open"
        f" WHERE {_HAS_FACTS_HERE}"
        " UNION SELECT draft.id FROM refund_draft AS draft"
        " JOIN payment_intent AS paid ON paid.id = draft.payment_intent"
        " WHERE open = 1 AND paid.created_seq <= ?2"
        " UNION SELECT id FROM hardware_order WHERE undecided AND created_seq BETWEEN ?1 AND ?2"
        " UNION SELECT id FROM restore WHERE open = 1",
        (month.first_seq, month.last_seq),
    )
    return {id_ for (id_,) in rows}


def _owed(db: apsw.Connection, month: Month) -> set[str]:
    """Payments of which Stripe has not been told everything, unless a person gave that up."""
    rows = db.execute(
        "SELECT payment_intent FROM outbox AS open"  # noqa: S608 (a constant)
        f" WHERE state IN ('waiting', 'parked') AND {_HAS_FACTS_HERE}",
        (month.first_seq, month.last_seq),
    )
    return {id_ for (id_,) in rows}


def _not_closed(db: apsw.Connection, taken: Sequence[_Taken]) -> set[str]:
    """Readers whose terminal has not closed its day since, as far as posd and no person knows."""
    last = {one.terminal or one.reader: one for one in taken}
    return {
        one.reader
        for one in last.values()
        if not _closed_after(db, one) and not _accepted_by_a_person(_audit(db, one.day))
    }


def _closed_after(db: apsw.Connection, last: _Taken) -> bool:
    where, whose = ("reader", last.reader) if last.terminal is None else ("terminal", last.terminal)
    closings = db.execute(
        f"SELECT body FROM attempt WHERE payment_intent = '' AND {where} = ?"  # noqa: S608
        " AND created_seq > ? ORDER BY created_seq",
        (whose, last.seq),
    )
    return any(ATTEMPTS.decode(body).state is AttemptState.APPROVED for (body,) in closings)


def _not_audited(db: apsw.Connection, taken: Sequence[_Taken]) -> set[str]:
    """Days that no accepted audit holds whole."""
    last = {one.day: one.seq for one in taken}
    audits = {day: _audit(db, day) for day in last}
    return {
        day for day, seq in last.items() if (found := audits[day]) is None or found.last_seq < seq
    }


def _audit(db: apsw.Connection, day: str) -> DayAudited | None:
    body = db.execute("SELECT body FROM day_audit WHERE business_day = ?", (day,)).get
    return None if body is None else DAY_AUDITS.decode(body).found


def _accepted_by_a_person(audit: DayAudited | None) -> bool:
    return audit is not None and audit.reason is not None


def _unreadable(db: apsw.Connection, month: Month) -> set[str]:
    """Kinds of facts of a newer posd: while they lie here, their objects are parked."""
    return {
        kind
        for segment in month.segments
        for kind, version in db.execute(segment.sql("SELECT DISTINCT kind, version FROM fact_NNNN"))
        if kind not in KINDS or version > FACT_VERSION
    }

"""An audit as CSV for the bookkeeper (RFC 4180): one line for each closing period.

Nothing in it depends on a locale: amounts are integers in minor units of `currency`, times ISO 8601
in UTC, the first line names the columns. The same findings give the same octets.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from posd.model.audit import Pair, Standing, Sum
from posd.model.audit_facts import Difference
from posd.model.audit_findings import DayFindings, PeriodFindings

Cell: TypeAlias = str | int | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would carry out what begins like this."""

COLUMNS: Final[Mapping[str, Callable[[DayFindings, PeriodFindings], Cell]]] = {
    "business_day": lambda day, _: day.business_day,
    "reader": lambda _, one: one.books.reader,
    "terminal_id": lambda _, one: one.books.terminal_id,
    "end_of_day": lambda _, one: one.books.closing.attempt if one.books.closing else None,
    "begun_utc": lambda _, one: _utc(one.books.takings.since_ms),
    "closed_utc": lambda _, one: _utc(one.books.closing.at_ms if one.books.closing else None),
    "currency": lambda _, one: one.books.currency,
    "taken_count": lambda _, one: one.books.taken.count,
    "taken_amount": lambda _, one: one.books.taken.amount,
    "given_back_count": lambda _, one: one.books.given_back.count,
    "given_back_amount": lambda _, one: one.books.given_back.amount,
    "net_amount": lambda _, one: one.books.net.amount,
    "at_risk_amount": lambda _, one: one.books.takings.at_risk_amount,
    "imported_amount": lambda _, one: one.books.imported.amount,
    "imported_refund_amount": lambda _, one: one.books.imported_refunds.amount,
    "unproven_count": lambda _, one: len(one.books.unproven),
    "terminal_amount": lambda _, one: _terminal(one),
    "terminal": lambda _, one: _verdict(one.terminal),
    "reported_amount": lambda _, one: _standing(one, Standing.REPORTED),
    "waiting_amount": lambda _, one: _standing(one, Standing.WAITING),
    "parked_amount": lambda _, one: _standing(one, Standing.PARKED),
    "written_off_amount": lambda _, one: _standing(one, Standing.WRITTEN_OFF),
    "not_owed_amount": lambda _, one: _standing(one, Standing.NOT_OWED),
    "stripe_amount": lambda _, one: one.at_stripe.amount,
    "stripe": lambda _, one: _verdict(one.stripe),
    "till_amount": lambda _, one: one.listed.amount,
    "till": lambda _, one: _verdict(one.till),
    "differences": lambda day, one: " ".join(map(_difference, _listed(day, one))),
    "first_seq": lambda day, _: day.chain.first_seq if day.chain else None,
    "first_hash": lambda day, _: day.chain.first_hash if day.chain else None,
    "last_seq": lambda day, _: day.chain.last_seq if day.chain else None,
    "last_hash": lambda day, _: day.chain.last_hash if day.chain else None,
}
"""Every column, in its order, and what stands in it; docs/api.md says what each means."""


def table(days: Sequence[DayFindings]) -> str:
    """The whole file, lines ended by CR LF."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    for day in days:
        for one in day.periods:
            lines.writerow([_plain(cell(day, one)) for cell in COLUMNS.values()])
    return written.getvalue()


def _plain(cell: Cell) -> Cell:
    """The cell so that no program takes it for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _utc(wall_ms: int | None) -> str | None:
    if wall_ms is None:
        return None
    return datetime.fromtimestamp(wall_ms // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _terminal(one: PeriodFindings) -> int | None:
    closing = one.books.closing
    return None if closing is None or closing.totals is None else closing.totals.amount


def _standing(one: PeriodFindings, standing: Standing) -> int:
    return one.books.by_standing.get(standing, Sum()).amount


def _verdict(pair: Pair) -> str:
    """`equal`, `differs`, or `not_checked`, and why if not all was checked."""
    return " ".join((pair.agreement.value, *(word.value for word in pair.unchecked)))


def _listed(day: DayFindings, one: PeriodFindings) -> tuple[Difference, ...]:
    """What differs in the period; with the day's first one also what no period has."""
    elsewhere = day.elsewhere if day.periods[0] is one else ()
    pairs = (one.terminal, one.stripe, one.till)
    return (*(each for pair in pairs for each in pair.differences), *elsewhere)


def _difference(one: Difference) -> str:
    """`side:kind:subject:journal:other`, where a side that has nothing is empty."""
    ours, theirs = ("" if each is None else str(each) for each in (one.ours, one.theirs))
    return f"{one.side.value}:{one.kind}:{one.subject}:{ours}:{theirs}"

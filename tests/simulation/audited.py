"""posd's own audit, once it is quiet, beside the books that posd never writes (I11, M16)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from posd.clock import utc
from posd.composition import Posd
from posd.model.audit_findings import PeriodFindings
from posd.model.closing import Agreement

DAYS: Final = 30
"""Longer than any story, and than a clock in it is off."""


class Closed(Protocol):
    """An end of day as it stands in a terminal's book."""

    @property
    def attempt(self) -> str | None:
        """The attempt that closed it, or None for one by hand."""
        ...

    @property
    def amount(self) -> int:
        """What was closed."""
        ...


async def violations(posd: Posd, closed: Mapping[str, Sequence[Closed]]) -> list[str]:
    """What it calls equal and is not, or says that Stripe has otherwise, though nothing is owed."""
    last = utc(posd._audits._clock.wall_ms()).date() + timedelta(days=1)
    period = f"{last - timedelta(days=DAYS)}..{last}"
    days = (await posd._audits().books.audited(period)).days
    periods = {
        (one.books.reader, one.books.closing.attempt if one.books.closing else ""): one
        for day in days
        for one in day.periods
    }
    told = [
        f"the audit says that Stripe has otherwise: {difference}"
        for one in periods.values()
        for difference in one.stripe.differences
    ]
    return told + [found for one in periods.values() for found in _wrong(one, closed)]


def _wrong(period: PeriodFindings, closed: Mapping[str, Sequence[Closed]]) -> Iterator[str]:
    closing = period.books.closing
    if closing is None or period.terminal.agreement is not Agreement.EQUAL:
        return
    book = [
        one.amount for one in closed.get(period.books.reader, ()) if one.attempt == closing.attempt
    ]
    ours = period.books.takings.amount + period.books.imported.amount
    if book != [ours]:
        yield f"the audit calls {closing.attempt} equal: journal {ours}, in the book {book}"

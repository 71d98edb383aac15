"""The audit of business days: journal, terminals, Stripe and tills beside one another (M16).

It reads in pages and writes nothing; a person who accepts what was found names the export by its
hash, so that what is accepted is what was seen.
"""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from msgspec.structs import replace

from posd.audit.at_stripe import Look, StripeLook
from posd.audit.periods import PAUSE_S, Day, Journaled, PeriodReader
from posd.clock import Clock
from posd.errors import UpstreamUnavailable
from posd.journal.audit_queries import AuditQueries, Stretch
from posd.journal.command import Entry
from posd.model import audit, till_books
from posd.model.audit import (
    Books,
    Pair,
    Standing,
    Sum,
    Unchecked,
)
from posd.model.audit_facts import Side
from posd.model.audit_findings import Chain, DayFindings, PeriodFindings
from posd.model.business_day import BusinessDay
from posd.model.reader_facts import TerminalUsedElsewhere
from posd.model.till_books import NOWHERE, Listed
from posd.upstream.record_list import Ask
from posd.upstream.uplink import UpstreamCall
from posd_drivers.card_reader import Kind as TerminalKind

BY_HAND_MAX: Final = 50
"""More bookings by hand at one reader are not listed."""
_UNTOLD: Final[Mapping[Standing, Unchecked]] = {
    Standing.WAITING: Unchecked.STILL_OWED,
    Standing.PARKED: Unchecked.STILL_OWED,
    Standing.WRITTEN_OFF: Unchecked.NOT_REPORTED,
    Standing.NOT_OWED: Unchecked.NOT_REPORTED,
}
"""Why Stripe does not have what the journal has."""


class Audits:
    """Audits days, one at a time.

    Args:
        ask: One request to Stripe in its turn; None in a store that reports nothing there.
    """

    def __init__(
        self, queries: AuditQueries, day: BusinessDay, clock: Clock, ask: Ask | None
    ) -> None:
        self._queries = queries
        self._day = day
        self._clock = clock
        self._ask = ask
        self._one_at_a_time = asyncio.Lock()

    async def days(self, first: str, last: str) -> list[DayFindings]:
        """What was found of each business day from one to another, those that have begun.

        Stripe is not asked again about further days once it did not answer. Raises JournalDamaged.
        """
        found: list[DayFindings] = []
        ask = self._ask
        async with self._one_at_a_time:
            for business_day in self._begun(first, last):
                found.append(await self._audited(business_day, ask))
                pairs = (one.stripe for one in found[-1].periods)
                if any(Unchecked.OFFLINE in pair.unchecked for pair in pairs):
                    ask = None if self._ask is None else _offline
        return found

    def _begun(self, first: str, last: str) -> list[str]:
        today = self._day.of(self._clock.wall_ms())
        day, end = (
            date.fromisoformat(first),
            min(date.fromisoformat(last), date.fromisoformat(today)),
        )
        return [(day + timedelta(days=n)).isoformat() for n in range((end - day).days + 1)]

    async def _audited(self, business_day: str, ask: Ask | None) -> DayFindings:
        from_ms, to_ms = self._day.bounds_ms(business_day)
        stretch = self._queries.stretch(from_ms, to_ms)
        if stretch is None:
            return DayFindings(business_day, from_ms, to_ms, None)
        chain, by_hand = await self._verified(stretch)
        day = Day(business_day, from_ms, to_ms, stretch)
        journaled = await PeriodReader(self._queries, day, by_hand).read()
        journaled = replace(journaled, periods=tuple(map(self._with_imported, journaled.periods)))
        look = await self._at_stripe(journaled, day, ask)
        lists = self._queries.till_lists(business_day)
        listed = till_books.compare(journaled.bookings, lists)
        return DayFindings(
            business_day=business_day,
            from_ms=from_ms,
            to_ms=to_ms,
            chain=chain,
            periods=_beside(journaled, look, listed),
            elsewhere=tuple(listed.differences.get(NOWHERE, ()))[: audit.DIFFERENCES_MAX],
            strays=0 if look is None else look.strays,
        )

    async def _verified(self, stretch: Stretch) -> tuple[Chain, Mapping[str, list[int | None]]]:
        """The ends of the chain, and what posd found booked beside it, by reader."""
        by_hand: dict[str, list[int | None]] = {}
        first: Entry | None = None
        last: Entry | None = None
        while page := self._queries.verified(stretch, last):
            for entry in page:
                _note_by_hand(entry, by_hand)
            first, last = first or page[0], page[-1]
            await asyncio.sleep(PAUSE_S)
        assert first is not None, stretch
        assert last is not None, stretch
        return Chain(first.seq, last.seq, first.hash.hex(), last.hash.hex()), by_hand

    def _with_imported(self, books: Books) -> Books:
        """The period with what Stripe has of it and the journal lost."""
        since_ms = books.takings.since_ms or books.first_ms or 0
        until_ms = books.closing.at_ms if books.closing else self._clock.wall_ms()
        imported = Sum()
        for one in self._queries.imported_at(books.reader, since_ms, until_ms):
            if not self._queries.is_approved(one.attempt):
                imported = imported.plus(one.amount - one.amount_refunded)
        return replace(books, imported=imported)

    async def _at_stripe(self, journaled: Journaled, day: Day, ask: Ask | None) -> Look | None:
        if ask is None or not journaled.periods:
            return None
        return await StripeLook(ask, self._queries, journaled.bookings).take(day.from_ms, day.to_ms)


async def _offline(_asked: UpstreamCall, /) -> dict[str, Any]:
    """Stripe did not answer a moment ago."""
    raise UpstreamUnavailable("the line to Stripe is down")


def _note_by_hand(entry: Entry, by_hand: dict[str, list[int | None]]) -> None:
    match entry.fact:
        case TerminalUsedElsewhere(reader, last, began_anew):
            amounts = by_hand.setdefault(reader, [])
            if began_anew and len(amounts) < BY_HAND_MAX:
                amounts.append(None)
            if last.amount is not None and len(amounts) < BY_HAND_MAX:
                gives_back = last.kind in (TerminalKind.REVERSAL, TerminalKind.REFUND)
                amounts.append(-last.amount if gives_back else last.amount)
        case _:
            return


def _beside(journaled: Journaled, look: Look | None, listed: Listed) -> tuple[PeriodFindings, ...]:
    return tuple(
        PeriodFindings(
            books=books,
            terminal=audit.with_terminal(books),
            stripe=_with_stripe(index, journaled, look),
            till=_with_tills(index, journaled, listed),
            at_stripe=look.seen.get(index, Sum()) if look is not None else Sum(),
            listed=listed.sums.get(index, Sum()),
        )
        for index, books in enumerate(journaled.periods)
    )


def _with_stripe(index: int, journaled: Journaled, look: Look | None) -> Pair:
    if look is None:
        return audit.with_other(Side.STRIPE, (), (Unchecked.NO_STRIPE,))
    standings = journaled.periods[index].by_standing
    unchecked = [word for standing, word in _UNTOLD.items() if _is_untold(standing, standings)]
    unchecked += [] if look.problem is None else [look.problem]
    unchecked += [] if journaled.all_bookings else [Unchecked.TOO_MANY]
    return audit.with_other(Side.STRIPE, look.differences.get(index, ()), unchecked)


def _is_untold(standing: Standing, standings: Mapping[Standing, Sum]) -> bool:
    """Whether Stripe lacks it; what was held and given back before a capture comes to nothing."""
    sum_ = standings.get(standing, Sum())
    return bool(sum_.amount if standing is Standing.NOT_OWED else sum_.count)


def _with_tills(index: int, journaled: Journaled, listed: Listed) -> Pair:
    if not listed.owners:
        return audit.with_other(Side.TILL, (), (Unchecked.NO_LIST,))
    own = [one for one in journaled.bookings if one.period == index and one.today]
    silent = any(one.owner not in listed.owners for one in own)
    unchecked = [Unchecked.LIST_MISSING] if silent else []
    unchecked += [] if journaled.all_bookings else [Unchecked.TOO_MANY]
    return audit.with_other(Side.TILL, listed.differences.get(index, ()), unchecked)

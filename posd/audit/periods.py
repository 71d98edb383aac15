"""The journal's own books of a business day: one closing period of a reader after the other.

A period is what lies between two ends of day of one terminal. It belongs to the day if something
was booked in it that day, or if it was closed that day; then it is read whole, from before the day
and beyond it. Where nobody closes, it is cut off at the day.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from posd.journal.audit_queries import AuditQueries, Stretch
from posd.model import audit
from posd.model.attempt import Attempt, AttemptState
from posd.model.audit import Books, Standing
from posd.model.audit_findings import Booking
from posd.model.closing import Takings
from posd.model.effect import EffectState
from posd.model.facts import AttemptKind, Proof
from posd.model.refund import RefundState
from posd.upstream.payment_records import GUARANTEE_SUFFIX, REFUND_SUFFIX, REPORT_SUFFIX

PAUSE_S: Final = 0.002
"""Between two pages, so that tills and commits go first."""
BOOKINGS_MAX: Final = 20_000
"""More bookings of one audit are added up, and not compared one by one."""
_STANDING: Final[Mapping[EffectState, Standing]] = {
    EffectState.WAITING: Standing.WAITING,
    EffectState.PARKED: Standing.PARKED,
    EffectState.WRITTEN_OFF: Standing.WRITTEN_OFF,
    EffectState.DONE: Standing.REPORTED,
}


class Day(Struct, frozen=True):
    """A business day: its wall times in milliseconds, and the facts that hold it."""

    business_day: str
    from_ms: int
    to_ms: int
    stretch: Stretch


class Journaled(Struct, frozen=True):
    """The closing periods of a day, and their bookings as far as they are compared one by one."""

    periods: tuple[Books, ...]
    bookings: tuple[Booking, ...]
    all_bookings: bool


class _Period:
    """A closing period while it is read."""

    def __init__(self, reader: str, attempt: Attempt, takings: Takings) -> None:
        terminal_id = attempt.baseline.terminal_id
        self.books = Books(reader, attempt.currency, terminal_id, takings)
        self.of_the_day = False
        self.bookings: list[Booking] = []


class PeriodReader:
    """Reads one day.

    Args:
        by_hand: Amounts that posd found booked without it, by reader; None for a day closed.
    """

    def __init__(
        self, queries: AuditQueries, day: Day, by_hand: Mapping[str, Sequence[int | None]]
    ) -> None:
        self._queries = queries
        self._day = day
        self._by_hand = by_hand
        self._open: dict[str, _Period] = {}
        self._read: list[Books] = []
        self._bookings: list[Booking] = []
        self._too_many = False

    async def read(self) -> Journaled:
        """All periods of the day, in the order in which they ended; open ones last."""
        stretch = self._day.stretch
        async for attempt in self._attempts(stretch.first_seq - 1, stretch.last_seq):
            if attempt.reader not in self._open:
                await self._begin(attempt)
            self._take(attempt)
        for reader, period in self._open.items():
            if period.of_the_day:
                await self._finish(reader)
        return Journaled(tuple(self._read), tuple(self._bookings), not self._too_many)

    async def _attempts(self, after: int, until: int, reader: str = "") -> AsyncIterator[Attempt]:
        while page := self._queries.attempts_after(after, until, reader):
            for attempt in page:
                yield attempt
            after = self._queries.begun_at(page[-1].id)
            await asyncio.sleep(PAUSE_S)

    async def _begin(self, first: Attempt) -> None:
        """Read what its period has from before the day, if posd saw it begin."""
        before = self._queries.closed_before(first.reader, self._day.stretch.first_seq)
        if before is None or not _same_terminal(before, first):
            self._open[first.reader] = _Period(first.reader, first, Takings())
            return
        self._open[first.reader] = _Period(first.reader, first, _begun(before))
        since = self._queries.begun_at(before.id)
        async for attempt in self._attempts(since, self._day.stretch.first_seq - 1, first.reader):
            self._take(attempt)

    async def _finish(self, reader: str) -> None:
        """Read on to the end of day that closed it, if one did."""
        closing = self._queries.closed_after(reader, self._day.stretch.last_seq)
        if closing is not None:
            until = self._queries.begun_at(closing.id)
            async for attempt in self._attempts(self._day.stretch.last_seq, until, reader):
                if self._open[reader].of_the_day:
                    self._take(attempt)
        if self._open[reader].of_the_day:
            self._emit(self._open[reader])

    def _take(self, attempt: Attempt) -> None:
        period = self._open[attempt.reader]
        if _another_terminal(period.books.terminal_id, attempt):
            self._emit(period)
            period = self._open[attempt.reader] = _Period(attempt.reader, attempt, Takings())
        today = self._day.from_ms <= attempt.started_ms < self._day.to_ms
        if attempt.kind is not AttemptKind.END_OF_DAY:
            self._note(period, attempt, today=today)
            return
        if attempt.state is not AttemptState.APPROVED:
            return
        period.books, begun = audit.end(period.books, attempt)
        period.of_the_day |= today
        self._emit(period)
        self._open[attempt.reader] = _Period(attempt.reader, attempt, begun)

    def _note(self, period: _Period, attempt: Attempt, *, today: bool) -> None:
        amount = audit.booked_amount(attempt)
        standing = None
        if amount is not None:
            standing, first_sent_ms = self._standing(attempt)
            if len(self._bookings) + len(period.bookings) < BOOKINGS_MAX:
                booking = self._booking(attempt, amount, standing)
                period.bookings.append(replace(booking, today=today, first_sent_ms=first_sent_ms))
            else:
                self._too_many = True
        original = self._queries.attempt(attempt.original) if attempt.original else None
        period.books = audit.note(period.books, attempt, original, standing)
        if amount is not None and amount > 0:
            period.books = self._with_imported_refund(period.books, attempt.payment_intent)
        period.of_the_day |= today and (amount is not None or attempt.unproven)

    def _with_imported_refund(self, books: Books, payment_intent: str) -> Books:
        lost = self._queries.refunded_in_gap(payment_intent)
        return replace(books, imported_refunds=books.imported_refunds.plus(lost)) if lost else books

    def _booking(self, attempt: Attempt, amount: int, standing: Standing) -> Booking:
        intent = self._queries.payment_intent(attempt.payment_intent)
        assert intent is not None, attempt
        told = self._refunds_told(intent.id) if intent.amount_refunded else 0
        if told is not None:
            told += self._queries.refunded_in_gap(intent.id)
        return Booking(
            period=0,
            today=False,
            attempt=attempt.id,
            payment_intent=intent.id,
            amount=amount,
            currency=attempt.currency,
            owner=intent.owner,
            order=intent.order,
            standing=standing,
            record=intent.payment_record,
            refunded=told,
        )

    def _refunds_told(self, payment_intent: str) -> int | None:
        """What Stripe was told of refunds of this payment; None if it may not have one of them."""
        given = [
            one
            for one in self._queries.refunds_of(payment_intent)
            if one.state is RefundState.SUCCEEDED
        ]
        effects = [self._queries.effect_standing(f"{one.attempt}{REFUND_SUFFIX}") for one in given]
        if any(effect is None or effect.state is not EffectState.DONE for effect in effects):
            return None
        return sum(one.amount for one in given)

    def _standing(self, attempt: Attempt) -> tuple[Standing, int | None]:
        """How it stands with Stripe, and when that was first told."""
        gives_back = attempt.kind in (AttemptKind.REVERSAL, AttemptKind.REFUND)
        suffixes = (REFUND_SUFFIX,) if gives_back else (REPORT_SUFFIX, GUARANTEE_SUFFIX)
        effects = [self._queries.effect_standing(attempt.id + suffix) for suffix in suffixes]
        if effects[0] is None:
            return Standing.NOT_OWED, None
        standings = [_STANDING[one.state] if one else Standing.WAITING for one in effects]
        behind = next((one for one in standings if one is not Standing.REPORTED), None)
        return behind or Standing.REPORTED, effects[0].first_sent_ms

    def _emit(self, period: _Period) -> None:
        if not period.of_the_day:
            return
        index = len(self._read)
        self._bookings += [replace(one, period=index) for one in period.bookings]
        by_hand = tuple(self._by_hand.get(period.books.reader, ()))
        self._read.append(replace(period.books, by_hand=by_hand))


def _begun(closing: Attempt) -> Takings:
    """What the period after this end of day begins with."""
    seen = closing.proof is not Proof.PERSON
    return Takings(since_ms=closing.changed_ms if seen else None)


def _same_terminal(one: Attempt, other: Attempt) -> bool:
    return not _another_terminal(one.baseline.terminal_id, other)


def _another_terminal(terminal_id: str | None, attempt: Attempt) -> bool:
    """Whether another terminal did it; one that tells no id cannot be told from another."""
    ids = (terminal_id, attempt.baseline.terminal_id)
    return None not in ids and ids[0] != ids[1]

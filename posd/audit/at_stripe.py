"""What Stripe holds of a day's bookings, looked up within a deadline.

Records that guarantee nothing are strays of a report that was sent twice: harmless, and no
difference. What the journal still owes is not compared: it is shown as waiting, parked or given up.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.model.attempt import Attempt
from posd.model.audit import Differs, Standing, Sum, Unchecked
from posd.model.audit_facts import Difference, Side
from posd.model.audit_findings import Booking
from posd.upstream import record_list
from posd.upstream.record_list import Ask, PaymentRecord

LOOK_S: Final = 30.0
"""How long a look at Stripe may take for one business day."""
SLACK_S: Final = 3600
"""How far posd's clock and Stripe's may be apart for a record to be found in the list."""
WIDEST_MS: Final = 7 * 24 * 3600 * 1000
"""How far from the day reports are looked for in the list: days offline, and no clock of 1970."""
ASKED_ONE_BY_ONE_MAX: Final = 50
"""Records that were not in the list, as those of days offline; more are not asked for."""
NOT_FOUND: Final = 404


class Attempts(Protocol):
    """The journal, as far as the look asks it."""

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...


class Look(Struct):
    """What Stripe told, by the index of the closing period; filled in while it is told.

    Attributes:
        problem: Why it did not tell everything, or None.
        strays: Records of this store's attempts that guarantee nothing beside the true ones.
    """

    seen: dict[int, Sum]
    differences: dict[int, list[Difference]]
    problem: Unchecked | None = None
    strays: int = 0


class StripeLook:
    """One look, at the bookings of one day.

    Args:
        ask: One request to Stripe, when its turn has come.
        attempts: To tell this store's records from those of others.
    """

    def __init__(self, ask: Ask, attempts: Attempts, bookings: Sequence[Booking]) -> None:
        self._ask = ask
        self._attempts = attempts
        self._bookings = {one.attempt: one for one in bookings}
        self._expected: dict[str, list[Booking]] = {}
        for one in bookings:
            if one.standing is Standing.REPORTED and one.record is not None:
                self._expected.setdefault(one.record, []).append(one)
        self._look = Look({}, {})

    async def take(self, from_ms: int, to_ms: int) -> Look:
        """What Stripe told of the day that begins and ends then, wall time in milliseconds."""
        look = self._look
        try:
            async with asyncio.timeout(LOOK_S):
                await self._through_list(*self._bounds_s(from_ms, to_ms))
                await self._one_by_one()
        except TimeoutError:
            look.problem = Unchecked.NOT_IN_TIME
        except UpstreamUnavailable:
            look.problem = Unchecked.OFFLINE
        except (UpstreamRefused, CredentialRefused):
            look.problem = Unchecked.REFUSED
        return look

    def _bounds_s(self, from_ms: int, to_ms: int) -> tuple[int, int]:
        """The time in which the day's reports first left, at least as wide as the day."""
        sent = [one.first_sent_ms for one in self._bookings.values() if one.first_sent_ms]
        first = max(min([from_ms, *sent]), from_ms - WIDEST_MS)
        last = min(max([to_ms, *sent]), to_ms + WIDEST_MS)
        return first // 1000 - SLACK_S, last // 1000 + SLACK_S

    async def _through_list(self, first_s: int, last_s: int) -> None:
        async for page in record_list.listed(self._ask, first_s, last_s):
            for record in page:
                self._compare(record)

    async def _one_by_one(self) -> None:
        for id_ in list(self._expected)[:ASKED_ONE_BY_ONE_MAX]:
            try:
                self._compare(await record_list.retrieved(self._ask, id_))
            except UpstreamRefused as refused:
                if refused.status != NOT_FOUND:
                    raise
                for one in self._expected.pop(id_):
                    self._differs(one.period, Differs.MISSING, id_, abs(one.amount), None)
        if self._expected:
            self._look.problem = Unchecked.TOO_MANY

    def _compare(self, record: PaymentRecord) -> None:
        expected = self._expected.pop(record.id, None)
        if expected is None:
            self._note_other(record)
            return
        for one in expected:
            if one.amount >= 0:
                self._compare_taken(one, record)
            self._see(one.period, record.guaranteed if one.amount >= 0 else one.amount)
        first = expected[0]
        if first.refunded not in (None, record.refunded):
            self._differs(
                first.period, Differs.REFUNDED, record.id, first.refunded, record.refunded
            )

    def _compare_taken(self, one: Booking, record: PaymentRecord) -> None:
        if (record.currency, record.guaranteed) != (one.currency, one.amount):
            self._differs(one.period, Differs.AMOUNT, record.id, one.amount, record.guaranteed)

    def _note_other(self, record: PaymentRecord) -> None:
        """A record that the journal does not count on: of others, a stray, or one too many."""
        attempt = self._attempts.attempt(record.attempt) if record.attempt else None
        if attempt is None:
            return
        if not record.guaranteed:
            self._look.strays += 1
            return
        booked = self._bookings.get(attempt.id)
        if booked is not None and booked.record not in (None, record.id):
            self._differs(booked.period, Differs.SECOND, record.id, None, record.guaranteed)

    def _see(self, period: int, amount: int) -> None:
        self._look.seen[period] = self._look.seen.get(period, Sum()).plus(amount)

    def _differs(
        self, period: int, kind: Differs, subject: str, ours: int | None, theirs: int | None
    ) -> None:
        found = Difference(Side.STRIPE, kind.value, subject, ours, theirs)
        self._look.differences.setdefault(period, []).append(found)

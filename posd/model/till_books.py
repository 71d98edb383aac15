"""A till's own list of a business day beside the journal's bookings of that till."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from posd.model.audit import Differs, Sum
from posd.model.audit_facts import Difference, Side, TillEntry
from posd.model.audit_findings import Booking
from posd.model.day_audit import TillList

NOWHERE: Final = -1
"""The index of no closing period."""


class Listed(Struct, frozen=True):
    """What tills list.

    Attributes:
        sums: What they list of each closing period, by its index.
        differences: What differs in each; under NOWHERE what the journal has nowhere.
        owners: Ids of the keys whose tills posted a list.
    """

    sums: dict[int, Sum]
    differences: dict[int, list[Difference]]
    owners: frozenset[str]


def compare(bookings: Sequence[Booking], lists: Iterable[TillList]) -> Listed:
    """Each list beside what was booked for its till: payment by payment, or order by order.

    A list claims that there is nothing else; what the journal has besides differs.
    """
    entries: dict[str, list[TillEntry]] = {}
    for part in lists:
        entries.setdefault(part.till, []).extend(part.entries)
    listed = Listed({}, {}, frozenset(entries))
    for till, of_till in entries.items():
        own = [booking for booking in bookings if booking.today and booking.owner == till]
        _compare_list(listed, of_till, own)
    return listed


def _compare_list(listed: Listed, entries: Sequence[TillEntry], own: Sequence[Booking]) -> None:
    left = {booking.attempt: booking for booking in own}
    by_payment: dict[str | None, list[Booking]] = {}
    by_order: dict[str | None, list[Booking]] = {}
    for booking in own:
        by_payment.setdefault(booking.payment_intent, []).append(booking)
        by_order.setdefault(booking.order, []).append(booking)
    for entry in entries:
        by_id = entry.payment_intent is not None
        named = by_payment.get(entry.payment_intent, []) if by_id else by_order.get(entry.order, [])
        meant = [left.pop(one.attempt) for one in named if one.attempt in left]
        _compare_entry(listed, entry, meant)
    for one in left.values():
        _differs(listed, one.period, Differs.MISSING, one.payment_intent, one.amount, None)


def _compare_entry(listed: Listed, entry: TillEntry, meant: Sequence[Booking]) -> None:
    subject = entry.payment_intent or entry.order or ""
    if not meant:
        _differs(listed, NOWHERE, Differs.UNKNOWN, subject, None, entry.amount)
        return
    for one in meant:
        sum_ = listed.sums.get(one.period, Sum())
        listed.sums[one.period] = sum_.plus(one.amount)
    ours = sum(one.amount for one in meant)
    if ours != entry.amount or {one.currency for one in meant} != {entry.currency}:
        period = meant[0].period
        sum_ = listed.sums[period]
        listed.sums[period] = Sum(sum_.count, sum_.amount + entry.amount - ours)
        _differs(listed, period, Differs.AMOUNT, subject, ours, entry.amount)


def _differs(
    listed: Listed, period: int, kind: Differs, subject: str, ours: int | None, theirs: int | None
) -> None:
    found = Difference(Side.TILL, kind.value, subject, ours, theirs)
    listed.differences.setdefault(period, []).append(found)

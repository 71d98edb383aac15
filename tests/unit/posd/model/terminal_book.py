"""A terminal's own book, as plain rules that know nothing of posd's: who booked what, in order.

Receipt numbers have four digits and begin anew with an end of day where the make does so; trace
numbers and the clock run on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from posd_drivers.card_reader import BrandTotals, Kind, Totals, Transaction

TERMINAL = "12345678"


@dataclass(frozen=True)
class Habits:
    """What a make of terminal does.

    `starts_at`: the receipt number after 9999, 0 or 1. `tells`: which numbers beside the receipt's
    it repeats. `names_refunds`: whether it tells a refund from a sale.
    """

    begins_anew: bool = False
    clears_store: bool = False
    starts_at: int = 1
    tells: frozenset[str] = frozenset({"trace", "stamp"})
    names_refunds: bool = False


@dataclass(frozen=True)
class Booking:
    """One row of the book. `of` is the trace number of what it takes back or books."""

    kind: Kind
    amount: int
    receipt: int
    trace: int
    at_s: int
    ours: bool = False
    of: int | None = None


@dataclass
class Book:
    """What the terminal has stored, and what it has reserved by receipt number.

    `receipt_before` is the last number in the book when our attempt began.
    """

    habits: Habits
    receipt: int = 15
    receipt_before: int = 0
    trace: int = 500
    at_s: int = 0
    stored: list[Booking] = field(default_factory=list)
    everything: list[Booking] = field(default_factory=list)
    reserved: set[int] = field(default_factory=set)

    def book(
        self, kind: Kind, amount: int, *, ours: bool = False, of: int | None = None
    ) -> Booking:
        """The next number is used, whoever stands at the terminal."""
        self.receipt = self.habits.starts_at if self.receipt == 9999 else self.receipt + 1
        self.trace += 1
        self.at_s += 7
        row = Booking(kind, amount, self.receipt, self.trace, self.at_s, ours, of)
        self.stored.append(row)
        self.everything.append(row)
        return row

    def close(self) -> None:
        """The day is closed: sums begin at nothing, and what else the make does."""
        self.at_s += 60
        if self.habits.begins_anew:
            self.receipt = 0
        if self.habits.clears_store:
            self.stored.clear()
        self.everything.clear()

    def last(self) -> Transaction | None:
        """What it repeats."""
        if not self.stored:
            return None
        row = self.stored[-1]
        named = row.kind is not Kind.REFUND or self.habits.names_refunds
        stamped = "stamp" in self.habits.tells
        return Transaction(
            row.kind if named else Kind.SALE,
            TERMINAL,
            row.amount,
            "eur",
            0,
            row.receipt,
            row.trace if "trace" in self.habits.tells else None,
            original_trace=row.of if row.kind is Kind.REVERSAL else None,
            date="0102" if stamped else None,
            time=f"{row.at_s // 3600:02}{row.at_s // 60 % 60:02}{row.at_s % 60:02}"
            if stamped
            else None,
        )

    def totals(self) -> Totals:
        """What it adds up since the last end of day."""
        rows = self.everything
        signs = {Kind.SALE: 1, Kind.REVERSAL: -1, Kind.REFUND: -1}
        amount = sum(signs[row.kind] * row.amount for row in rows)
        brands = (BrandTotals("visa", len(rows) % 256, amount),) if rows else ()
        first, last = (rows[0].receipt, rows[-1].receipt) if rows else (None, None)
        return Totals(amount, brands, first, last)


def ours(rows: Sequence[Booking]) -> bool:
    """Whether our booking is among them."""
    return any(row.ours for row in rows)

"""The terminal's own book: what its acquirer will settle, whatever any till believes.

A file of JSON lines, one entry a line, only ever appended to and synced before the terminal says a
word about it. Tests and oracles read it with `read_ledger`; posd never does.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

RECEIPT_MAX = 9999
"""Receipt numbers are four digits (BMP 87); 0001 follows 9999."""
TRACE_MAX = 999_999
"""Trace numbers (BMP 0B) and turnover records (BMP 88) are six digits; 000001 follows 999999."""


SALE, REFUND, REVERSAL = "sale", "refund", "reversal"
PREAUTHORISATION, BOOKING, RELEASE = "preauthorisation", "booking", "release"
CLOSING = "closing"
TILL, HAND = "till", "hand"

_MOVING_MONEY = frozenset({SALE, BOOKING, REFUND})


class Entry(Enum):
    """What a line of the book says of its transaction."""

    STORED = "stored"
    REVERSED = "reversed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction as the terminal remembers it.

    Attributes:
        kind: `sale`, `refund`, `reversal` (of a sale, refund or booking), `preauthorisation`,
            `booking` (06 24, 06 23), `release` (06 25) or `closing` (06 50).
        terminal_id: Eight digits.
        amount: In minor units, tip included; of a closing the sum of its period.
        currency: Lower-case ISO 4217 code.
        receipt: 1..9999. A number whose transaction was not stored, or was reversed automatically,
            is given to the next one, as ZVT's implicit reversal does (A 13.07, tag 1F1F). A closing
            takes none and repeats the last one.
        trace: 1..999999; every question to the host takes one, so declines leave gaps.
        turnover: Number of the turnover record, 1..999999.
        at: Local time, ISO 8601, seconds.
        result: ZVT result code: 0, or the host's.
        text: The host's words for the cardholder.
        card: Name of the card in `cards.CARDS`.
        entry_mode: `contactless` or `chip`; empty where no card was presented.
        verification: `none`, `online_pin` or `signature`.
        authorisation: The issuer's code, six digits, or empty.
        original: Trace number of what it takes back or books; 0: of nothing.
        origin: Who wanted it: the `till`, or a `hand` on the terminal's own keys.
        tip: What of the amount is a tip, in minor units.
        online: Whether the host was asked; otherwise it may come back unpaid.
    """

    kind: str
    terminal_id: str
    amount: int
    currency: str
    receipt: int
    trace: int
    turnover: int
    at: str
    result: int
    text: str
    card: str
    entry_mode: str
    verification: str
    authorisation: str
    original: int = 0
    origin: str = TILL
    tip: int = 0
    online: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the book.

    Attributes:
        entry: What happened.
        transaction: To which transaction; a reversal repeats the reversed one.
        reason: Why, for a reversal: `auto_reversal` or `refused_by_till`; otherwise empty.
    """

    entry: Entry
    transaction: Transaction
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """What the lines amount to.

    Attributes:
        stored: All transactions but closings, oldest first; a reversal stands beside its sale.
        reversed: The auto-reversal log: authorised by the host, then taken back.
        declined: What the host refused.
        closings: The ends of day, oldest first.
        trace: The last trace number given, 0 if none.
        turnover: The last turnover record that stands, 0 if none.
        receipt: The last receipt number that stands, 0 if none.
        closed: How many were in `stored` at each closing.
    """

    stored: tuple[Transaction, ...] = ()
    reversed: tuple[Line, ...] = ()
    declined: tuple[Transaction, ...] = ()
    trace: int = 0
    turnover: int = 0
    receipt: int = 0
    closings: tuple[Transaction, ...] = ()
    closed: tuple[int, ...] = ()

    def with_line(self, line: Line) -> "Book":
        """The book after one more line."""
        transaction = line.transaction
        match line.entry:
            case Entry.STORED if transaction.kind == CLOSING:
                return replace(
                    self,
                    trace=transaction.trace,
                    closings=(*self.closings, transaction),
                    closed=(*self.closed, len(self.stored)),
                )
            case Entry.STORED:
                return replace(
                    self,
                    trace=transaction.trace,
                    stored=(*self.stored, transaction),
                    receipt=transaction.receipt,
                    turnover=transaction.turnover,
                )
            case Entry.REVERSED:
                kept = self._without(transaction)
                return replace(kept, trace=transaction.trace, reversed=(*self.reversed, line))
            case Entry.DECLINED:
                declined = (*self.declined, transaction)
                return replace(self, trace=transaction.trace, declined=declined)

    def _without(self, transaction: Transaction) -> "Book":
        if self.last != transaction:
            return self
        return replace(
            self,
            stored=self.stored[:-1],
            receipt=transaction.receipt - 1,
            turnover=transaction.turnover - 1,
        )

    @property
    def last(self) -> Transaction | None:
        """The last stored transaction: what Repeat Receipt tells."""
        return self.stored[-1] if self.stored else None

    @property
    def period(self) -> tuple[Transaction, ...]:
        """What no end of day has closed, oldest first."""
        return self.stored[self.closed[-1] :] if self.closed else self.stored

    @property
    def period_before(self) -> tuple[Transaction, ...]:
        """What the last end of day has closed, oldest first."""
        begins, ends = (0, 0, *self.closed)[-2:]
        return self.stored[begins:ends]

    @property
    def standing(self) -> tuple[Transaction, ...]:
        """The sales, bookings and refunds that nobody took back, of all periods."""
        return self.standing_of(self.stored)

    @property
    def open_reservations(self) -> tuple[Transaction, ...]:
        """The pre-authorisations that were neither booked nor released."""
        ended = {it.original for it in self.stored}
        reserved = (it for it in self.stored if it.kind == PREAUTHORISATION)
        return tuple(it for it in reserved if it.trace not in ended)

    def in_period(self, receipt: int) -> Transaction | None:
        """The latest transaction with this receipt number that no end of day has closed."""
        return next((it for it in reversed(self.period) if it.receipt == receipt), None)

    def reversal_of(self, transaction: Transaction) -> Transaction | None:
        """What took this transaction back."""
        back = (it for it in self.stored if it.kind == REVERSAL)
        return next((it for it in back if it.original == transaction.trace), None)

    def standing_of(self, transactions: tuple[Transaction, ...]) -> tuple[Transaction, ...]:
        """Those that move money and that nobody took back."""
        taken_back = {it.original for it in self.stored if it.kind == REVERSAL}
        moving = (it for it in transactions if it.kind in _MOVING_MONEY)
        return tuple(it for it in moving if it.trace not in taken_back)

    @property
    def next_receipt(self) -> int:
        """The receipt number of the next transaction."""
        return _next(self.receipt, RECEIPT_MAX)

    @property
    def next_trace(self) -> int:
        """The trace number of the next question to the host."""
        return _next(self.trace, TRACE_MAX)

    @property
    def next_turnover(self) -> int:
        """The number of the next turnover record."""
        return _next(self.turnover, TRACE_MAX)


EMPTY = Book()


class Ledger(Protocol):
    """Where the terminal keeps its book."""

    @property
    def book(self) -> Book:
        """What is in it now."""
        ...

    def append(self, line: Line) -> None:
        """Add a line; it is durable when this returns."""
        ...


class MemoryLedger:
    """A book without a file, for simulations; it may start with counters of its own."""

    def __init__(self, book: Book = Book()) -> None:
        self._book = book

    @property
    def book(self) -> Book:
        """What is in it now."""
        return self._book

    def append(self, line: Line) -> None:
        """Add a line."""
        self._book = self._book.with_line(line)


class FileLedger:
    """A book in a file of JSON lines, which survives the terminal's restart and its power cut."""

    def __init__(self, path: Path) -> None:
        """Open or begin the book. A last line that a power cut tore is cut off.

        Raises ValueError if any other line is not an entry, OSError as the file system has it.
        """
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        whole = _whole_lines(path.read_bytes())
        os.ftruncate(self._file, len(whole))
        os.lseek(self._file, 0, os.SEEK_END)
        _sync_directory(path.parent)
        self._book = book_of(_lines(whole))

    @property
    def book(self) -> Book:
        """What is in it now."""
        return self._book

    def append(self, line: Line) -> None:
        """Add a line and sync it. Raises OSError, after which nothing was promised."""
        octets = encode_line(line)
        written = os.write(self._file, octets)
        assert written == len(octets), "a short write to a regular file"
        os.fsync(self._file)
        self._book = self._book.with_line(line)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def read_ledger(path: Path) -> Book:
    """The book in a file, read without touching it; an empty one if there is no file."""
    return book_of(_lines(_whole_lines(path.read_bytes()))) if path.exists() else Book()


def book_of(lines: Iterable[Line], book: Book = EMPTY) -> Book:
    """What these lines amount to, behind those of another book."""
    for line in lines:
        book = book.with_line(line)
    return book


def encode_line(line: Line) -> bytes:
    """A line as the file has it, line feed included."""
    fields = {"entry": line.entry.value, "reason": line.reason, **asdict(line.transaction)}
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _lines(octets: bytes) -> list[Line]:
    return [_decode_line(raw) for raw in octets.splitlines()]


def _decode_line(raw: bytes) -> Line:
    fields: dict[str, Any] = json.loads(raw)
    try:
        entry, reason = Entry(fields.pop("entry")), fields.pop("reason")
        return Line(entry, Transaction(**fields), reason)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an entry of a ledger: {raw!r}") from error


def _whole_lines(octets: bytes) -> bytes:
    return octets[: octets.rfind(b"\n") + 1]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _next(number: int, maximum: int) -> int:
    return number % maximum + 1

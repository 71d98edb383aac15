"""A book with a past, for the commands that look into it."""

from posd_simulator.terminal.ledger import Book, Entry, Line, Transaction, book_of


def entry(kind: str, receipt: int, amount: int = 1250, original: int = 0) -> Transaction:
    """A transaction as it would be stored; its trace number is the receipt number and 100."""
    return Transaction(
        kind=kind,
        terminal_id="12345678",
        amount=amount,
        currency="eur",
        receipt=receipt,
        trace=receipt + 100,
        turnover=receipt,
        at="2026-11-23T10:00:00",
        result=0,
        text="",
        card="visa",
        entry_mode="contactless",
        verification="none",
        authorisation="000123",
        original=original,
    )


def stored(*transactions: Transaction) -> Book:
    """A book that holds these."""
    return book_of(Line(Entry.STORED, it) for it in transactions)

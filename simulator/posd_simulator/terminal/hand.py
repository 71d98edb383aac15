"""What somebody books on the terminal's own keys, without any till."""

from posd_simulator.terminal.cards import DEFAULT_CARD
from posd_simulator.terminal.closing import closing
from posd_simulator.terminal.correction import following
from posd_simulator.terminal.deeds import (
    ByHand,
    ClosingByHand,
    RefundByHand,
    ReversalByHand,
    SaleByHand,
)
from posd_simulator.terminal.issuer import authorisation_code
from posd_simulator.terminal.ledger import (
    HAND,
    REFUND,
    REVERSAL,
    SALE,
    Entry,
    Line,
    Transaction,
)
from posd_simulator.terminal.lock import CLOSING_PENDING, MEMORY_FULL
from posd_simulator.terminal.machine import READY, Machine
from posd_simulator.terminal.reversal import reversible
from posd_simulator.terminal.script import Failed


def book_by_hand(deed: ByHand, machine: Machine) -> Line | None:
    """The line for the ledger; None if the terminal refuses."""
    match deed:
        case SaleByHand(amount):
            return Line(Entry.STORED, _paid(SALE, amount, machine))
        case RefundByHand(amount):
            return Line(Entry.STORED, _paid(REFUND, amount, machine))
        case ReversalByHand(receipt):
            return _reversed(receipt or machine.book.receipt, machine)
        case ClosingByHand():
            return _closed(machine)


def _reversed(receipt: int, machine: Machine) -> Line | None:
    try:
        original = reversible(receipt, machine)
    except Failed:
        return None
    back = following(original, REVERSAL, original.amount, machine, HAND)
    return Line(Entry.STORED, back)


def _closed(machine: Machine) -> Line | None:
    if machine.book.open_reservations:
        return None
    if machine.status in (CLOSING_PENDING, MEMORY_FULL):
        machine.status = READY
    return Line(Entry.STORED, closing(machine, HAND))


def _paid(kind: str, amount: int, machine: Machine) -> Transaction:
    book = machine.book
    return Transaction(
        kind=kind,
        terminal_id=machine.settings.terminal_id,
        amount=amount,
        currency=machine.settings.currency,
        receipt=book.next_receipt,
        trace=book.next_trace,
        turnover=book.next_turnover,
        at=machine.at(),
        result=0,
        text="",
        card=DEFAULT_CARD,
        entry_mode="contactless",
        verification="none",
        authorisation=authorisation_code(book.next_trace),
        origin=HAND,
    )

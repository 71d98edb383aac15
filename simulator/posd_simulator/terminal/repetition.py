"""What was once told or printed, again: repeat receipt (06 20) and reprint (06 12)."""

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import parse_bcd
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import take_fields
from posd_simulator.terminal import status
from posd_simulator.terminal.faults import OtherTransaction
from posd_simulator.terminal.habits import Repeats
from posd_simulator.terminal.ledger import Book, Transaction
from posd_simulator.terminal.machine import OWNS_PAYMENT_OR_ADMINISTRATION, Machine, Printed
from posd_simulator.terminal.order import take_password
from posd_simulator.terminal.paper import closing_sheet, print_out, sheets_of
from posd_simulator.terminal.script import GOOD, Failed, Reply, Script, Tell
from posd_simulator.terminal.totals import Totals, add_up

NOTHING_STORED = 0x66
"""06 1E of a repeat receipt from an empty ledger: "processing error".

The standard has no code for it, terminals differ; this one says neither "not supported" nor "busy".
"""
SEND_STATUS, NO_PRINT = 0x01, 0x02
"""Service byte of 06 20."""


def repeat_receipt(command: Apdu, machine: Machine) -> Script:
    """06 20: the last transaction in the ledger, as status, as receipt, or both (A 2.8)."""
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    service = take_fields(cursor).service or 0
    yield Reply(GOOD)
    if _keeps_it_back(machine):
        yield Tell(status.completed())
    elif _tells_closing(machine):
        yield from _closing_again(service, machine)
    else:
        yield from _transaction_again(service, machine)


def reprint(command: Apdu, machine: Machine) -> Script:
    """06 12: the receipts of a range of receipt numbers in the open period."""
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    first = parse_bcd(cursor.expect(2, "receipt"), "receipt")
    last = parse_bcd(cursor.expect(2, "receipt"), "receipt") if cursor.left else first
    if cursor.left:
        raise Malformed("reprint", cursor.offset)
    yield Reply(GOOD)
    found = [it for it in machine.book.period if first <= it.receipt <= last]
    if not found:
        raise Failed(status.aborted(NOTHING_STORED))
    sheets = [sheet for it in found for sheet in sheets_of(it, machine.settings.habits)]
    yield from print_out(sheets, machine, Printed.PAYMENT)
    yield Tell(status.completed())


def _keeps_it_back(machine: Machine) -> bool:
    locks = machine.registration.config & OWNS_PAYMENT_OR_ADMINISTRATION
    return machine.settings.habits.repeats is Repeats.IF_LOCKED and not locks


def _tells_closing(machine: Machine) -> bool:
    book, repeats = machine.book, machine.settings.habits.repeats
    return repeats is Repeats.CLOSING and bool(book.closings) and not book.period


def _transaction_again(service: int, machine: Machine) -> Script:
    last = _last(machine)
    if last is None:
        raise Failed(status.aborted(NOTHING_STORED))
    if service & SEND_STATUS:
        yield Tell(status.approved_status(last, machine))
    if not service & NO_PRINT:
        sheets = sheets_of(last, machine.settings.habits)
        yield from print_out(sheets, machine, Printed.PAYMENT)
    yield Tell(status.completed())


def _closing_again(service: int, machine: Machine) -> Script:
    closed, sums = machine.book.closings[-1], _totals_before(machine.book)
    if service & SEND_STATUS:
        yield Tell(status.totals_status(sums, closed.at, closed.trace))
    if not service & NO_PRINT:
        sheet = closing_sheet(sums, closed.terminal_id, closed.at, machine.settings.habits)
        yield from print_out([sheet], machine, Printed.ADMINISTRATION)
    yield Tell(status.completed())


def _last(machine: Machine) -> Transaction | None:
    book = machine.book
    forgets = machine.settings.habits.repeats is Repeats.PERIOD
    told = book.period if forgets else book.stored
    if machine.faults.use(OtherTransaction):
        told = told[:-1]
    return told[-1] if told else None


def _totals_before(book: Book) -> Totals:
    period = book.period_before
    return add_up(period, book.standing_of(period))

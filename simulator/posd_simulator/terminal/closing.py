"""End of day (06 50) and totals (06 10): what was taken since the last one (zvt.md 14.11)."""

from contextlib import suppress

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_simulator.terminal import status
from posd_simulator.terminal.cards import DEFAULT_CARD
from posd_simulator.terminal.dialogue import Dialogue
from posd_simulator.terminal.ledger import CLOSING, TILL, Transaction
from posd_simulator.terminal.lock import cure
from posd_simulator.terminal.machine import Machine, Printed
from posd_simulator.terminal.order import NO_ORDER, take_password
from posd_simulator.terminal.paper import closing_sheet
from posd_simulator.terminal.reservation import open_list
from posd_simulator.terminal.script import (
    GOOD,
    Failed,
    Reply,
    Restart,
    Script,
    Show,
    Tell,
    TooLateToAbort,
    Unheard,
)
from posd_simulator.terminal.settlement import Approval, settle
from posd_simulator.terminal.totals import Totals, add_up

CLOSING_IMPOSSIBLE = 0x77
UPDATE_FOLLOWS, REBOOT_FOLLOWS = 0xE0, 0xFC


def totals(command: Apdu, machine: Machine) -> Script:
    """06 10: the totals of the open period; nothing is closed."""
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    take_fields(cursor)
    yield Reply(GOOD)
    yield Tell(status.totals_status(period_totals(machine), machine.at(), None))
    yield Tell(status.completed())


def end_of_day(command: Apdu, machine: Machine) -> Script:
    """06 50: submit the period and begin the next. Refused while a reservation is open."""
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    take_fields(cursor)
    yield Reply(GOOD)
    _check_closable(machine)
    yield TooLateToAbort()
    yield Show("End of day")
    yield from Dialogue(machine, 0).ask_host()
    sums, closed = period_totals(machine), closing(machine)
    habits = machine.settings.habits
    approval = Approval(
        transaction=closed,
        report=status.totals_status(sums, closed.at, closed.trace),
        sheets=[closing_sheet(sums, closed.terminal_id, closed.at, habits)],
        printed=Printed.ADMINISTRATION,
        completion=_completion(machine),
    )
    with suppress(Unheard):
        yield from settle(approval, NO_ORDER, machine)
    yield from _closed(command, machine, closed)


def period_totals(machine: Machine) -> Totals:
    """What the open period amounts to."""
    period = machine.book.period
    return add_up(period, machine.book.standing_of(period))


def closing(machine: Machine, origin: str = TILL) -> Transaction:
    """The closing of the open period, with the next trace number and no other."""
    book = machine.book
    return Transaction(
        kind=CLOSING,
        terminal_id=machine.settings.terminal_id,
        amount=period_totals(machine).sum,
        currency=machine.settings.currency,
        receipt=book.receipt,
        trace=book.next_trace,
        turnover=book.turnover,
        at=machine.at(),
        result=0,
        text="",
        card=DEFAULT_CARD,
        entry_mode="",
        verification="none",
        authorisation="",
        origin=origin,
    )


def _check_closable(machine: Machine) -> None:
    if machine.book.open_reservations:
        raise Failed(open_list(machine))
    if machine.settings.habits.refuses_empty_closing and not machine.book.period:
        raise Failed(status.aborted(CLOSING_IMPOSSIBLE))


def _completion(machine: Machine) -> Apdu:
    result = machine.settings.habits.closing_result
    return status.completed(Fields() if result is None else Fields.of(result=result))


def _closed(command: Apdu, machine: Machine, closed: Transaction) -> Script:
    """It is ready again if it wanted this, and does what its completion promised."""
    if closed not in machine.book.closings:
        return
    cure(command.control, machine)
    result = machine.settings.habits.closing_result
    if result in (UPDATE_FOLLOWS, REBOOT_FOLLOWS):
        machine.log_off()
        updates = result == UPDATE_FOLLOWS
        yield Restart(machine.settings.update_s if updates else machine.settings.restart_s)

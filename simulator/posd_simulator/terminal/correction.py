"""What refers to an earlier transaction and needs no card: the host, settlement."""

from dataclasses import replace

from posd_simulator.terminal import status
from posd_simulator.terminal.dialogue import Dialogue
from posd_simulator.terminal.issuer import authorisation_code
from posd_simulator.terminal.ledger import TILL, Transaction
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import Order, check_currency
from posd_simulator.terminal.paper import sheets_of
from posd_simulator.terminal.script import Script, TooLateToAbort
from posd_simulator.terminal.settlement import Approval, settle


def correct(
    original: Transaction, kind: str, amount: int, order: Order, machine: Machine
) -> Script:
    """Ask the host and settle: a `kind` of `amount` minor units that refers to `original`.

    Raises Failed if the till named another currency.
    """
    check_currency(order, machine)
    yield TooLateToAbort()
    yield from Dialogue(machine, amount).ask_host()
    done = following(original, kind, amount, machine)
    report = status.approved_status(done, machine)
    sheets = sheets_of(done, machine.settings.habits)
    yield from settle(Approval(done, report, sheets), order, machine)


def following(
    original: Transaction, kind: str, amount: int, machine: Machine, origin: str = TILL
) -> Transaction:
    """The transaction that refers to it, with the next numbers."""
    book = machine.book
    return replace(
        original,
        kind=kind,
        terminal_id=machine.settings.terminal_id,
        amount=amount,
        receipt=book.next_receipt,
        trace=book.next_trace,
        turnover=book.next_turnover,
        at=machine.at(),
        entry_mode="",
        verification="none",
        authorisation=authorisation_code(book.next_trace),
        original=original.trace,
        origin=origin,
        tip=0,
        online=True,
    )

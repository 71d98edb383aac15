"""Reversal (06 30): a transaction of the open period is taken back by its receipt number."""

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal import status
from posd_simulator.terminal.correction import correct
from posd_simulator.terminal.ledger import BOOKING, REFUND, REVERSAL, SALE, Transaction
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import read_order
from posd_simulator.terminal.script import GOOD, Failed, Reply, Script

ALREADY_REVERSED, IMPOSSIBLE = 0xB4, 0xB5
REVERSIBLE = frozenset({SALE, REFUND, BOOKING})


def reversal(command: Apdu, machine: Machine) -> Script:
    """06 30: always the whole amount; one that is named must be it (A, reversal)."""
    order = read_order(command, machine, password=True, amount=False)
    if order.receipt is None:
        raise Malformed("receipt", 0)
    yield Reply(GOOD)
    original = reversible(order.receipt, machine)
    if order.amount not in (None, original.amount):
        raise Failed(status.aborted(IMPOSSIBLE))
    yield from correct(original, REVERSAL, original.amount, order, machine)


def reversible(receipt: int, machine: Machine) -> Transaction:
    """What has this receipt number. Raises Failed: B4 already reversed, B5 impossible."""
    book = machine.book
    original = book.in_period(receipt)
    if original is None or original.kind not in REVERSIBLE:
        raise Failed(status.aborted(IMPOSSIBLE))
    if book.reversal_of(original):
        raise Failed(status.aborted(ALREADY_REVERSED))
    if machine.settings.habits.reverses_last_only and original != book.last:
        raise Failed(status.aborted(IMPOSSIBLE))
    return original

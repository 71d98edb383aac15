"""Reservations: 06 22 makes one, 06 24 and 06 23 book it, 06 25 gives it back (zvt.md 14.10)."""

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import encode_bcd
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.tlv import Tlv
from posd_simulator.terminal import status
from posd_simulator.terminal.correction import correct
from posd_simulator.terminal.ledger import BOOKING, PREAUTHORISATION, RELEASE, Transaction
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import NO_RECEIPT, Order, read_order
from posd_simulator.terminal.payment import pay
from posd_simulator.terminal.script import GOOD, Failed, Reply, Script

AMOUNT_WRONG, PREAUTHORISATION_ERROR = 0xB7, 0xB8
OPEN_RESERVATIONS, RECEIPT = 0x23, 0x08


def preauthorisation(command: Apdu, machine: Machine) -> Script:
    """06 22: reserve an amount on a card. Success prints nothing."""
    order = read_order(command, machine)
    yield Reply(GOOD)
    yield from pay(order, machine, PREAUTHORISATION)


def book_total(command: Apdu, machine: Machine) -> Script:
    """06 24: BMP 04 is the amount that was used; without it, all of it."""
    order = _read(command, machine)
    yield Reply(GOOD)
    original = _open(order, machine)
    used = original.amount if order.amount is None else order.amount
    yield from _book(original, used, order, machine)


def partial_reversal(command: Apdu, machine: Machine) -> Script:
    """06 23: BMP 04 is the amount that was not used; with 87 FF FF it asks what is open."""
    order = _read(command, machine)
    yield Reply(GOOD)
    if order.asks_for_list:
        raise Failed(open_list(machine))
    original = _open(order, machine)
    yield from _book(original, original.amount - (order.amount or 0), order, machine)


def release(command: Apdu, machine: Machine) -> Script:
    """06 25: give all of it back."""
    order = _read(command, machine)
    yield Reply(GOOD)
    original = _open(order, machine)
    yield from correct(original, RELEASE, original.amount, order, machine)


def open_list(machine: Machine) -> Apdu:
    """06 1E B8 with what is open: 87 FF FF for nothing, 87 for one, tag 23 for more."""
    receipts = [encode_bcd(it.receipt, 2) for it in machine.book.open_reservations]
    if len(receipts) > 1 and machine.tlv_allowed:
        listed = Tlv.of(OPEN_RESERVATIONS, *(Tlv(RECEIPT, receipt) for receipt in receipts))
        return status.aborted(PREAUTHORISATION_ERROR, Fields.of(container=(listed,)))
    first = receipts[0] if receipts else NO_RECEIPT
    return status.aborted(PREAUTHORISATION_ERROR, Fields.of(receipt=first))


def _read(command: Apdu, machine: Machine) -> Order:
    order = read_order(command, machine, amount=False)
    if order.receipt is None and not order.asks_for_list:
        raise Malformed("receipt", 0)
    return order


def _open(order: Order, machine: Machine) -> Transaction:
    """The open reservation with this receipt number. Raises Failed, with what is open."""
    reserved = reversed(machine.book.open_reservations)
    original = next((it for it in reserved if it.receipt == order.receipt), None)
    if original is None:
        raise Failed(open_list(machine))
    return original


def _book(original: Transaction, used: int, order: Order, machine: Machine) -> Script:
    if not 0 < used <= original.amount:
        raise Failed(status.aborted(AMOUNT_WRONG))
    yield from correct(original, BOOKING, used, order, machine)

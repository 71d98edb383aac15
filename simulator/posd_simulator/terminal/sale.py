"""Authorisation (06 01): a card pays (A 2.2)."""

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.ledger import SALE
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import read_order
from posd_simulator.terminal.payment import pay
from posd_simulator.terminal.script import GOOD, NOT_SUPPORTED, Refused, Reply, Script


def authorisation(command: Apdu, machine: Machine) -> Script:
    """The whole of a sale, from the answer to 06 01 to the completion."""
    if machine.settings.habits.no_payments:
        raise Refused(NOT_SUPPORTED)
    order = read_order(command, machine)
    yield Reply(GOOD)
    yield from pay(order, machine, SALE)

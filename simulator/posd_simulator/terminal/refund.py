"""Refund (06 31): a card is presented and gets money back (zvt.md 14.9)."""

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.ledger import REFUND
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import read_order
from posd_simulator.terminal.payment import pay
from posd_simulator.terminal.script import GOOD, Reply, Script


def refund(command: Apdu, machine: Machine) -> Script:
    """06 31, of any amount: the terminal knows of no sale that it belongs to."""
    order = read_order(command, machine, password=True)
    yield Reply(GOOD)
    yield from pay(order, machine, REFUND)

"""What the terminal can do besides sales, and the table of all commands it knows.

A command whose password is wrong is answered 84 37 and does nothing.
"""

from collections.abc import Callable
from contextlib import suppress

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import parse_currency
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import find
from posd_simulator.terminal import status
from posd_simulator.terminal.machine import ECR_PRINTS_PAYMENTS, Machine, Registration
from posd_simulator.terminal.sale import RECEIPTS, authorisation
from posd_simulator.terminal.script import (
    GOOD,
    PARSE_ERROR,
    WRONG_PASSWORD,
    Print,
    Reply,
    Restart,
    Script,
    Tell,
    Unheard,
)

WRONG_CURRENCY = Apdu(0x841E, b"\x6f")
NOTHING_STORED = 0x66
"""06 1E of a repeat receipt from an empty ledger: "processing error".

The standard has no code for it, terminals differ; this one says neither "not supported" nor "busy".
"""
READY, PLEASE_WAIT = 0x00, 0x9C
"""Terminal status (A, completion of 05 01)."""
RESTARTS_S = 30.0
"""How long a restart takes; real terminals take up to minutes."""
SEND_STATUS, NO_PRINT = 0x01, 0x02
"""Service byte of 06 20."""


def registration(command: Apdu, machine: Machine) -> Script:
    """06 00: who prints, whether 04 FF and containers are wanted, the currency (A 2.1)."""
    cursor = Cursor(command.body)
    try:
        password = cursor.expect(3, "password").hex()
        config = cursor.expect(1, "config")[0]
        currency = parse_currency(cursor.expect(2, "currency")) if cursor.left else None
        fields = take_fields(cursor)
    except Malformed:
        yield Reply(PARSE_ERROR)
        return
    if password != machine.settings.password:
        yield Reply(WRONG_PASSWORD)
        return
    if currency not in (None, machine.settings.currency):
        yield Reply(WRONG_CURRENCY)
        return
    machine.registration = Registration(
        config=config if machine.settings.ecr_prints else config & ~ECR_PRINTS_PAYMENTS,
        currency_named=currency is not None,
        tlv_allowed=fields.get("container") is not None,
        commands=_listed_commands(fields),
    )
    yield Reply(GOOD)
    answer = Fields.of(
        status_byte=0,
        terminal_id=machine.settings.terminal_id,
        currency=machine.settings.currency,
    )
    yield Tell(Apdu(status.COMPLETION, answer.encode()))


def log_off(command: Apdu, machine: Machine) -> Script:  # noqa: ARG001 (a row of SCRIPTS)
    """06 02: back to the configuration of an unregistered till (A 2.22)."""
    machine.registration = Registration()
    yield Reply(GOOD)


def status_enquiry(command: Apdu, machine: Machine, *, busy: bool = False) -> Script:
    """05 01: ready, or please wait while a command runs. The password is optional (A 2.55)."""
    password = command.body[:3].hex()
    if password and password != machine.settings.password:
        yield Reply(WRONG_PASSWORD)
        return
    yield Reply(GOOD)
    yield Tell(Apdu(status.COMPLETION, bytes([PLEASE_WAIT if busy else READY])))


def repeat_receipt(command: Apdu, machine: Machine) -> Script:
    """06 20: the last transaction in the ledger, as status, as receipt, or both (A 2.8)."""
    cursor = Cursor(command.body)
    try:
        password = cursor.expect(3, "password").hex()
        service = take_fields(cursor).service or 0
    except Malformed:
        yield Reply(PARSE_ERROR)
        return
    if password != machine.settings.password:
        yield Reply(WRONG_PASSWORD)
        return
    yield Reply(GOOD)
    last = machine.book.last
    if last is None:
        yield Tell(status.aborted(NOTHING_STORED))
        return
    if service & SEND_STATUS:
        yield Tell(status.approved_status(last, machine.settings.contract, machine.registration))
    if not service & NO_PRINT:
        yield from _reprint(machine)
    yield Tell(Apdu(status.COMPLETION))


def reset(command: Apdu, machine: Machine) -> Script:  # noqa: ARG001 (a row of SCRIPTS)
    """06 18: completes, and then restarts, whether or not that was heard (A, reset)."""
    yield Reply(GOOD)
    with suppress(Unheard):
        yield Tell(Apdu(status.COMPLETION))
    machine.registration = Registration()
    yield Restart(RESTARTS_S)


SCRIPTS: dict[int, Callable[[Apdu, Machine], Script]] = {
    0x0501: status_enquiry,
    0x0600: registration,
    0x0601: authorisation,
    0x0602: log_off,
    0x0618: reset,
    0x0620: repeat_receipt,
}
"""Every command the terminal knows, by control field; any other is answered 84 83 00."""


def _reprint(machine: Machine) -> Script:
    last, command = machine.book.last, machine.registration.print_command
    assert last is not None, "there is nothing to print"
    for title, copy in RECEIPTS:
        lines = status.receipt_lines(last, title)
        if command is not None:
            for message in status.print_messages(lines, copy, command):
                yield Tell(message)
        elif not machine.registration.till_prints:
            yield Print(lines)


def _listed_commands(fields: Fields) -> frozenset[int] | None:
    """The commands the ECR can take: TLV 26 holds one TLV 0A with two bytes for each (A 9)."""
    codes = find(fields.objects, 0x26, 0x0A)
    if codes is None:
        return None
    starts = range(0, len(codes), 2)
    return frozenset(int.from_bytes(codes[at : at + 2], "big") for at in starts)

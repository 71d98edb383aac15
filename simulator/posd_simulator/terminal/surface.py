"""What the till puts on the terminal's display and paper, and in which language (06 E0, D1, D3)."""

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import take_fields
from posd_drivers.zvt.tlv import Objects
from posd_simulator.terminal import status
from posd_simulator.terminal.lock import PRINTER_EMPTY
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.script import (
    GOOD,
    PRINTER_NOT_READY,
    Print,
    Refused,
    Reply,
    Script,
    Show,
    Tell,
)

DISPLAY_LINES = 8
LANGUAGES_MAX = 0x0F
"""zvt.md 6.1: 00 German, 01 English and so on."""
TEXTS, TEXT = 0x25, 0x07


def display_text(command: Apdu, machine: Machine) -> Script:
    """06 E0: lines F1 to F8 for F0 seconds; the answer is all."""
    fields = take_fields(Cursor(command.body))
    numbers = range(1, DISPLAY_LINES + 1)
    lines = [fields.get(f"text_1_line_{number}") for number in numbers]
    yield Reply(GOOD)
    yield Show("\n".join(_text(line, machine) for line in lines if line is not None))


def print_line(command: Apdu, machine: Machine) -> Script:
    """06 D1: attribute and one line on the terminal's paper; 84 CC without paper."""
    cursor = Cursor(command.body)
    cursor.expect(1, "attribute")
    _check_paper(machine)
    yield Reply(GOOD)
    yield Print((_text(cursor.rest(), machine),))


def print_text_block(command: Apdu, machine: Machine) -> Script:
    """06 D3: the lines (07) of container 25."""
    objects = take_fields(Cursor(command.body)).objects
    _check_paper(machine)
    yield Reply(GOOD)
    yield Print(tuple(_text(line, machine) for line in _lines(objects)))


def language(command: Apdu, machine: Machine) -> Script:
    """08 30: one byte; it outlives a restart."""
    cursor = Cursor(command.body)
    code = cursor.expect(1, "language")[0]
    if cursor.left or code > LANGUAGES_MAX:
        raise Malformed("language", 0)
    yield Reply(GOOD)
    machine.language = code
    yield Tell(status.completed())


def _check_paper(machine: Machine) -> None:
    if machine.status == PRINTER_EMPTY:
        raise Refused(PRINTER_NOT_READY)


def _lines(objects: Objects) -> list[bytes]:
    inner = [item for block in objects if block.tag == TEXTS for item in block.objects]
    return [item.value for item in inner if item.tag == TEXT]


def _text(octets: bytes, machine: Machine) -> str:
    return octets.decode(machine.settings.habits.charset, "replace")

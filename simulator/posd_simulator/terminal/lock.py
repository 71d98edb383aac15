"""A terminal that is not ready is locked (A chapter 7, zvt.md 7.5 and 12.3)."""

from posd_drivers.zvt.codes import HOST_RESULTS, RESULTS
from posd_simulator.terminal import status
from posd_simulator.terminal.machine import READY, Machine
from posd_simulator.terminal.script import Failed

INITIALISATION_NEEDED = 0x51
CLOCK_WRONG = 0x62
OPT_ACTION_NEEDED = 0x65
MEMORY_FULL = 0xB1
CLOCK_OR_DIAGNOSIS = 0xC1
DIAGNOSIS_NEEDED = 0xC2
UPDATE_NEEDED = 0xC4
CARD_INSIDE = 0xDC
PRINTER_EMPTY = 0xCC
CLOSING_PENDING = 0xF0

DEACTIVATED = 0x6B
"""The code of a 06 1E for a status that as a result would be the host's or nobody's."""

ALWAYS = frozenset(
    {0x0501, 0x0600, 0x0602, 0x06B0, 0x06C0, 0x06E0, 0x06E1, 0x06E2, 0x0801, 0x0810, 0x0685}
)
"""What a locked terminal does all the same: status enquiry, registration, log-off, abort, read
card, display texts, service mode, software update."""

CURES: dict[int, frozenset[int]] = {
    INITIALISATION_NEEDED: frozenset({0x0693}),
    CLOCK_WRONG: frozenset({0x0691, 0x0670}),
    OPT_ACTION_NEEDED: frozenset({0x0820}),
    MEMORY_FULL: frozenset({0x0650}),
    CLOCK_OR_DIAGNOSIS: frozenset({0x0691, 0x0670}),
    DIAGNOSIS_NEEDED: frozenset({0x0670}),
    UPDATE_NEEDED: frozenset({0x0810}),
    CARD_INSIDE: frozenset({0x06B0}),
    CLOSING_PENDING: frozenset({0x0650}),
}
"""The commands that cure a terminal status; any other status needs a person."""

PRINTING = frozenset({0x06D1, 0x06D3})
"""What has an answer of its own, 84 CC, for a printer without paper."""


def check_unlocked(control: int, machine: Machine) -> None:
    """Raises Failed if the terminal status forbids this command."""
    if machine.status == PRINTER_EMPTY and control in PRINTING:
        return
    locked = machine.status != READY and control not in ALWAYS
    if locked and control not in CURES.get(machine.status, frozenset()):
        raise Failed(status.aborted(_code(machine.status)))


def cure(control: int, machine: Machine) -> None:
    """The command is done: ready again, if that is what was missing."""
    if control in CURES.get(machine.status, frozenset()):
        machine.status = READY


def _code(terminal_status: int) -> int:
    is_result = terminal_status in RESULTS and terminal_status not in HOST_RESULTS
    return terminal_status if is_result else DEACTIVATED

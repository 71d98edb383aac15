"""The table of all commands that the terminal knows, and what holds for each of them.

A command that cannot be read is answered 84 9A, one whose password is wrong 84 37, and both do
nothing. A locked terminal takes a command (80 00) and ends it (06 1E); whether an 80 00 comes first
is said nowhere.
"""

from collections.abc import Callable

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.closing import end_of_day, totals
from posd_simulator.terminal.lock import check_unlocked
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.maintenance import (
    diagnosis,
    initialisation,
    reset,
    send_offline,
    set_clock,
    software_update,
)
from posd_simulator.terminal.refund import refund
from posd_simulator.terminal.repetition import repeat_receipt, reprint
from posd_simulator.terminal.reservation import (
    book_total,
    partial_reversal,
    preauthorisation,
    release,
)
from posd_simulator.terminal.reversal import reversal
from posd_simulator.terminal.sale import authorisation
from posd_simulator.terminal.script import (
    GOOD,
    PARSE_ERROR,
    Failed,
    Refused,
    Reply,
    Script,
    Tell,
)
from posd_simulator.terminal.session import log_off, registration, status_enquiry
from posd_simulator.terminal.surface import (
    display_text,
    language,
    print_line,
    print_text_block,
)

SCRIPTS: dict[int, Callable[[Apdu, Machine], Script]] = {
    0x0501: status_enquiry,
    0x0600: registration,
    0x0601: authorisation,
    0x0602: log_off,
    0x0610: totals,
    0x0612: reprint,
    0x0618: reset,
    0x0620: repeat_receipt,
    0x0622: preauthorisation,
    0x0623: partial_reversal,
    0x0624: book_total,
    0x0625: release,
    0x0630: reversal,
    0x0631: refund,
    0x0650: end_of_day,
    0x0651: send_offline,
    0x0670: diagnosis,
    0x0691: set_clock,
    0x0693: initialisation,
    0x06D1: print_line,
    0x06D3: print_text_block,
    0x06E0: display_text,
    0x0810: software_update,
    0x0830: language,
}
"""Every command the terminal knows, by control field; any other is answered 84 83 00."""


def script_of(command: Apdu, machine: Machine) -> Script | None:
    """What the terminal does about a command; None if it does not know it."""
    script = SCRIPTS.get(command.control)
    return None if script is None else _answered(script(command, machine), command, machine)


def enquiry_beside(command: Apdu, machine: Machine) -> Script:
    """A status enquiry while another command runs."""
    return _answered(status_enquiry(command, machine, busy=True), command, machine)


def _answered(script: Script, command: Apdu, machine: Machine) -> Script:
    try:
        check_unlocked(command.control, machine)
    except Failed as failed:
        yield Reply(GOOD)
        yield Tell(failed.message)
        return
    try:
        yield from script
    except Refused as refused:
        yield Reply(refused.answer)
    except Malformed:
        yield Reply(PARSE_ERROR)
    except Failed as failed:
        yield Tell(failed.message)

"""What keeps a terminal well: diagnosis, initialisation, clock, offline store, update, restart."""

from contextlib import suppress
from datetime import datetime

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_simulator.terminal import status
from posd_simulator.terminal.dialogue import Dialogue
from posd_simulator.terminal.lock import cure
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.order import take_password
from posd_simulator.terminal.script import GOOD, Reply, Restart, Script, Show, Tell, Unheard

SET_TILL_CLOCK = 0x0401
REMOTE_MAINTENANCE = 0xE0


def diagnosis(command: Apdu, machine: Machine) -> Script:
    """06 70: asks the host; may set the till's clock."""
    take_fields(Cursor(command.body))
    yield Reply(GOOD)
    yield from Dialogue(machine, 0).ask_host()
    if machine.settings.habits.tells_time and machine.registration.takes(SET_TILL_CLOCK):
        yield Tell(Apdu(SET_TILL_CLOCK, _moment(machine.clock)))
    cure(command.control, machine)
    yield Tell(status.completed())


def initialisation(command: Apdu, machine: Machine) -> Script:
    """06 93: fetches its settings from the host."""
    take_password(Cursor(command.body), machine)
    yield Reply(GOOD)
    yield from Dialogue(machine, 0).ask_host()
    cure(command.control, machine)
    yield Tell(status.completed())


def send_offline(command: Apdu, machine: Machine) -> Script:
    """06 51: submits what was approved offline; the period stays open."""
    take_password(Cursor(command.body), machine)
    yield Reply(GOOD)
    yield from Dialogue(machine, 0).ask_host()
    yield Tell(status.completed())


def set_clock(command: Apdu, machine: Machine) -> Script:
    """06 91: the till's date (AA) and time (0C) become the terminal's."""
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    fields = take_fields(cursor)
    day, time = fields.get("day"), fields.get("time")
    if day is None or time is None:
        raise Malformed("date and time", 0)
    now = machine.now()
    machine.clock_off = _read_moment(day + time).replace(tzinfo=now.tzinfo) - now
    yield Reply(GOOD)
    cure(command.control, machine)
    yield Tell(status.completed())


def software_update(command: Apdu, machine: Machine) -> Script:
    """08 10: completes, or ends in E0, and then nothing is answered until it is installed."""
    take_fields(Cursor(command.body))
    yield Reply(GOOD)
    yield Show("Software update")
    with suppress(Unheard):
        if machine.settings.habits.update_aborts:
            yield Tell(status.aborted(REMOTE_MAINTENANCE))
        else:
            yield Tell(status.completed())
    cure(command.control, machine)
    machine.log_off()
    yield Restart(machine.settings.update_s)


def reset(command: Apdu, machine: Machine) -> Script:  # noqa: ARG001 (a row of SCRIPTS)
    """06 18: completes, and then restarts, whether or not that was heard (A, reset)."""
    yield Reply(GOOD)
    with suppress(Unheard):
        yield Tell(status.completed())
    machine.log_off()
    yield Restart(machine.settings.restart_s)


def _moment(at: datetime) -> bytes:
    return Fields.of(day=f"{at:%y%m%d}", time=f"{at:%H%M%S}").encode()


def _read_moment(digits: bytes) -> datetime:
    """YYMMDD and HHMMSS as BCD. Raises Malformed."""
    try:
        return datetime.strptime(digits.hex(), "%y%m%d%H%M%S")  # noqa: DTZ007 (a local time)
    except ValueError as error:
        raise Malformed("date and time", 0) from error

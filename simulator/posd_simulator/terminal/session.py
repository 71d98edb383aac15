"""Logging on and off, and how the terminal is: 06 00, 06 02, 05 01."""

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import Length, encode_var_length, parse_currency
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import Tlv, find
from posd_simulator.terminal import status
from posd_simulator.terminal.faults import Busy
from posd_simulator.terminal.lock import DIAGNOSIS_NEEDED, INITIALISATION_NEEDED
from posd_simulator.terminal.machine import (
    ECR_PRINTS_ADMINISTRATION,
    ECR_PRINTS_PAYMENTS,
    Machine,
    Registration,
)
from posd_simulator.terminal.order import take_password
from posd_simulator.terminal.script import (
    GOOD,
    PARSE_ERROR,
    WRONG_PASSWORD,
    Refused,
    Reply,
    Script,
    Tell,
)

WRONG_CURRENCY = 0x841E
PLEASE_WAIT = 0x9C
"""Terminal status (A, completion of 05 01)."""
LEAVE_OUT_VERSION, DESCRIBE_YOURSELF = 0x02, 0x04
"""Service byte of 05 01."""
INITIALISE_FIRST, DIAGNOSE_FIRST = 0x01, 0x02
"""BMP 19 in the completion of 06 00."""
NAME, SERIAL_NUMBER = b"posd-sim", b"1"

_ECR_PRINTS = ECR_PRINTS_PAYMENTS | ECR_PRINTS_ADMINISTRATION


def registration(command: Apdu, machine: Machine) -> Script:
    """06 00: who prints, whether 04 FF and containers are wanted, the currency (A 2.1)."""
    habits = machine.settings.habits
    cursor = Cursor(command.body)
    take_password(cursor, machine)
    config = cursor.expect(1, "config")[0]
    currency = parse_currency(cursor.expect(2, "currency")) if cursor.left else None
    fields = take_fields(cursor)
    if fields.get("container") is not None and habits.refuses_containers:
        raise Refused(PARSE_ERROR)
    own = machine.settings.currency
    if currency not in (None, own) and not habits.takes_any_currency:
        raise Refused(Apdu(WRONG_CURRENCY, habits.currency_refusal))
    machine.registration = Registration(
        config=config if machine.settings.ecr_prints else config & ~_ECR_PRINTS,
        currency_named=currency is not None,
        tlv_allowed=fields.get("container") is not None,
        commands=_listed_commands(fields),
    )
    yield Reply(GOOD)
    tid = machine.settings.terminal_id
    if habits.says_status_byte:
        needs = _status_byte(machine.status)
        answer = Fields.of(status_byte=needs, terminal_id=tid, currency=own)
    else:
        answer = Fields.of(terminal_id=tid, currency=own)
    yield Tell(status.completed(answer))


def log_off(command: Apdu, machine: Machine) -> Script:  # noqa: ARG001 (a row of SCRIPTS)
    """06 02: back to the configuration of an unregistered till (A 2.22)."""
    machine.log_off()
    yield Reply(GOOD)


def status_enquiry(command: Apdu, machine: Machine, *, busy: bool = False) -> Script:
    """05 01: the terminal status, or please wait while a command runs (A 2.55)."""
    habits = machine.settings.habits
    cursor = Cursor(command.body)
    if cursor.left:
        take_password(cursor, machine)
    elif habits.enquiry_needs_password:
        raise Refused(WRONG_PASSWORD)
    service = take_fields(cursor).service or 0
    yield Reply(GOOD)
    busy = busy or machine.faults.use(Busy) is not None
    told = bytes([PLEASE_WAIT if busy else machine.status])
    if habits.describes_itself or service & DESCRIBE_YOURSELF:
        version = b"" if service & LEAVE_OUT_VERSION else _version(machine)
        told = version + told + _description(machine)
    yield Tell(Apdu(status.COMPLETION, told))


def _status_byte(terminal_status: int) -> int:
    if terminal_status == INITIALISATION_NEEDED:
        return INITIALISE_FIRST
    return DIAGNOSE_FIRST if terminal_status == DIAGNOSIS_NEEDED else 0


def _version(machine: Machine) -> bytes:
    version = machine.settings.version.encode()
    return encode_var_length(len(version), Length.LLL) + version


def _description(machine: Machine) -> bytes:
    """Terminal id (1F44) and device (E4)."""
    device = Tlv.of(
        0xE4,
        Tlv(0x1F40, NAME),
        Tlv(0x1F41, machine.settings.version.encode()),
        Tlv(0x1F42, SERIAL_NUMBER),
    )
    tid = Tlv(0x1F44, bytes.fromhex(machine.settings.terminal_id))
    return Fields.of(container=(tid, device)).encode()


def _listed_commands(fields: Fields) -> frozenset[int] | None:
    """The commands the ECR can take: TLV 26 holds one TLV 0A with two bytes for each (A 9)."""
    codes = find(fields.objects, 0x26, 0x0A)
    if codes is None:
        return None
    starts = range(0, len(codes), 2)
    return frozenset(int.from_bytes(codes[at : at + 2], "big") for at in starts)

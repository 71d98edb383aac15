"""What the simulated Stripe holds, account by account, and the file that outlives the process.

Each executed request is one appended line with everything it changed, its kept answer included,
so that a kill loses a request as a whole or not at all. The file survives the process, not the
machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from posd_simulator.cloud.rules.configurations import Configuration
from posd_simulator.cloud.rules.connection_tokens import ConnectionToken
from posd_simulator.cloud.rules.events import Event
from posd_simulator.cloud.rules.hardware_orders import HardwareOrder
from posd_simulator.cloud.rules.idempotency import Kept, Keys
from posd_simulator.cloud.rules.locations import Location
from posd_simulator.cloud.rules.payment_records import Attempt, PaymentRecord
from posd_simulator.cloud.rules.readers import Device, Reader

ACCOUNT_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Changed:
    """What one executed request changed.

    Attributes:
        devices: Readers of this world, which belong to no account before they are registered.
    """

    account: str
    livemode: bool
    payment_record: PaymentRecord | None = None
    connection_token: ConnectionToken | None = None
    location: Location | None = None
    reader: Reader | None = None
    configuration: Configuration | None = None
    hardware_order: HardwareOrder | None = None
    event: Event | None = None
    devices: tuple[Device, ...] = ()
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: the number of a start of the simulator, a change, or a new device."""

    start: int | None = None
    changed: Changed | None = None
    device: Device | None = None


@dataclass(slots=True)
class Account:
    """One account in one mode. Everything in it is in the order in which it was made."""

    id: str
    livemode: bool
    payment_records: dict[str, PaymentRecord] = field(default_factory=dict)
    connection_tokens: dict[str, ConnectionToken] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    configurations: dict[str, Configuration] = field(default_factory=dict)
    hardware_orders: dict[str, HardwareOrder] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)

    def __post_init__(self) -> None:
        """An account is born with its default configuration."""
        born_with = Configuration(self.default_configuration_id, is_account_default=True)
        self.configurations[born_with.id] = born_with

    @property
    def default_configuration_id(self) -> str:
        """The id of the one configuration that holds wherever no other does."""
        return f"tmc_{self.id.removeprefix('acct_')}"

    def attempts(self) -> Iterator[tuple[PaymentRecord, Attempt]]:
        """Every attempt with its record."""
        for record in self.payment_records.values():
            for attempt in record.attempts:
                yield record, attempt

    def refund_references(self) -> frozenset[str]:
        """Every refund reference in use."""
        return frozenset(
            refund.reference
            for record in self.payment_records.values()
            for refund in record.refunds
        )


def account_id_of(api_key: str) -> str:
    """Each API key opens an account of its own, the same one after a restart."""
    return f"acct_{sha256(api_key.encode()).hexdigest()[:ACCOUNT_ID_CHARACTERS]}"


class Ledger:
    """All accounts, in memory and, if a file is given, on disk.

    Attributes:
        accounts: By account id and mode, livemode or not.
        devices: The readers of this world, registered or not, by serial number.
        start: How often the file was opened before: ids of each start differ by it.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.accounts: dict[tuple[str, bool], Account] = {}
        self.devices: dict[str, Device] = {}
        self.start = 0
        self._file: BinaryIO | None = None
        if file is not None:
            self._file = self._open(file)
            self._write(Line(start=self.start))

    def account(self, account_id: str, *, livemode: bool) -> Account:
        """The account, made if it is new."""
        fresh = Account(account_id, livemode)
        return self.accounts.setdefault((account_id, livemode), fresh)

    def account_of_token(self, secret: str) -> Account | None:
        """The account whose connection token this is."""
        for account in self.accounts.values():
            if secret in account.connection_tokens:
                return account
        return None

    def apply(self, changed: Changed) -> None:
        """Take over a change, and write it down before anyone is told."""
        self._write(Line(changed=changed))
        self._take(changed)

    def place(self, device: Device) -> None:
        """Put a reader into this world, or let one that is there show another code."""
        self._write(Line(device=device))
        self.devices[device.serial_number] = device

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _open(self, file: Path) -> BinaryIO:
        whole = 0
        if file.exists():
            for line in file.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break  # a kill tore the last line: that request never happened
                self._read(msgspec.json.decode(line, type=Line))
                whole += len(line)
        file.touch()
        opened = file.open("r+b")
        opened.truncate(whole)
        opened.seek(whole)
        return opened

    def _read(self, line: Line) -> None:
        if line.start is not None:
            self.start = line.start + 1
        if line.device is not None:
            self.devices[line.device.serial_number] = line.device
        if line.changed is not None:
            self._take(line.changed)

    def _write(self, line: Line) -> None:
        if self._file is not None:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()

    def _take(self, changed: Changed) -> None:
        account = self.account(changed.account, livemode=changed.livemode)
        if changed.payment_record is not None:
            account.payment_records[changed.payment_record.id] = changed.payment_record
        if changed.connection_token is not None:
            account.connection_tokens[changed.connection_token.secret] = changed.connection_token
        if changed.location is not None:
            account.locations[changed.location.id] = changed.location
        if changed.reader is not None:
            self._move_here(changed.reader)
            account.readers[changed.reader.id] = changed.reader
        if changed.configuration is not None:
            account.configurations[changed.configuration.id] = changed.configuration
        if changed.hardware_order is not None:
            account.hardware_orders[changed.hardware_order.id] = changed.hardware_order
        if changed.event is not None:
            account.events[changed.event.id] = changed.event
        for device in changed.devices:
            self.devices[device.serial_number] = device
        if changed.kept is not None:
            account.keys.keep(changed.kept)

    def _move_here(self, reader: Reader) -> None:
        """A device is one account's at a time: what another one called its own is gone there."""
        if reader.deleted:
            return
        for account in self.accounts.values():
            for other in list(account.readers.values()):
                if other.serial_number == reader.serial_number and other.id != reader.id:
                    account.readers[other.id] = replace(other, deleted=True)

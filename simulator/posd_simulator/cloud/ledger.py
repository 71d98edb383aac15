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
from posd_simulator.cloud.rules.permissions import Level, Resource
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
class Granted:
    """What the key that opens this account may do; None: everything."""

    account: str
    permissions: dict[Resource, Level] | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: a change, or what whoever directs the play did to this world.

    Attributes:
        start: How often the file was opened before.
        ahead_ms: How far the clock is ahead of the machine's, milliseconds.
    """

    start: int | None = None
    changed: Changed | None = None
    device: Device | None = None
    granted: Granted | None = None
    ahead_ms: int | None = None


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
        granted: What the key that opens an account may do, where it may not do everything.
        ahead_ms: How far the clock is ahead of the machine's, milliseconds.
        start: How often the file was opened before: ids of each start differ by it.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.accounts: dict[tuple[str, bool], Account] = {}
        self.devices: dict[str, Device] = {}
        self.granted: dict[str, dict[Resource, Level]] = {}
        self.ahead_ms = 0
        self.start = 0
        self._file: BinaryIO | None = None
        if file is not None:
            self._file = self._open(file)
            self._write(Line(start=self.start))

    def account(self, account_id: str, *, livemode: bool) -> Account:
        """The account, made if it is new."""
        account = self.accounts.get((account_id, livemode))
        if account is None:
            account = self.accounts[account_id, livemode] = Account(account_id, livemode)
        return account

    def account_of_token(self, secret: str) -> Account | None:
        """The account whose connection token this is."""
        for account in self.accounts.values():
            if secret in account.connection_tokens:
                return account
        return None

    def apply(self, changed: Changed) -> None:
        """Take over a change, and write it down before anyone is told."""
        self._record(Line(changed=changed))

    def place(self, device: Device) -> None:
        """Put a reader into this world, or let one that is there show another code."""
        self._record(Line(device=device))

    def grant(self, granted: Granted) -> None:
        """From now on a key may do this and no more."""
        self._record(Line(granted=granted))

    def move_clock(self, ahead_ms: int) -> None:
        """From now on the clock is so far ahead of the machine's."""
        self._record(Line(ahead_ms=ahead_ms))

    def clear(self) -> None:
        """Forget everything but how often the file was opened."""
        self.accounts.clear()
        self.devices.clear()
        self.granted.clear()
        self.ahead_ms = 0
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._write(Line(start=self.start))

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

    def _record(self, line: Line) -> None:
        self._write(line)
        self._read(line)

    def _read(self, line: Line) -> None:
        if line.start is not None:
            self.start = line.start + 1
        if line.changed is not None:
            self._take(line.changed)
        if line.device is not None:
            self.devices[line.device.serial_number] = line.device
        if line.granted is not None:
            self._grant(line.granted)
        if line.ahead_ms is not None:
            self.ahead_ms = line.ahead_ms

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

    def _grant(self, granted: Granted) -> None:
        if granted.permissions is None:
            self.granted.pop(granted.account, None)
        else:
            self.granted[granted.account] = granted.permissions

    def _move_here(self, reader: Reader) -> None:
        """A device is one account's at a time: what another one called its own is gone there."""
        if reader.deleted:
            return
        for account in self.accounts.values():
            for other in list(account.readers.values()):
                if other.serial_number == reader.serial_number and other.id != reader.id:
                    account.readers[other.id] = replace(other, deleted=True)

"""What the simulated Stripe holds, account by account, and the file that outlives the process.

Each executed request is one appended line with everything it changed, its kept answer included,
so that a kill loses a request as a whole or not at all. The file survives the process, not the
machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from posd_simulator.cloud.rules.idempotency import Kept, Keys
from posd_simulator.cloud.rules.payment_records import Attempt, PaymentRecord

ACCOUNT_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class ConnectionToken:
    """A secret for a Terminal SDK, and the location it is limited to."""

    secret: str
    location: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What one executed request changed."""

    account: str
    livemode: bool
    payment_record: PaymentRecord | None = None
    connection_token: ConnectionToken | None = None
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: the number of a start of the simulator, or a change."""

    start: int | None = None
    changed: Changed | None = None


@dataclass(slots=True)
class Account:
    """One account in one mode. Everything in it is in the order in which it was made."""

    id: str
    livemode: bool
    payment_records: dict[str, PaymentRecord] = field(default_factory=dict)
    connection_tokens: list[ConnectionToken] = field(default_factory=list)
    keys: Keys = field(default_factory=Keys)

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
        start: How often the file was opened before: ids of each start differ by it.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.accounts: dict[tuple[str, bool], Account] = {}
        self.start = 0
        self._file: BinaryIO | None = None
        if file is not None:
            self._file = self._open(file)
            self._write(Line(start=self.start))

    def account(self, account_id: str, *, livemode: bool) -> Account:
        """The account, made if it is new."""
        fresh = Account(account_id, livemode)
        return self.accounts.setdefault((account_id, livemode), fresh)

    def apply(self, changed: Changed) -> None:
        """Take over a change, and write it down before anyone is told."""
        self._write(Line(changed=changed))
        self._take(changed)

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
            account.connection_tokens.append(changed.connection_token)
        if changed.kept is not None:
            account.keys.keep(changed.kept)

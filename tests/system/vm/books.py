"""Two books of the same money: the terminal's, and posd's journal out of the guest."""

import base64
import io
import tarfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from posd.journal.connection import open_reader
from posd.journal.queries import Queries
from posd.model.attempt import Attempt, AttemptState
from posd_simulator.terminal.ledger import Book
from tests.system.vm.machine import Machine

PACK = "tar --create --directory=/var/lib/posd . | base64 --wrap=0"
PAYMENTS_MAX = 100


class Charge(NamedTuple):
    """One sale: the terminal's number for it, and minor units."""

    receipt: int | None
    amount: int


def of_terminal(book: Book) -> list[Charge]:
    """What the terminal's acquirer will settle."""
    return sorted(Charge(sale.receipt, sale.amount) for sale in book.stored)


def of_posd(machine: Machine, folder: Path) -> list[Charge]:
    """What the journal calls approved; posd must be stopped, and nothing may be left open."""
    packed = base64.b64decode(machine.run(PACK))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")
    with closing(open_reader(folder / "journal.db", None)) as connection:
        journal = Queries(connection)
        assert not journal.unended_attempts()
        assert not journal.unproven_attempts()
        intents = journal.latest_payment_intents(PAYMENTS_MAX)
        attempts = [journal.latest_attempt(intent.id) for intent in intents]
        tried = connection.execute("SELECT count(*) FROM attempt").fetchone()
    assert tried == (len(attempts),), "one payment, one attempt"
    approved = [each for each in attempts if each and each.state is AttemptState.APPROVED]
    return sorted(_charge(each) for each in approved)


def _charge(attempt: Attempt) -> Charge:
    return Charge(attempt.told.receipt if attempt.told else None, attempt.amount)

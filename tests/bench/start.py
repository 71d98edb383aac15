"""From exec to READY, against the import of the libraries that the start needs.

The three are started in turn: posd with a journal of a few facts, posd with one of thousands of
payments, and a process that imports the libraries and says READY on the same socket. Each has been
started before, so that its modules are compiled, as an installed program's are.
"""

import asyncio
from pathlib import Path

from posd.clock import SystemClock
from posd.journal.executor import ThreadExecutor
from posd.journal.store import Journal
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    PaymentIntentCreated,
    Proof,
    StatusReported,
)
from posd.render import event
from posd_drivers.card_reader import Kind, Transaction
from tests.bench.figures import FULL_START, START, Figure, p50
from tests.bench.payment import AMOUNT
from tests.bench.rig import Announced, Daemon
from tests.unit.posd.journal.scenario import Facts

STARTS = 20
PAYMENTS = 5_000
"""Each of four facts."""
AT_ONCE = 128
READER = "tmr_posd_lane-1"


def measure(folder: Path) -> list[Figure]:
    """READY over the import, and READY with a full journal over READY with an empty one."""
    empty, full, libraries = (folder / name for name in ("empty", "full", "libraries"))
    for one in (empty, full, libraries):
        one.mkdir()
    for one in (empty, full):
        _start_s(one)
    _import_s(libraries)
    asyncio.run(_fill(full / "state"))
    rounds = [(_start_s(empty), _start_s(full), _import_s(libraries)) for _ in range(STARTS)]
    ready, filled, imported = (p50(side) for side in zip(*rounds, strict=True))
    return [
        Figure(
            START,
            ready / imported,
            f"{ready:.3g} s / {imported:.3g} s, p50 of {STARTS}",
        ),
        Figure(
            FULL_START,
            filled / ready,
            f"{filled:.3g} s / {ready:.3g} s, p50 of {STARTS}",
        ),
    ]


def _start_s(folder: Path) -> float:
    with Daemon(folder) as posd:
        return posd.process.ready_s


def _import_s(folder: Path) -> float:
    libraries = Announced(["-m", "tests.bench.libraries"], folder)
    libraries.end()
    return libraries.ready_s


async def _fill(state: Path) -> None:
    """Approved payments, each with the facts of its life, through the journal itself."""
    journal = open_journal(state)
    for first in range(0, PAYMENTS, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, PAYMENTS))
        await asyncio.gather(*(journal.commit(Facts(life(number))) for number in numbers))
    journal.close()


def open_journal(state: Path) -> Journal:
    """The journal of a posd that does not run."""
    return Journal.open(
        state / "journal.db",
        executor=ThreadExecutor(),
        clock=SystemClock(),
        node="bench",
        livemode=False,
        software="bench",
        render_events=event.events,
    )


def life(
    number: int,
) -> tuple[PaymentIntentCreated, AttemptStarted, StatusReported, AttemptApproved]:
    """A payment from its intent to its approval."""
    intent, attempt = f"pi_posd_{number:024d}", f"att_posd_{number:024d}"
    receipt = number % 9999
    taken = Transaction(Kind.SALE, "12345678", AMOUNT, "eur", 0, receipt + 1, trace=number)
    return (
        PaymentIntentCreated(intent, AMOUNT, "eur", business_day="2026-01-01"),
        AttemptStarted(
            attempt,
            AttemptKind.SALE,
            intent,
            READER,
            AMOUNT,
            "eur",
            Baseline("12345678", asked=True, receipt=receipt),
        ),
        StatusReported(attempt, taken, accepted=True),
        AttemptApproved(attempt, f"ch_posd_{number:024d}", AMOUNT, Proof.DIALOGUE, taken),
    )

"""A journal of several months whose oldest may leave for an archive, and what keeps it there."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from posd.journal.executor import LoopExecutor
from posd.model.audit_facts import DayAudited
from posd.model.business_day import BusinessDay
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    Proof,
    StatusReported,
)
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    NOVEMBER_MS,
    READER,
    Facts,
    TurnedClock,
    open_journal,
    payment,
    reader,
)

if TYPE_CHECKING:
    from posd.journal.store import Journal

DAY = BusinessDay(ZoneInfo("Europe/Paris"), time(4))
NOON_MS = 12 * 3_600_000
MONTHS = ("2026-11", "2026-12", "2027-01")
MONTH_DAYS = (30, 31)
TERMINAL = "52523535"


def closed(number: int) -> list[Facts]:
    """An end of day that the terminal told the end of."""
    attempt = f"att_posd_eod_{number}"
    baseline = Baseline(TERMINAL, asked=True)
    started = AttemptStarted(attempt, AttemptKind.END_OF_DAY, "", READER, 0, "eur", baseline)
    done = Transaction(Kind.END_OF_DAY, TERMINAL, 0, "eur", result_code=0, receipt=None, trace=None)
    reported = StatusReported(attempt, done, accepted=True)
    approved = AttemptApproved(attempt, None, 0, Proof.DIALOGUE, done)
    return [Facts((fact,)) for fact in (started, reported, approved)]


def audited(day: str, last_seq: int, reason: str | None = None) -> DayAudited:
    """The audit of a day that ends with that fact."""
    return DayAudited(
        f"audit_{day}", day, "equal", (), 0, (), 1, last_seq, "00", "00", "ab", reason=reason
    )


class Shop:
    """Sells on one day of each month, closes it and has it audited, unless told otherwise."""

    def __init__(self, directory: Path, vfs: str | None = None) -> None:
        self.clock = TurnedClock(NOVEMBER_MS + NOON_MS)
        self.directory = directory
        self.file = directory / "journal.sqlite"
        self.journal: Journal
        self._vfs = vfs

    def live(self, life: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One boot on the same journal, from its start to its end."""
        asyncio.run(self._live(life))

    async def _live(self, life: Callable[[], Coroutine[Any, Any, None]]) -> None:
        executor = LoopExecutor(lambda: 0.0)
        self.journal = open_journal(
            self.directory, clock=self.clock, executor=executor, vfs=self._vfs
        )
        await life()
        self.journal.close()

    async def sell(self, number: int) -> None:
        for command in payment(number):
            await self.journal.commit(command)

    async def close_day(self, number: int) -> None:
        for command in closed(number):
            await self.journal.commit(command)

    async def audit(self, reason: str | None = None) -> None:
        today = DAY.of(self.clock.now_ms)
        await self.journal.commit(Facts((audited(today, self.journal.head, reason),)))

    async def trade(self) -> None:
        """Three months; in the last one it has only just begun to sell."""
        await self.journal.commit(Facts((reader(),)))
        for number, days in enumerate(MONTH_DAYS, 1):
            await self.sell(number)
            await self.close_day(number)
            await self.audit()
            self.clock.now_ms += days * DAY_MS
        await self.sell(len(MONTHS))

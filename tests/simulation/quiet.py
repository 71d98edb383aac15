"""The end of a run: everything works again, the shop falls quiet, and the ledgers are compared.

Then posd is started once more, and nothing may have changed: recovery is idempotent (I13), and a
posd that has run for long is as one that has just begun (I20).
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from posd.journal.command import Entry
from posd.journal.records import StoredRecords
from posd_simulator.terminal.ledger import REFUND, REVERSAL, SALE
from tests.simulation import oracle
from tests.simulation.faults import HAND_AMOUNT_MIN, Batch
from tests.simulation.history import UNPROVEN
from tests.simulation.host import Host
from tests.simulation.lane import Lane
from tests.simulation.till import Till
from tests.simulation.watch import Watch
from tests.unit.posd.journal import replay

HEAL_S: Final = 900.0
LOOKS_S: Final = (60.0,) * 240 + (1800.0,) * 48
"""A person decides one thing after the other, and walks: four hours. Stripe keeps a 500 under its
key for a day, and until then nothing can be done about it (M13)."""
RESTART_S: Final = 60.0
DIALOGUE_S: Final = 30.0
"""Longer than a terminal takes to take a sale back."""


@dataclass(slots=True)
class Quiet:
    """The parties once it is quiet."""

    watch: Watch
    host: Host
    lanes: Sequence[Lane]
    tills: Sequence[Till]

    async def compare(self) -> None:
        """Wait until it is quiet, and find everything that must not be true."""
        await asyncio.sleep(HEAL_S)
        for till in self.tills:
            await self._give_back(till)
        for look_s in LOOKS_S:
            if not self._unproven() and not self._owed():
                break
            await asyncio.sleep(look_s)
        endings = [ending for till in self.tills for ending in await _endings(till)]
        seen = self.watch.seen
        left_out = seen.mistaken | seen.gone_back
        endings = [one for one in endings if one.amount not in left_out]
        self._find("I11", oracle.violations(self._ledgers(endings)))
        self._find("I18", [f"still owed to Stripe: {self._owed()}"] if self._owed() else [])
        for till in self.tills:
            await self._i9_the_same_answer(till)
        await self._i16_the_books_agree_on_what_went_back()
        await self._i13_and_i20_once_more()

    async def _i9_the_same_answer(self, till: Till) -> None:
        """I9: a call repeated under its key is answered alike, now that nothing moves (M14)."""
        for order in till.orders[:1]:
            bodies = [await till.create(order, "once-more") for _time in range(2)]
            if bodies[0] is None or bodies[0] != bodies[1]:
                self._find("I9", [f"the same call is answered {bodies}"])

    async def _give_back(self, till: Till) -> None:
        """A till's first order goes back, as far as it was paid, by a call that is made twice."""
        for order in till.orders[:1]:
            for intent in order.intents:
                for time in ("first", "again"):
                    asked = {"payment_intent": intent}
                    await till.call("POST", "/v1/refunds", asked, f"{time}-{intent}")
                    await asyncio.sleep(DIALOGUE_S)

    async def _i16_the_books_agree_on_what_went_back(self) -> None:
        """I16: every refund that is told as done stands in a terminal's book, and no other."""
        told = Counter(
            (str(refund["destination_details"]["card"]["type"]), int(refund["amount"]))
            for refund in await _refunds(self.tills[0])
            if refund["status"] == "succeeded"
        )
        booked = Counter(
            (row.kind, row.amount)
            for lane in self.lanes
            for row in lane.book.book.stored
            if row.kind in (REVERSAL, REFUND)
        )
        for way, amount in sorted({*(told - booked), *(booked - told)}):
            if amount not in self.watch.seen.mistaken:
                counts = f"told {told[way, amount]}, booked {booked[way, amount]}"
                self._find("I16", [f"{way} of {amount}: {counts}"])

    async def _i13_and_i20_once_more(self) -> None:
        await asyncio.sleep(RESTART_S)
        tasks, files = Counter(self.host.task_names()), _open_files()
        before = self._state()
        self.host.kill(Batch.LOST, 0.0)
        await asyncio.sleep(RESTART_S)
        if (now := Counter(self.host.task_names())) != tasks:
            self._find("I20", [f"tasks: {tasks - now} too many, {now - tasks} too few"])
        if (files_now := _open_files()) != files:
            self._find("I20", [f"open files: {files}, after a new start {files_now}"])
        if self._state() != before:
            self._find("I13", ["a start that had nothing to recover has changed records"])
        self._i13_replay_gives_the_records()

    def _i13_replay_gives_the_records(self) -> None:
        """I13: the facts alone give every record again."""
        entries = self._entries()
        replayed = replay.Replayed(entries)
        posd = self.host.posd
        assert posd is not None, "it was just started"
        for id_, record in replayed.records.items():
            if replay.stored(posd.journal.queries, id_) != record:
                self._find("I13", [f"{id_} is not what its facts say"])

    def _entries(self) -> list[Entry]:
        db = self.watch.seen.history.connected()
        return replay.entries(db)

    def _state(self) -> dict[str, tuple[object, ...]]:
        db = self.watch.seen.history.connected()
        records = StoredRecords(db)
        return {
            id_: (*columns, replay.stored(records, id_))
            for id_, columns in replay.narrow_columns(db).items()
        }

    def _ledgers(self, endings: Sequence[oracle.Ending]) -> oracle.Ledgers:
        seen = self.watch.seen
        left_out = seen.mistaken | seen.gone_back
        stored = [row for lane in self.lanes for row in lane.book.book.stored]
        rows = [row.amount for row in stored if row.kind == SALE]
        certain = [one.value for records in seen.guaranteed.values() for one in records[:1]]
        return oracle.Ledgers(
            told=endings,
            booked=[
                amount for amount in rows if amount < HAND_AMOUNT_MIN and amount not in left_out
            ],
            guaranteed=[amount for amount in certain if amount not in left_out],
            with_a_person=frozenset(self._unproven()),
        )

    def _unproven(self) -> list[int]:
        attempts = self.watch.seen.history.attempts.values()
        return [attempt.amount for attempt in attempts if attempt.state in UNPROVEN]

    def _owed(self) -> list[str]:
        return [attempt.id for attempt in self.watch.seen.history.owed()]

    def _find(self, invariant: str, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            self.watch.find(invariant, sentence)


async def _endings(till: Till) -> list[oracle.Ending]:
    """Read every payment once more."""
    endings = []
    for order in till.orders:
        payments = await till.payments_of(order.name) or []
        statuses = tuple(str(payment["status"]) for payment in payments)
        endings.append(oracle.Ending(order.amount, statuses))
    return endings


async def _refunds(till: Till) -> list[dict[str, Any]]:
    """Every refund of the store, newest first."""
    told: list[dict[str, Any]] = []
    more = ""
    while True:
        answer = await till.call("GET", f"/v1/refunds?limit=100{more}")
        assert answer is not None, "the shop is quiet"
        told += answer.said["data"]
        if not answer.said["has_more"]:
            return told
        more = f"&starting_after={told[-1]['id']}"


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (only how many)

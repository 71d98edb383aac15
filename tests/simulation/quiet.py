"""The end of a run: everything works again, the shop falls quiet, and the ledgers are compared.

Then posd is started once more, and nothing may have changed: recovery is idempotent (I13), and a
posd that has run for long is as one that has just begun (I20).
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from posd.journal.command import Entry
from posd.journal.records import StoredRecords
from posd.model.closing import Agreement
from posd.model.facts import AttemptKind
from posd_simulator.terminal.ledger import HAND, REVERSAL
from tests.simulation import audited, baskets, books, oracle
from tests.simulation.at_terminal import PART_AMOUNT_MAX
from tests.simulation.baskets import Basket
from tests.simulation.broker import Broker, untold
from tests.simulation.disk import Batch
from tests.simulation.history import UNENDED, UNPROVEN, AttemptSeen
from tests.simulation.host import Host
from tests.simulation.lane import Lane
from tests.simulation.till import Till
from tests.simulation.watch import Watch
from tests.unit.posd.journal import replay

HEAL_S: Final = 240.0
"""Longer than a dialogue that one side has forgotten is waited for."""
SETTLE_LOOKS: Final = (60.0,) * 11
"""What has begun before may end in so long; a reader that was ill may be back."""
LOOKS_S: Final = (60.0,) * 240 + (1800.0,) * 48
"""A person decides one thing after the other, and walks: four hours. Stripe keeps a 500 under its
key for a day, and until then nothing can be done about it (M13)."""
NIGHT_LOOKS: Final = 20
"""After so many in which nothing but Stripe is waited for, the shop is dark for the night."""
NIGHT_S: Final = 23 * 3600.0
RESTART_S: Final = 60.0
IDLE_S: Final = 300
"""Longer than a terminal is away to update itself, as it may after an end of day."""
IDLE: Final = "idle"
"""The task of a reader that waits for work."""
DIALOGUE_S: Final = 30.0
"""Longer than a terminal takes to take a sale back."""


@dataclass(slots=True)
class Quiet:
    """The parties once it is quiet."""

    watch: Watch
    host: Host
    lanes: Sequence[Lane]
    tills: Sequence[Till]
    dark_at_night: bool
    broker: Broker | None

    async def compare(self) -> None:
        """Wait until it is quiet, and find everything that must not be true."""
        await asyncio.sleep(HEAL_S)
        await self._settle()
        for till in self.tills:
            await self._give_back(till)
        await self._wait()
        self._find("I11", oracle.violations(await self._ledgers(await baskets.told(self.tills))))
        self._i11_days_end_as_told()
        self._i11_equal_is_equal()
        await self._i11_audits_are_right()
        self._find("I18", [f"still owed to Stripe: {self._owed()}"] if self._owed() else [])
        for till in self.tills:
            await self._i9_the_same_answer(till)
        await self._i16_the_books_agree_on_what_went_back()
        await self._i13_and_i20_once_more()

    async def _settle(self) -> None:
        """Until nothing is in hand, unproven or owed, and every reader can take what it is given.

        Not for ever: what a person or Stripe still has to say is waited for later.
        """
        for look_s in SETTLE_LOOKS:
            posd = self.host.posd
            live = [posd.fleet.live(lane.reader) for lane in self.lanes] if posd else []
            online = live and all(reader.online for reader in live)
            if online and not self._open() and not self._owed():
                return
            await asyncio.sleep(look_s)

    async def _wait(self) -> None:
        """Until nothing is unproven, owed or lost; in most shops the machine is off at night."""
        waited = 0
        for look_s in LOOKS_S:
            if not self._unproven() and not self._owed() and not self.watch.seen.history.gap:
                return
            waited = 0 if self._unproven() else waited + 1
            if self.dark_at_night and waited == NIGHT_LOOKS:
                self.watch.sometimes["dark at night"] += 1
                self.host.kill(Batch.LOST, NIGHT_S)
                await asyncio.sleep(NIGHT_S)
            await asyncio.sleep(look_s)

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
            for refund in await baskets.refunds(self.tills[0])
            if refund["status"] == "succeeded"
        )
        booked = Counter(
            (row.kind, row.amount)
            for lane in self.lanes
            for row in lane.book.book.stored
            if (row.kind == REVERSAL and row.origin != HAND)
            or row.trace in self.watch.seen.refunds.get(lane.reader, {})
        )
        booked -= Counter(
            (REVERSAL, one.amount)
            for one in self.watch.seen.history.attempts.values()
            if one.kind is AttemptKind.REVERSAL and not one.gives_back and one.state == "approved"
        )
        for way, amount in sorted({*(told - booked), *(booked - told)}):
            if amount not in self.watch.seen.mistaken | self.watch.seen.lost:
                counts = f"told {told[way, amount]}, booked {booked[way, amount]}"
                self._find("I16", [f"{way} of {amount}: {counts}"])

    async def _i13_and_i20_once_more(self) -> None:
        self.host.kill(Batch.LOST, 0.0)  # a start may learn what hands did at a terminal meanwhile
        await asyncio.sleep(RESTART_S)
        tasks = await self._tasks(lambda names: names[IDLE] == len(self.lanes))
        files = _open_files()
        before = self._state()
        self.host.kill(Batch.LOST, 0.0)
        await asyncio.sleep(RESTART_S)
        if (now := await self._tasks(lambda names: names == tasks)) != tasks:
            self._find("I20", [f"tasks: {tasks - now} too many, {now - tasks} too few"])
        if (files_now := _open_files()) != files:
            self._find("I20", [f"open files: {files}, after a new start {files_now}"])
        if self._state() != before:
            self._find("I13", ["a start that had nothing to recover has changed records"])
        entries = self._entries()
        self._f29_the_broker_was_told(entries)
        self._i12_every_fact_stands(entries)
        self._i13_replay_gives_the_records(entries)

    async def _tasks(self, settled: Callable[[Counter[str]], bool]) -> Counter[str]:
        """How many tasks of each name there are once that is so, and after IDLE_S all the same.

        A reader may be in the middle of a question, which comes to its end; a leak does not.
        """
        for _look in range(IDLE_S):
            if settled(names := Counter(self.host.task_names())):
                return names
            await asyncio.sleep(1.0)
        return Counter(self.host.task_names())

    def _f29_the_broker_was_told(self, entries: Sequence[Entry]) -> None:
        """F29: every event was told, and what is retained is true."""
        posd = self.host.posd
        assert posd is not None, "it was just started"
        if self.broker is not None:
            self.watch.sometimes["broker told"] += 1
            self._find("F29", untold(self.broker, posd, entries))

    def _i12_every_fact_stands(self, entries: Sequence[Entry]) -> None:
        """I12: the facts on disk are those that were written, to the last (M16)."""
        head, previous = 0, bytes(32)
        for entry in entries:
            if (entry.seq, entry.previous) != (head + 1, previous):
                self._find("I12", [f"fact {entry.seq} does not follow fact {head}"])
            head, previous = entry.seq, entry.hash
        if previous != self.watch.seen.history.hash:
            self._find("I12", [f"fact {head} is not the one that was written"])

    def _i13_replay_gives_the_records(self, entries: Sequence[Entry]) -> None:
        """I13: the facts alone give every record again."""
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

    async def _ledgers(self, sold: Sequence[Basket]) -> oracle.Ledgers:
        endings = [basket.ending for basket in sold]
        seen = self.watch.seen
        left_out = seen.mistaken | seen.gone_back | seen.lost
        by_hand = books.sold_by_hand(lane.book.book for lane in self.lanes)
        rows = [order for lane in self.lanes for order in books.sales(lane.book.book)]
        rows = [order for order in rows if order > PART_AMOUNT_MAX]  # else a part, nobody's order
        paid = {one.amount for one in endings if "succeeded" in one.statuses}
        rows += sorted((by_hand & paid) - set(rows))  # keyed in for a payment that had broken off
        certain = [self._order(attempt) for attempt, ones in seen.guaranteed.items() if ones]
        return oracle.Ledgers(
            told=[one for one in endings if one.amount not in left_out],
            booked=[order for order in rows if order not in left_out],
            guaranteed=[order for order in certain if order not in left_out],
            with_a_person=frozenset(self._open_orders()),
            sums=await self._sums(sold, by_hand),
        )

    async def _sums(self, sold: Sequence[Basket], by_hand: frozenset[int]) -> list[oracle.Sum]:
        """What every order comes to, but those with an open question or a person's mistake."""
        told, held = await self._told(sold)
        seen = self.watch.seen
        booked: Counter[int] = Counter()
        for lane in self.lanes:
            booked.update(books.nets(lane.book.book, seen.refunds.get(lane.reader, {})))
        certain: Counter[int] = Counter()
        for record in seen.records.values():
            certain[self._order(record.attempt)] += record.certain - record.given_back
        orders = (order.amount for till in self.tills for order in till.orders)
        left_out = {*self._open_orders(), *seen.mistaken, *seen.lost}
        for order in by_hand:
            if booked[order] + order == told[order] + held[order]:
                booked[order] += order  # keyed in for a payment that had broken off
        return [
            oracle.Sum(order, booked[order], told[order], held[order], certain[order])
            for order in orders
            if order not in left_out
        ]

    async def _told(self, sold: Sequence[Basket]) -> tuple[Counter[int], Counter[int]]:
        """By order, as tills are told: what was taken and not given back; what is sold and held."""
        told: Counter[int] = Counter()
        held: Counter[int] = Counter()
        history = self.watch.seen.history
        for basket in sold:
            for payment in basket.payments:
                told[basket.amount] += int(payment["amount_received"])
                tries = history.tries(str(payment["payment_intent"]))
                if payment["status"] == "requires_capture" and _is_sold(tries):
                    held[basket.amount] += basket.amount
        for refund in await baskets.refunds(self.tills[0]):
            if refund["status"] == "succeeded":
                told[history.intents[str(refund["payment_intent"])].amount] -= int(refund["amount"])
        return told, held

    def _i11_days_end_as_told(self) -> None:
        """I11: the ends of day of a book are those that are proven, those by hand, a person's."""
        for lane in self.lanes:
            closed = self.watch.seen.closed.get(lane.reader, [])
            tries = [
                one
                for one in self.watch.seen.history.attempts.values()
                if one.kind is AttemptKind.END_OF_DAY and one.reader == lane.reader
            ]
            proven = sum(one.state == "approved" for one in tries)
            unproven = sum(one.state in UNPROVEN for one in tries)
            full = sum(one.attempt is not None and not one.empty for one in closed)
            if full > proven + unproven or proven > len(closed):
                told = f"{proven} proven, {unproven} not proven"
                self._find("I11", [f"{lane.name} has closed {closed}; {told}"])

    def _i11_equal_is_equal(self) -> None:
        """I11: where posd says that a day's totals are equal, the book's are what it says (M16)."""
        posd = self.host.posd
        assert posd is not None, "it is quiet"
        for reader in posd.journal.queries.readers():
            closing = reader.closing
            if closing is None or closing.agreement is not Agreement.EQUAL:
                continue
            self.watch.sometimes["totals are equal"] += 1
            closed = self.watch.seen.closed.get(reader.id, [])
            amounts = [one.amount for one in closed if one.attempt == closing.attempt]
            if amounts != [closing.takings.amount]:
                self._find("I11", [f"{closing} is said to be equal; in the book {amounts}"])

    async def _i11_audits_are_right(self) -> None:
        """I11: an audit calls nothing equal that is not, and Stripe has what posd thinks it has."""
        posd = self.host.posd
        assert posd is not None, "it is quiet"
        self._find("I11", await audited.violations(posd, self.watch.seen.closed))

    def _order(self, attempt: str) -> int:
        """The order that an attempt is of, by its amount."""
        history, lost = self.watch.seen.history, self.watch.seen.lost_attempts
        if attempt in lost:
            return lost[attempt]
        return history.intents[history.attempts[attempt].intent].amount

    def _open_orders(self) -> list[int]:
        """The orders with an attempt that is not proven."""
        history = self.watch.seen.history
        return [
            history.intents[one.intent].amount
            for one in history.attempts.values()
            if one.state in UNPROVEN and one.intent
        ]

    def _open(self) -> list[int]:
        attempts = self.watch.seen.history.attempts.values()
        return [attempt.amount for attempt in attempts if attempt.state in UNENDED]

    def _unproven(self) -> list[int]:
        attempts = self.watch.seen.history.attempts.values()
        return [attempt.amount for attempt in attempts if attempt.state in UNPROVEN]

    def _owed(self) -> list[str]:
        return [attempt.id for attempt in self.watch.seen.history.owed()]

    def _find(self, invariant: str, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            self.watch.find(invariant, sentence)


def _is_sold(tries: Sequence[AttemptSeen]) -> bool:
    """Whether what is held stands in a terminal's book as a sale."""
    return any(one.kind is AttemptKind.SALE and one.state == "approved" for one in tries)


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (only how many)

"""When a broker is told what: whole at first, then what changes, and nothing twice or never."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from posd.bus.bus import KEEP_EVERY_S, RETRY_MAX_S, Bus, Sources, Wishes
from posd.bus.port import BrokerLost, Message, Session
from posd.bus.position import Position
from posd.bus.pulse import Pulse
from posd.bus.topics import Topics
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.snapshot.views import Lane, Snapshot
from tests.unit.posd.journal.scenario import Facts, intent, open_journal
from tests.unit.posd.snapshots import NOW_MS, Shop, offline
from tests.unit.posd.virtual import JumpingClock, virtual

TOPICS = Topics("lyon", "till-1")
PERIOD_S = 30.0


class BrokerFake:
    """A broker that is there or not, and acknowledges nothing of the topics with `mute` in them."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.tried_at: list[float] = []
        self.there = True
        self.mute: str | None = None
        self.gone = asyncio.Event()
        self.will: Message | None = None

    @asynccontextmanager
    async def session(self, will: Message, /) -> AsyncIterator[Session]:
        self.tried_at.append(asyncio.get_running_loop().time())
        if not self.there:
            raise BrokerLost("nobody there")
        self.will, self.gone = will, asyncio.Event()
        yield self

    async def publish(self, message: Message, /) -> None:
        if self.gone.is_set():
            raise BrokerLost("gone")
        self.told.append(message)
        if self.mute is not None and self.mute in message.topic:
            await asyncio.Event().wait()

    async def lost(self) -> None:
        await self.gone.wait()
        raise BrokerLost("gone")

    def leave(self) -> None:
        self.there = False
        self.gone.set()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(one.payload) for one in self.told if "/evt/" in one.topic]

    def states(self) -> list[str]:
        told = [one for one in self.told if one.topic == TOPICS.state]
        return [json.loads(one.payload)["state"] for one in told]

    def of(self, topic: str) -> list[bytes]:
        return [one.payload for one in self.told if one.topic == topic]


class PositionsFake:
    def __init__(self, kept: Position | None = None) -> None:
        self.kept = kept
        self.writes = 0

    async def read(self) -> Position | None:
        return self.kept

    async def keep(self, position: Position, /) -> None:
        self.kept = position
        self.writes += 1


class Told:
    """A store with one lane, its journal, and what tells of them."""

    def __init__(self, journal: Journal, kept: Position | None = None) -> None:
        self.journal = journal
        self.shop = Shop()
        self.front = self.shop.add_reader("front", label="Front")
        self.shop.lanes = (Lane("1", self.front),)
        self.broker = BrokerFake()
        self.positions = PositionsFake(kept)
        self.stirred = asyncio.Event()
        self.bus = self.new_bus()

    def new_bus(self) -> Bus:
        sources = Sources(self.journal, self.look, lambda: self.stirred, self.pulse)
        wishes = Wishes(TOPICS, "0.2.0", PERIOD_S)
        clock = JumpingClock(NOW_MS)
        return Bus(sources, self.broker, self.positions, wishes, clock=clock, chance=chance(1))

    async def look(self) -> Snapshot:
        return self.shop.snapshot()

    async def pulse(self) -> Pulse:
        return Pulse(1, 2, 3)

    def stir(self) -> None:
        stirred, self.stirred = self.stirred, asyncio.Event()
        stirred.set()

    async def for_s(self, seconds: float, *then: Callable[[], object]) -> None:
        """Let it run for so long, `then` at equal parts of that; it is stopped in good order."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.bus.run())
            for step in then:
                await asyncio.sleep(seconds / (len(then) + 1))
                step()
            await asyncio.sleep(seconds / (len(then) + 1))
            running.cancel()

    async def note(self, *ids: str) -> None:
        """So many new facts."""
        for id_ in ids:
            await self.journal.commit(Facts((intent(id_),)))


@contextmanager
def telling(folder: Path, kept: Position | None = None) -> Iterator[Told]:
    journal = open_journal(folder, executor=LoopExecutor(lambda: 0.001))
    with closing(journal):
        yield Told(journal, kept)


@virtual
async def test_the_truth_is_told_whole_and_then_the_events(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        await store.note("pi_1", "pi_2")
        await store.for_s(5.0)
        assert store.broker.states() == ["init", "ready", "disconnected"]
        assert [one["seq"] for one in store.broker.events()] == [1, 2, 3]
        assert all(one["historical"] for one in store.broker.events())
        topics = [one.topic for one in store.broker.told]
        assert topics[0] == TOPICS.state
        assert topics.index(TOPICS.info) < topics.index(TOPICS.state, 1)
        assert store.broker.will is not None
        assert json.loads(store.broker.will.payload)["state"] == "lost"
        assert store.broker.will.topic == TOPICS.state


@virtual
async def test_what_was_acknowledged_is_not_told_again_and_all_else_is(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        await store.note("pi_1", "pi_2", "pi_3")
        await store.for_s(1.0)
        assert store.positions.kept is not None
        assert store.positions.kept.seq == 4
        store.broker.told.clear()
        store.bus = store.new_bus()
        await store.note("pi_4")
        await store.for_s(1.0)
        assert [one["seq"] for one in store.broker.events()] == [5]


@virtual
async def test_what_nobody_acknowledged_does_not_count_as_told(tmp_path: Path) -> None:
    with telling(tmp_path, Position("", 1)) as store:
        await store.note("pi_1", "pi_2")
        store.broker.mute = "/evt/"
        await store.for_s(5.0)
        assert [one["seq"] for one in store.broker.events()] == [2, 3]
        assert store.positions.kept is not None
        assert store.positions.kept.seq == 1


@virtual
async def test_an_hour_without_a_broker_keeps_nothing_in_memory_and_loses_nothing(
    tmp_path: Path,
) -> None:
    with telling(tmp_path, Position("", 1)) as store:
        store.broker.there = False
        ids = [f"pi_{n}" for n in range(100)]
        await store.note(*ids)
        await store.for_s(3600.0)
        tries = len(store.broker.tried_at)
        assert 3600 / RETRY_MAX_S <= tries <= 2 * 3600 / RETRY_MAX_S + 12
        store.broker.there = True
        await store.for_s(RETRY_MAX_S)
        assert [one["seq"] for one in store.broker.events()] == list(range(2, 102))


@virtual
async def test_each_reason_is_told_once_until_the_broker_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with telling(tmp_path) as store:
        store.broker.there = False
        await store.for_s(600.0)
        assert caplog.text.count("broker lost reason=nobody there") == 1


@virtual
async def test_a_change_is_told_within_a_second_and_alone(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        reader = TOPICS.reader(store.front)

        def lose() -> None:
            store.broker.told.clear()
            store.shop.live[store.front] = offline()
            store.stir()

        await store.for_s(4.0, lose)
        (told,) = store.broker.of(reader)
        assert json.loads(told)["status"] == "offline"
        assert store.broker.of(TOPICS.info) == []


@virtual
async def test_what_is_no_more_is_taken_back_also_after_a_restart(tmp_path: Path) -> None:
    old = TOPICS.reader("tmr_posd_old")
    other = "posd/1/lyon/another-node/info"
    with telling(tmp_path, Position("", 0, (old, other))) as store:
        await store.for_s(2.0)
        assert store.broker.of(old) == [b""]
        assert store.broker.of(other) == [], "that is another's"
        assert store.positions.kept is not None
        assert old not in store.positions.kept.topics


@virtual
async def test_what_may_be_retained_is_on_disk_before_it_is(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        reader = TOPICS.reader(store.front)
        store.broker.mute = reader
        await store.for_s(1.0)
        assert store.broker.of(reader), "or this tests nothing"
        assert store.positions.kept is not None
        assert reader in store.positions.kept.topics


@virtual
async def test_health_is_told_each_period_and_expires(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        await store.for_s(PERIOD_S * 3.5)
        assert len(store.broker.of(TOPICS.health)) == 4
        expiries = {one.expiry_s for one in store.broker.told if one.topic == TOPICS.health}
        assert expiries == {90}


@virtual
async def test_one_that_takes_no_new_sale_says_so(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        await store.for_s(4.0, store.bus.drain)
        assert store.broker.states()[-2:] == ["draining", "disconnected"]


@virtual
async def test_a_broker_that_hangs_holds_up_the_end_for_a_moment_only(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        began = asyncio.get_running_loop().time()

        def hang() -> None:
            store.broker.mute = ""

        await store.for_s(4.0, hang)
        assert asyncio.get_running_loop().time() - began < 6.0


@virtual
async def test_the_position_is_written_now_and_then_not_for_each_event(tmp_path: Path) -> None:
    with telling(tmp_path) as store:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.for_s(2 * KEEP_EVERY_S + 1))
            await asyncio.sleep(1)
            writes = store.positions.writes
            for n in range(50):
                await store.note(f"pi_{n}")
                await asyncio.sleep(2 * KEEP_EVERY_S / 60)
        assert store.positions.writes - writes <= 4
        assert store.positions.kept is not None
        assert store.positions.kept.seq == 51

"""When the address is told: of each change of what is red, and until it has heard the latest."""

import asyncio
import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from posd.alarm.keeper import LOOK_EVERY_S, RETRY_MAX_S, RETRY_MIN_S, Alarm
from posd.ids import chance
from posd.model.attempt import AttemptState
from posd.page.alarm_words import advice
from posd.snapshot.colours import GRACE_MS
from posd.snapshot.concern_views import Concern, ConcernKind
from posd.snapshot.views import Lane, Snapshot
from tests.unit.posd.house import LANE_1, House
from tests.unit.posd.snapshots import NOW_MS, Shop
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import JumpingClock, virtual


@dataclass
class Address:
    """Somebody who is told; `problem` is why he does not hear."""

    told: list[dict[str, Any]] = field(default_factory=list)
    tried_at: list[float] = field(default_factory=list)
    problem: str | None = None

    async def post(self, body: bytes) -> str | None:
        self.tried_at.append(asyncio.get_running_loop().time())
        if self.problem is None:
            self.told.append(json.loads(body))
        return self.problem


class Watched:
    """A store whose front reader is in order, and its alarm."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.front = self.shop.add_reader("front", label="Front counter")
        self.shop.lanes = (Lane("1", self.front),)
        self.address = Address()
        self.alarm = Alarm(
            self.look,
            self.address.post,
            lambda _snapshot, concern: (concern.kind.value, "Look."),
            clock=JumpingClock(NOW_MS),
            chance=chance(1),
        )

    async def look(self) -> Snapshot:
        return self.shop.snapshot()

    async def for_s(self, seconds: float) -> None:
        """Let it watch for so long."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self.alarm.run())
            await asyncio.sleep(seconds)
            watching.cancel()


@virtual
async def test_where_all_is_well_nobody_is_told() -> None:
    store = Watched()
    await store.for_s(300)
    assert store.address.tried_at == []


@virtual
async def test_an_unproven_payment_is_told_once_with_what_to_do() -> None:
    store = Watched()
    store.shop.add_payment(store.front, AttemptState.PERSON, 780, order="B-1043")
    await store.for_s(300)
    (told,) = store.address.told
    assert (told["object"], told["store"], told["verdict"]) == (
        "posd.alarm",
        "Lyon 14",
        "No lane can take cards.",
    )
    (need,) = told["needs"]
    assert need == {
        "kind": "unproven",
        "title": "unproven",
        "do": "Look.",
        "where": "Front counter",
        "order": "B-1043",
        "amount": 780,
        "currency": "eur",
        "since": (NOW_MS - 60_000) // 1000,
        "count": 1,
    }


@virtual
async def test_each_change_is_told_and_that_all_is_well_again() -> None:
    store = Watched()
    store.shop.add_payment(store.front, AttemptState.PERSON, 780)
    await store.for_s(10)
    store.shop.add_payment(store.shop.add_reader("back"), AttemptState.PERSON, 999)
    await store.for_s(10)
    store.shop.attempts.clear()
    await store.for_s(10)
    assert [len(one["needs"]) for one in store.address.told] == [1, 2, 0]


@virtual
async def test_what_is_only_amber_is_not_told() -> None:
    store = Watched()
    store.shop.refund_drafts = 3
    assert store.shop.snapshot().needs.shown
    await store.for_s(60)
    assert store.address.tried_at == []


@virtual
async def test_more_than_three_are_counted() -> None:
    store = Watched()
    for number in range(5):
        store.shop.add_payment(store.shop.add_reader(f"r{number}"), AttemptState.PERSON)
    await store.for_s(10)
    (told,) = store.address.told
    assert (len(told["needs"]), told["more"]) == (3, 2)


@virtual
async def test_who_does_not_hear_is_told_again_less_and_less_often() -> None:
    store = Watched()
    store.shop.add_payment(store.front, AttemptState.PERSON, 780)
    store.address.problem = "HTTP 500"
    await store.for_s(3600)
    tried_at = store.address.tried_at
    pauses = [later - earlier for earlier, later in pairwise(tried_at)]
    assert pauses[0] <= RETRY_MIN_S + LOOK_EVERY_S
    assert max(pauses) <= RETRY_MAX_S + LOOK_EVERY_S
    assert len(tried_at) < 3600 / (RETRY_MAX_S / 2) + 9
    store.address.problem = None
    await store.for_s(RETRY_MAX_S + LOOK_EVERY_S)
    assert len(store.address.told) == 1


@virtual
async def test_what_is_over_is_not_told_late() -> None:
    store = Watched()
    store.shop.add_payment(store.front, AttemptState.PERSON, 780)
    store.address.problem = "HTTP 500"
    await store.for_s(600)
    store.shop.attempts.clear()
    store.address.problem = None
    await store.for_s(900)
    assert store.address.told == []
    assert store.alarm.unheard_since_ms is None


@virtual
async def test_two_tries_in_vain_are_told_on_the_page() -> None:
    store = Watched()
    store.shop.add_payment(store.front, AttemptState.PERSON, 780)
    store.address.problem = "HTTP 500"
    await store.for_s(1)
    told = [store.alarm.unheard_since_ms]
    await store.for_s(60)
    told.append(store.alarm.unheard_since_ms)
    store.address.problem = None
    await store.for_s(RETRY_MAX_S)
    told.append(store.alarm.unheard_since_ms)
    assert [one is None for one in told] == [True, False, True]


@virtual
async def test_a_reader_that_is_lost_is_told_in_the_stores_words(tmp_path: Path) -> None:
    terminal, address = ScriptedTerminal(), Address()
    house = House(tmp_path, {LANE_1: terminal.open}, alarm=address.post)
    async with house.living():
        terminal.unplug()
        await asyncio.sleep(GRACE_MS / 1000 - LOOK_EVERY_S)
        assert address.tried_at == []
        await asyncio.sleep(4 * LOOK_EVERY_S)
        (told,) = address.told
        assert [one["kind"] for one in told["needs"]] == ["reader_lost"]
        assert told["needs"][0]["title"] == "A reader is gone"
        assert told["needs"][0]["do"]


@virtual
async def test_the_page_says_that_alarms_do_not_get_through(tmp_path: Path) -> None:
    terminal, address = ScriptedTerminal(), Address(problem="ConnectError")
    house = House(tmp_path, {LANE_1: terminal.open}, alarm=address.post)
    async with house.living() as posd:
        terminal.unplug()
        await asyncio.sleep(180)
        told = posd.snapshot()
        assert [one.kind for one in told.needs.shown] == [
            ConcernKind.READER_LOST,
            ConcernKind.ALARM_UNHEARD,
        ]
        assert told.verdict.more[-1].key == "verdict.alarm_unheard"


def test_there_are_words_for_everything_that_is_red() -> None:
    snapshot = Shop(locale="de-DE").snapshot()
    for kind in ConcernKind:
        title, remedy = advice(None, snapshot, Concern(kind))
        assert title
        assert remedy

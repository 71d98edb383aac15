"""Snapshots for whoever looks: rarely made, never stale, numbered."""

import asyncio
import re
from itertools import count

from msgspec.structs import replace

from posd.snapshot.looks import CODE_CHARACTERS, CODE_MS, EVERY_S, Looks, help_code
from posd.snapshot.views import Snapshot
from tests.unit.posd.snapshots import NOW_MS, Shop
from tests.unit.posd.virtual import JumpingClock, virtual


class Store:
    """A store whose name is all that changes, and how often it was looked at."""

    def __init__(self) -> None:
        self.name = "Lyon 14"
        self.made = 0
        self.stir = asyncio.Event()
        self.moments = count(NOW_MS)
        self.looks = Looks(self.make, lambda: self.stir, JumpingClock(NOW_MS))

    def make(self) -> Snapshot:
        self.made += 1
        return replace(Shop().snapshot(), store=self.name, at_ms=next(self.moments))

    def rename(self, name: str) -> None:
        self.name = name
        stirred, self.stir = self.stir, asyncio.Event()
        stirred.set()


@virtual
async def test_however_many_ask_one_is_made() -> None:
    store = Store()
    seen = [await store.looks.now() for _ in range(1000)]
    assert store.made == 1
    assert {one.revision for one in seen} == {seen[0].revision}


@virtual
async def test_who_asks_after_a_change_sees_it_however_soon() -> None:
    store = Store()
    before = await store.looks.now()
    store.rename("Lyon 15")
    asked = [asyncio.ensure_future(one) for one in (store.looks.now(), store.looks.now())]  # noqa: TID251 (both wait)
    seen = await asyncio.gather(*asked)
    assert [one.store for one in seen] == ["Lyon 15"] * 2
    assert seen[0].revision > before.revision
    assert store.made == 2


@virtual
async def test_no_more_than_four_are_made_in_a_second() -> None:
    store, loop = Store(), asyncio.get_running_loop()
    until = loop.time() + 10
    while loop.time() < until:
        store.rename(f"Lyon {loop.time()}")
        await store.looks.now()
        await asyncio.sleep(0.01)
    assert store.made <= 10 / EVERY_S + 1


@virtual
async def test_the_time_alone_is_no_change() -> None:
    store = Store()
    first = await store.looks.now()
    await asyncio.sleep(60)
    second = await store.looks.now()
    assert (store.made, second.revision) == (2, first.revision)
    assert second.at_ms > first.at_ms


@virtual
async def test_numbers_grow_over_a_restart() -> None:
    before = await Store().looks.now()
    await asyncio.sleep(1)
    after = Store()
    assert (await after.looks.now()).revision > before.revision


def test_the_help_code_is_the_same_for_an_hour_and_another_at_another_machine() -> None:
    code = help_code("epoch_1", NOW_MS)
    assert re.fullmatch(f"[{CODE_CHARACTERS}]{{4}}", code)
    assert help_code("epoch_1", NOW_MS // CODE_MS * CODE_MS) == code
    others = {help_code(f"epoch_{n}", NOW_MS + n * CODE_MS) for n in range(2, 60)}
    assert len(others | {code}) > 55

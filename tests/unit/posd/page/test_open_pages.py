"""Open pages: told of each change within a second, of nothing else, and not by the hundred."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from posd.api.protocol import CONNECTIONS_MAX
from posd.api.watch import Watch
from posd.errors import Refused
from posd.page.open_pages import BEAT_S, GATHER_S, PAGES_MAX, Changes, OpenPages
from posd.snapshot.views import Snapshot
from tests.unit.posd.snapshots import Shop
from tests.unit.posd.virtual import virtual

CHANGE_SHOWN_S_MAX = 1.0
BEAT = b"event: beat\ndata:\n\n"


async def no_facts() -> AsyncIterator[object]:
    """A journal that does not grow."""
    await asyncio.Event().wait()
    yield None


class Store:
    """A snapshot that changes when the test says so."""

    def __init__(self) -> None:
        self.watch = Watch(no_facts)
        self.pages = OpenPages()
        self._now = replace(Shop().snapshot(), revision=7)

    async def snapshot(self) -> Snapshot:
        return self._now

    def change(self) -> None:
        """The snapshot says something else, and whoever waits is woken."""
        self.age()
        self.watch.stir()

    def age(self) -> None:
        """The snapshot says something else because of the time, and nobody is woken."""
        self._now = replace(self._now, revision=self._now.revision + 1)

    def follow(self, seen: int | None = 7) -> Changes:
        return self.pages.follow(self.watch, self.snapshot, seen)


def now_s() -> float:
    return asyncio.get_running_loop().time()


@virtual
async def test_a_change_is_told_by_its_revision_within_a_second() -> None:
    store = Store()
    changes = store.follow()
    assert await anext(changes) == b"retry: 2000\n\n"
    asyncio.get_running_loop().call_later(2, store.change)
    assert await anext(changes) == b"data: 8\n\n"
    assert now_s() <= 2 + CHANGE_SHOWN_S_MAX


@virtual
async def test_what_changed_before_it_was_opened_is_told_at_once() -> None:
    store = Store()
    store.change()
    assert await anext(store.follow(7)) == b"retry: 2000\ndata: 8\n\n"
    assert await anext(store.follow(None)) == b"retry: 2000\ndata: 8\n\n"
    assert now_s() == 0


@virtual
async def test_many_changes_at_once_are_one() -> None:
    store = Store()
    changes = store.follow()
    await anext(changes)
    for n in range(100):
        asyncio.get_running_loop().call_later(1 + n * GATHER_S / 200, store.change)
    assert await anext(changes) == b"data: 107\n\n"


@virtual
async def test_where_nothing_happens_there_is_a_beat() -> None:
    store = Store()
    changes = store.follow()
    await anext(changes)
    assert await anext(changes) == BEAT
    assert now_s() == BEAT_S
    asyncio.get_running_loop().call_later(BEAT_S - GATHER_S, store.watch.stir)
    assert await anext(changes) == BEAT


@virtual
async def test_what_changes_by_time_alone_is_told_at_the_next_beat() -> None:
    store = Store()
    changes = store.follow()
    await anext(changes)
    asyncio.get_running_loop().call_later(1, store.age)
    assert [await anext(changes), await anext(changes)] == [BEAT, b"data: 8\n\n"]


@virtual
async def test_it_ends_when_posd_stops() -> None:
    store = Store()
    changes = store.follow()
    await anext(changes)
    store.watch.close()
    assert [part async for part in changes] == []


def test_so_many_and_no_more() -> None:
    store = Store()
    opened = [store.follow() for _ in range(PAGES_MAX)]
    with pytest.raises(Refused):
        store.follow()
    opened[0].close()
    store.follow()
    assert store.pages.open_count == PAGES_MAX
    assert CONNECTIONS_MAX // 4 >= PAGES_MAX

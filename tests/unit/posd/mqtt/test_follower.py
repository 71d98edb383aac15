"""Who listens to the store: what it knows while the broker is there, and when it is not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from posd.bus.follower import RETRY_MAX_S, Follower
from posd.bus.port import BrokerLost
from posd.bus.topics import Topics, of_store
from posd.ids import chance
from tests.unit.posd.mqtt.test_store_view import state
from tests.unit.posd.virtual import virtual

TOPICS = Topics("main-street", "till-1")


class SubscriberFake:
    """A broker that retains what it is given, and is there or not."""

    def __init__(self) -> None:
        self.retained: list[tuple[str, bytes]] = [(TOPICS.state, state("ready"))]
        self.there = True
        self.asked: list[Sequence[str]] = []

    @asynccontextmanager
    async def hear(
        self, topics: Sequence[str], /
    ) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        self.asked.append(topics)
        if not self.there:
            raise BrokerLost("nobody there")
        yield self._messages()

    async def _messages(self) -> AsyncIterator[tuple[str, bytes]]:
        for one in self.retained:
            yield one
        while self.there:  # noqa: ASYNC110 (a test says when)
            await asyncio.sleep(1)
        raise BrokerLost("gone")


@virtual
async def test_it_knows_what_is_retained_and_that_it_may_be_old(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = SubscriberFake()
    follower = Follower("main-street", broker, chance(1))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(follower.run())
        await asyncio.sleep(1)
        assert broker.asked == [of_store("main-street")]
        assert follower.view().connected
        assert [node.name for node in follower.view().nodes] == ["till-1"]
        broker.there = False
        await asyncio.sleep(600)
        lost = follower.view()
        assert (lost.connected, len(lost.nodes)) == (False, 1)
        assert caplog.text.count("store is not heard") == 1
        broker.there, broker.retained = True, []
        await asyncio.sleep(RETRY_MAX_S)
        assert follower.view().connected
        assert follower.view().nodes == (), "what is not retained any more is not true"
        running.cancel()


def test_it_hears_nothing_but_the_lanes_of_its_store() -> None:
    assert of_store("main street") == (
        "posd/1/main%20street/+/state",
        "posd/1/main%20street/+/lane/+/state",
        "posd/1/main%20street/+/alarm/#",
    )

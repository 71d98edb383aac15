"""The line to a broker: what is asked of it, and how each of its refusals is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from posd.bus.mqtt import Broker, Identity, Mqtt, Tls
from posd.bus.port import BrokerLost, Message
from tests.unit.posd.mqtt.peer import (
    CONNECT,
    DISCONNECT,
    NOT_AUTHORIZED,
    PUBLISH,
    SUBSCRIBE,
    Peer,
)
from tests.unit.posd.tls.shop import server_context, shared

WILL = Message("posd/1/lyon/till-1/state", b'{"state":"lost"}', retain=True)
TOLD = Message("posd/1/lyon/till-1/health", b'{"at":1}', expiry_s=90)
PATIENCE_S = 5.0


def way(peer: Peer, tls: Tls | None = None) -> Mqtt:
    return Mqtt(Broker("localhost", peer.port, Identity("till-1", "secret"), tls), "posd-lyon")


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 (the other end of a socket)
            await asyncio.sleep(0.01)


async def test_what_is_told_is_acknowledged_and_the_line_ends_with_a_goodbye() -> None:
    async with Peer().listening() as peer:
        async with way(peer).session(WILL) as session:
            await session.publish(TOLD)
            await session.publish(WILL)
        await until(lambda: bool(peer.came(DISCONNECT)))
    [hello] = peer.came(CONNECT)
    for part in (b"MQTT\x05", b"posd-lyon", b"till-1", b"secret", WILL.payload):
        assert part in hello
    expires, stays = peer.came(PUBLISH)
    assert b"\x05\x02\x00\x00\x00\x5a" + TOLD.payload in expires, "it is true for 90 seconds"
    assert b"\x00" + WILL.payload in stays, "it has no property"


async def test_no_more_is_on_its_way_than_the_broker_allows() -> None:
    async with (
        Peer(receive_max=2, acknowledges=False).listening() as peer,
        way(peer).session(WILL) as session,
        asyncio.TaskGroup() as group,
    ):
        tellings = [group.create_task(session.publish(TOLD)) for _ in range(5)]
        await until(lambda: len(peer.came(PUBLISH)) == 2)
        await asyncio.sleep(0.1)
        assert len(peer.came(PUBLISH)) == 2
        for telling in tellings:
            telling.cancel()


async def test_a_message_that_is_refused_ends_the_line() -> None:
    async with (
        Peer(publish_code=NOT_AUTHORIZED).listening() as peer,
        way(peer).session(WILL) as session,
        asyncio.TaskGroup() as group,
    ):
        telling = group.create_task(session.publish(TOLD))
        with pytest.raises(BrokerLost, match="refused: Not authorized"):
            await session.lost()
        telling.cancel()


async def test_a_broker_that_lets_nobody_in_says_why() -> None:
    async with Peer(connect_code=NOT_AUTHORIZED).listening() as peer:
        with pytest.raises(BrokerLost, match="Not authorized"):
            async with way(peer).session(WILL):
                pytest.fail("it was let in")


async def test_a_line_that_breaks_is_lost() -> None:
    async with Peer().listening() as peer:
        async with way(peer).session(WILL) as session:
            peer.leave()
            with pytest.raises(BrokerLost):
                await session.lost()
            with pytest.raises(BrokerLost):
                await session.publish(TOLD)
        assert peer.came(PUBLISH) == []


async def test_who_listens_hears_what_is_retained_until_the_line_breaks() -> None:
    retained = [("posd/1/lyon/till-1/state", b"{}"), ("posd/1/lyon/till-2/state", b"[]")]
    async with (
        Peer(retained=list(retained)).listening() as peer,
        way(peer).hear(("posd/1/lyon/+/state",)) as messages,
    ):
        assert [await anext(messages), await anext(messages)] == retained
        peer.leave()
        with pytest.raises(BrokerLost):
            await anext(messages)
    assert b"posd/1/lyon/+/state\x01" in peer.came(SUBSCRIBE)[0], "at least once"


async def test_where_nobody_may_listen_is_told() -> None:
    async with Peer(subscribe_code=NOT_AUTHORIZED).listening() as peer:
        with pytest.raises(BrokerLost, match="not allowed to listen to posd/#"):
            async with way(peer).hear(("posd/#",)):
                pytest.fail("it was let in")


async def test_a_broker_is_known_by_its_certificate() -> None:
    store = await asyncio.to_thread(shared)
    shown = await asyncio.to_thread(server_context, store)
    known = Tls(store.authority, store.certificate, store.key)
    async with Peer().listening(shown) as peer:
        async with way(peer, known).session(WILL) as session:
            await session.publish(TOLD)
        assert len(peer.came(PUBLISH)) == 1


async def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "ca.crt"
    with pytest.raises(BrokerLost, match=f"No such file or directory: {missing}"):
        async with way(Peer(port=9), Tls(missing)).session(WILL):
            pytest.fail("nobody was there")


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(Broker("mqtt", 8883, Identity("till-1", "secret")))

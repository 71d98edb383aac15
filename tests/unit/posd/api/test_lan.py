"""The network: TLS or nothing, and never at the cost of who is on loopback."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from posd.api import lan as entrance
from posd.api.lan import Lan
from posd.api.listener import PATIENCE, Listener, Patience
from posd.api.sockets import CannotListen, bind_lan
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.wire import GET, Wire, let_go, served, wire
from tests.unit.posd.tls.shop import NAMES

ADDRESS = "127.0.0.1"


OPEN = ("localhost",)
"""What a Host header may say here over the network."""


def port_of(listener: Listener) -> int:
    assert listener.lan_port is not None
    return listener.lan_port


@asynccontextmanager
async def over_tls(
    listener: Listener, trusted: ssl.SSLContext, caller: str = ADDRESS
) -> AsyncIterator[Wire]:
    """A connection from that address, by TLS."""
    reader, writer = await asyncio.open_connection(
        ADDRESS,
        port_of(listener),
        ssl=trusted,
        server_hostname=NAMES[0],
        local_addr=(caller, 0),
    )
    try:
        yield Wire(reader, writer)
    finally:
        await let_go(writer)


async def says_nothing(listener: Listener, octets: bytes = b"") -> bool:
    """Whether a connection without TLS is closed, and told nothing that is HTTP."""
    reader, writer = await asyncio.open_connection(ADDRESS, port_of(listener))
    writer.write(octets)
    try:
        return b"HTTP" not in await reader.read()
    except ConnectionError:
        return True
    finally:
        await let_go(writer)


async def test_what_the_network_asks_is_answered_by_tls(lan: Lan, trusted: ssl.SSLContext) -> None:
    async with (
        served(Bench(lan_hosts=OPEN), lan=lan) as listener,
        over_tls(listener, trusted) as client,
    ):
        for _ in range(3):
            await client.send(GET)
            assert await client.status() == 200


async def test_nobody_listens_on_the_network_unless_told_to() -> None:
    async with served() as listener:
        assert listener.lan_port is None


@pytest.mark.parametrize("octets", [GET, b"\x16\x03\x01\xff\xff" + b"\0" * 20, b"SSH-2.0-x\r\n"])
async def test_what_is_no_tls_is_closed_without_a_word(
    lan: Lan, trusted: ssl.SSLContext, octets: bytes
) -> None:
    async with served(lan=lan) as listener:
        assert await says_nothing(listener, octets)
        async with over_tls(listener, trusted) as client:
            await client.send(GET)
            assert await client.status() == 421  # no name was declared; TLS works


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_1_2_and_1_3_are_spoken(
    lan: Lan, trusted: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    trusted.minimum_version = trusted.maximum_version = version
    async with (
        served(Bench(lan_hosts=OPEN), lan=lan) as listener,
        over_tls(listener, trusted) as client,
    ):
        await client.send(GET)
        assert await client.status() == 200


async def test_who_shakes_no_hands_is_gone_and_counted(
    lan: Lan, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "HANDSHAKE_S", 0.2)
    monkeypatch.setattr(entrance, "CONNECTIONS_OF_ADDRESS_MAX", 2)
    async with served(lan=lan) as listener, AsyncExitStack() as held:
        silent = [await held.enter_async_context(plainly(listener)) for _ in range(2)]
        assert await says_nothing(listener)  # the third, and at once
        assert not any(client.has_ended() for client in silent)
        assert all([await client.closed() for client in silent])
        async with over_tls(listener, trusted) as client:
            await client.send(GET)
            assert await client.status() == 421


@asynccontextmanager
async def plainly(listener: Listener) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection(ADDRESS, port_of(listener))
    try:
        yield Wire(reader, writer)
    finally:
        await let_go(writer)


async def answered(client: Wire) -> bool:
    await client.send(GET)
    return await client.status() == 200


async def test_one_address_cannot_take_every_place_nor_all_of_them_those_of_loopback(
    lan: Lan, trusted: ssl.SSLContext
) -> None:
    bench = Bench(lan_hosts=OPEN)
    async with served(bench, lan=lan) as listener, AsyncExitStack() as held:
        for number in range(entrance.CONNECTIONS_MAX):
            caller = f"127.0.1.{number // entrance.CONNECTIONS_OF_ADDRESS_MAX + 1}"
            client = await held.enter_async_context(over_tls(listener, trusted, caller))
            assert await answered(client)
            if number == entrance.CONNECTIONS_OF_ADDRESS_MAX - 1:
                with pytest.raises((ConnectionError, ssl.SSLError)):
                    await held.enter_async_context(over_tls(listener, trusted, caller))
        for _ in range(10):
            assert await answered(await held.enter_async_context(wire(listener)))


async def test_where_all_places_are_taken_who_has_most_makes_room_for_a_till(
    lan: Lan, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "CONNECTIONS_MAX", 5)
    bench = Bench(lan_hosts=OPEN)
    async with served(bench, lan=lan) as listener, AsyncExitStack() as held:

        async def come(caller: str) -> Wire | None:
            try:
                return await held.enter_async_context(over_tls(listener, trusted, caller))
            except (ConnectionError, ssl.SSLError):
                return None

        lonely = await come("127.0.3.1")
        oldest, *rest = [await come("127.0.1.1") for _ in range(4)]
        till = await come("127.0.2.1")
        assert lonely
        assert oldest
        assert till
        assert await oldest.closed()
        assert all([client and await answered(client) for client in (lonely, till, *rest)])
        assert await come("127.0.2.1")  # 2 of 5, and 2 are the other's
        assert [await come(caller) for caller in ("127.0.1.1", "127.0.2.1")] == [None, None]
        assert await answered(till)
        assert await answered(lonely)


async def test_a_place_is_free_again_once_somebody_left(lan: Lan, trusted: ssl.SSLContext) -> None:
    bench = Bench(lan_hosts=OPEN)
    async with served(bench, lan=lan) as listener:
        for _ in range(2 * entrance.CONNECTIONS_OF_ADDRESS_MAX):
            async with over_tls(listener, trusted) as client:
                assert await answered(client)


async def test_a_slow_request_over_tls_is_told_so(lan: Lan, trusted: ssl.SSLContext) -> None:
    async with (
        served(patience=Patience(request_s=0.2), lan=lan) as listener,
        over_tls(listener, trusted) as client,
    ):
        await client.send(GET[:20])
        assert await client.status() == 408
        assert await client.closed()


async def test_a_stop_lets_what_runs_finish_and_takes_nobody_more(
    lan: Lan, trusted: ssl.SSLContext
) -> None:
    bench = Bench(lan_hosts=OPEN)
    listener = await Listener.open(bench.api, port=0, socket=None, lan=lan, patience=PATIENCE)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        async with over_tls(listener, trusted) as client:
            assert await answered(client)
            await listener.stop()
            assert await client.closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(ADDRESS, port_of(listener))


async def test_a_stop_waits_for_nobody_who_has_not_shaken_hands(lan: Lan) -> None:
    listener = await Listener.open(Bench().api, port=0, socket=None, lan=lan)
    async with asyncio.timeout(entrance.HANDSHAKE_S / 2), asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        async with plainly(listener) as silent:
            await asyncio.sleep(0.05)
            await listener.stop()
            assert await silent.closed()


def test_an_address_that_is_not_there_yet_can_be_listened_on() -> None:
    """192.0.2.0/24 is nobody's (RFC 5737)."""
    with bind_lan("192.0.2.7", 0) as bound:
        assert bound.getsockname()[0] == "192.0.2.7"


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        taken.listen()
        with pytest.raises(CannotListen, match=r"in use by another program; set lan\.port"):
            bind_lan(ADDRESS, taken.getsockname()[1])


async def test_a_machine_without_descriptors_is_waited_for(
    lan: Lan,
    trusted: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(entrance, "AFTER_AN_ERROR_S", 0.05)
    loop = asyncio.get_running_loop()
    real, errors = loop.sock_accept, [OSError(24, "Too many open files"), OSError(103, "aborted")]

    async def accept(bound: socket.socket) -> tuple[socket.socket, object]:
        if errors:
            raise errors.pop()
        return await real(bound)

    monkeypatch.setattr(loop, "sock_accept", accept)
    async with (
        served(Bench(lan_hosts=OPEN), lan=lan) as listener,
        over_tls(listener, trusted) as client,
    ):
        assert await answered(client)
    assert [record.getMessage() for record in caplog.records] == [
        "nobody can be let in over the network: Too many open files"
    ]

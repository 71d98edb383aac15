"""The real server over loopback: sockets, limits, and a tidy end."""

import asyncio
import errno
import os
import socket
from pathlib import Path

import pytest

from posd.api import protocol, sockets
from posd.api.listener import Listener, Patience
from posd.api.sockets import CannotListen
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.wire import CREATE, FORM, GET, LAST, let_go, served, wire


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_both_families_on_one_port_and_connections_are_kept() -> None:
    async with served() as listener:
        for host in ["127.0.0.1", *(["::1"] if has_ipv6() else [])]:
            async with wire(listener, host) as client:
                for _ in range(3):
                    await client.send(GET)
                    assert await client.status() == 200


async def test_an_answer_does_not_wait_for_acknowledgements() -> None:
    async with served() as listener, wire(listener) as client:
        await client.send(GET)
        assert await client.status() == 200
        (connection,) = listener._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_head_and_body_of_an_answer_leave_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with served() as listener, wire(listener) as client:
        await client.send(GET)
        assert await client.status() == 200
        (connection,) = listener._server.server_state.connections
        written: list[bytes] = []
        write = connection.transport.write

        def watched(octets: bytes) -> None:
            written.append(octets)
            write(octets)

        monkeypatch.setattr(connection.transport, "write", watched)
        await client.send(GET)
        assert await client.status() == 200
        (answer,) = written
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert body.startswith(b"{")


async def test_an_answer_without_a_body_leaves_too() -> None:
    async with served() as listener, wire(listener) as client:
        await client.send(GET.replace(b"GET", b"HEAD", 1))
        assert await client.status_of_head() == 200
        await client.send(GET)
        assert await client.status() == 200


async def test_without_ipv6_there_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sockets._bind_tcp

    def no_v6(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        if family is socket.AF_INET6:
            raise CannotListen(host, "no") from OSError(errno.EADDRNOTAVAIL, "no")
        return real(family, host, port)

    monkeypatch.setattr(sockets, "_bind_tcp", no_v6)
    async with served() as listener, wire(listener) as client:
        await client.send(GET)
        assert await client.status() == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_port_in_use_is_named(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family is socket.AF_INET6 and not has_ipv6():
        pytest.skip("no IPv6 on this machine")
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.bind((host, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} is in use"):
            await Listener.open(Bench().api, port=port, socket=None)


async def at_socket(path: Path, request: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(request)
    answer = await reader.read()
    await let_go(writer)
    return answer


async def test_the_unix_socket_is_the_operators(tmp_path: Path) -> None:
    path = tmp_path / "posd.sock"
    body = b"name=till&role=till"
    ask = (
        b"POST /posd/v1/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )
    bench = Bench()
    async with served(bench, path) as listener:
        assert path.stat().st_mode & 0o777 == 0o600
        answer = await at_socket(path, ask)
        assert answer.startswith(b"HTTP/1.1 200")
        assert bench.keys.actor == f"operator:{os.getuid()}"
        async with wire(listener) as client:
            await client.send(ask)
            assert await client.status() == 403
    assert not path.exists()


async def test_a_socket_that_a_killed_posd_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "posd.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    async with served(path=path):
        assert (await at_socket(path, LAST)).startswith(b"HTTP/1.1 200")


async def test_a_socket_that_somebody_listens_at_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "posd.sock"
    async with served(path=path):
        with pytest.raises(CannotListen, match="another program"):
            await Listener.open(Bench().api, port=0, socket=path)
        assert path.exists()


@pytest.mark.parametrize("name", ["file", "absent/posd.sock", "x" * 120])
async def test_a_socket_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(CannotListen, match=name):
        await Listener.open(Bench().api, port=0, socket=tmp_path / name)
    assert (tmp_path / "file").read_text() == "precious"


async def test_time_counts_anew_on_a_kept_connection() -> None:
    async with served(patience=Patience(request_s=0.2)) as listener, wire(listener) as client:
        for _ in range(3):
            await client.send(GET)
            assert await client.status() == 200
            await asyncio.sleep(0.25)
        await client.send(GET[:20])
        assert await client.status() == 408


async def test_an_idle_connection_is_closed() -> None:
    async with served(patience=Patience(keep_alive_s=0.1)) as listener, wire(listener) as client:
        await client.send(GET)
        assert await client.status() == 200
        assert await client.closed()


async def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "posd.sock"
    async with served(path=path) as listener, asyncio.TaskGroup() as group:
        held = asyncio.Event()

        async def hold() -> None:
            async with wire(listener) as client:
                await client.send(GET)
                assert await client.status() == 200
                opened.release()
                await held.wait()

        opened = asyncio.Semaphore(0)
        for _ in range(protocol.CONNECTIONS_MAX):
            group.create_task(hold())
        for _ in range(protocol.CONNECTIONS_MAX):
            await opened.acquire()
        async with wire(listener) as client:
            assert await client.status() == 503
            assert await client.closed()
        assert (await at_socket(path, LAST)).startswith(b"HTTP/1.1 200")
        held.set()


async def test_a_stop_lets_what_runs_finish() -> None:
    bench = Bench()
    bench.payments.hold.clear()
    listener = await Listener.open(bench.api, port=0, socket=None)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        async with wire(listener) as idle, wire(listener) as client:
            await client.send(CREATE + b"Content-Length: 24\r\n\r\n" + FORM)
            await bench.payments.entered.wait()
            stopping = group.create_task(listener.stop())
            await asyncio.sleep(0.05)
            assert not stopping.done()
            assert await idle.closed()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", listener.port)
            bench.payments.hold.set()
            assert await client.status() == 200
            await stopping


async def test_a_stop_before_it_serves_closes_the_sockets(tmp_path: Path) -> None:
    path = tmp_path / "posd.sock"
    listener = await Listener.open(Bench().api, port=0, socket=path)
    port = listener.port
    await listener.stop()
    await listener.serve()
    assert not path.exists()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_an_idle_listener_sets_no_timers() -> None:
    loop = asyncio.get_running_loop()
    async with served():
        await asyncio.sleep(0.05)
        before = len(loop._scheduled)  # type: ignore[attr-defined]
        await asyncio.sleep(0.25)
        assert len(loop._scheduled) == before  # type: ignore[attr-defined]

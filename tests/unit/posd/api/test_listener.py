"""The real server over loopback: sockets, limits, and a tidy end."""

import asyncio
import errno
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from posd.api import listener as listening
from posd.api import protocol
from posd.api.listener import CannotListen, Listener
from tests.unit.posd.api.fakes import TILL, Bench

HEAD = b"GET /posd/v1/live HTTP/1.1\r\nHost: localhost\r\n"
GET = HEAD + b"\r\n"
LAST = HEAD + b"Connection: close\r\n\r\n"
AUTHORIZATION = f"Authorization: Bearer {TILL}\r\n".encode()
CREATE = (
    b"POST /v1/payment_intents HTTP/1.1\r\nHost: localhost\r\n"
    + AUTHORIZATION
    + b"Content-Type: application/x-www-form-urlencoded\r\n"
)
FORM = b"amount=1250&currency=eur"


@asynccontextmanager
async def served(bench: Bench | None = None, path: Path | None = None) -> AsyncIterator[Listener]:
    listener = await Listener.open((bench or Bench()).api, port=0, socket=path)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        yield listener
        await listener.stop()


async def let_go(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


class Wire:
    """A client that writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()

    async def status(self) -> int:
        """The status of the next answer, its head and body read."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        self.head = head
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        self.body = await self._reader.readexactly(length)
        return int(head.split()[1])

    async def is_cut_while_sending(self, octets: bytes, pause_s: float) -> bool:
        """Whether the other side ends it although these octets go on arriving."""
        try:
            async with asyncio.timeout(5):
                while True:
                    await self.send(octets)
                    await asyncio.sleep(pause_s)
        except ConnectionError:
            return True

    async def closed(self) -> bool:
        try:
            return await self._reader.read() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def wire(listener: Listener, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection(host, listener.port)
    try:
        yield Wire(reader, writer)
    finally:
        await let_go(writer)


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


async def test_without_ipv6_there_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    real = listening._bind_tcp

    def no_v6(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
        if family is socket.AF_INET6:
            raise CannotListen(host, "no") from OSError(errno.EADDRNOTAVAIL, "no")
        return real(family, host, port)

    monkeypatch.setattr(listening, "_bind_tcp", no_v6)
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
    async with served(path=path) as listener:
        assert path.stat().st_mode & 0o777 == 0o600
        answer = await at_socket(path, ask)
        assert answer.startswith(b"HTTP/1.1 200")
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


LARGE = protocol.HEAD_BYTES_MAX
HOSTILE = [
    # what, sent, status
    ("noise", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    ("a space in the name", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
    ("a folded line", b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n", 400),
    ("bare line feeds", b"GET /posd/v1/live HTTP/1.1\nHost: localhost\n\n", 400),
    ("an old request without a host", b"GET /posd/v1/live HTTP/1.0\r\n\r\n", 400),
    ("no host", b"GET /posd/v1/live HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    ("a foreign host", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ("a proxy's request", b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("one long header", HEAD + b"A: " + b"a" * LARGE + b"\r\n\r\n", 431),
    ("an endless header", HEAD + b"A: " + b"a" * LARGE, 431),
    ("many headers", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * LARGE, 431),
    ("a long target", b"GET /" + b"a" * LARGE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
    ("two lengths", CREATE + b"Content-Length: 24\r\nContent-Length: 25\r\n\r\n" + FORM, 400),
    (
        "length and chunks",
        CREATE + b"Content-Length: 24\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("a negative length", CREATE + b"Content-Length: -1\r\n\r\n", 400),
    ("a long body", CREATE + b"Content-Length: 70000\r\n\r\n" + b"a" * 70_000, 413),
    (
        "a long chunked body",
        CREATE + b"Transfer-Encoding: chunked\r\n\r\n" + b"2710\r\n%s\r\n" % (b"a" * 10_000) * 7,
        413,
    ),
    (
        "a body announced too long",
        CREATE + b"Content-Length: 1073741824\r\n\r\n" + b"a" * 65_537,
        413,
    ),
    (
        "a websocket of a foreign page",
        HEAD + b"Origin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        403,
    ),
]


@pytest.mark.parametrize(
    ("sent", "status"), [pytest.param(sent, status, id=what) for what, sent, status in HOSTILE]
)
async def test_hostile_requests_end_in_the_envelope(sent: bytes, status: int) -> None:
    bench = Bench()
    async with served(bench) as listener:
        async with wire(listener) as client:
            await client.send(sent)
            assert await client.status() == status
            assert json.loads(client.body)["error"]["type"] == "invalid_request_error"
        async with wire(listener) as client:
            await client.send(GET)
            assert await client.status() == 200
    assert bench.store.commits == 0


async def test_a_body_that_goes_on_after_its_refusal_is_cut() -> None:
    flood = b"a" * protocol.MESSAGE_BYTES_MAX
    async with served() as listener, wire(listener) as client:
        await client.send(CREATE.replace(AUTHORIZATION, b"") + b"Content-Length: 99999999\r\n\r\n")
        assert await client.status() == 401
        assert await client.is_cut_while_sending(flood, pause_s=0.01)


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nHost: loc", CREATE + b"Content-Length: 24\r\n\r\namount="],
    ids=["nothing", "half a head", "half a body"],
)
async def test_a_request_that_takes_too_long_is_closed(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S", 0.1)
    bench = Bench()
    async with served(bench) as listener, wire(listener) as client:
        await client.send(sent)
        assert await client.status() == 408
        assert await client.closed()
    assert bench.store.commits == 0


async def test_a_drip_does_not_extend_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S", 0.3)
    async with served() as listener, wire(listener) as client:
        await client.send(GET[:5])
        assert await client.is_cut_while_sending(b"a", pause_s=0.02)


async def test_time_counts_anew_on_a_kept_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S", 0.2)
    async with served() as listener, wire(listener) as client:
        for _ in range(3):
            await client.send(GET)
            assert await client.status() == 200
            await asyncio.sleep(0.25)
        await client.send(GET[:20])
        assert await client.status() == 408


async def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "KEEP_ALIVE_S", 0.1)
    async with served() as listener, wire(listener) as client:
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

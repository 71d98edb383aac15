"""Which of systemd's sockets is which door, and that a configuration that differs is refused."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from posd.api.handed import NONE_HELD, Asked, Doors, doors
from posd.api.listener import Listener
from posd.errors import ConfigError
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.wire import GET, LAST, served, wire


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def tcp(opened: ExitStack, host: str = "127.0.0.1") -> socket.socket:
    return opened.enter_context(socket.create_server((host, 0)))


def at(path: Path, opened: ExitStack) -> socket.socket:
    unix = opened.enter_context(socket.socket(socket.AF_UNIX))
    unix.bind(str(path))
    unix.listen()
    return unix


def port_of(one: socket.socket) -> int:
    port: int = one.getsockname()[1]
    return port


def test_each_is_in_its_place(opened: ExitStack, tmp_path: Path) -> None:
    loopback, lan = tcp(opened), tcp(opened, "127.0.0.2")
    unix = at(tmp_path / "posd.sock", opened)
    asked = Asked(port_of(loopback), tmp_path / "posd.sock", ("127.0.0.2", port_of(lan)))
    assert doors([lan, unix, loopback], asked) == Doors((loopback,), unix, lan)
    assert doors([loopback], Asked(0, None)) == Doors((loopback,)), "0 is any port"
    assert doors([], asked) == NONE_HELD


def test_another_port_is_refused_and_both_are_named(opened: ExitStack) -> None:
    handed = tcp(opened)
    told = f"found 127.0.0.1 port 8719, but systemd listens on 127.0.0.1 port {port_of(handed)}"
    with pytest.raises(ConfigError, match=rf"listen\.port: {told}"):
        doors([handed], Asked(8719, None))


@pytest.mark.parametrize("lan", [None, ("127.0.0.3", 0)])
def test_nothing_is_served_on_the_network_but_what_the_configuration_names(
    opened: ExitStack, lan: tuple[str, int] | None
) -> None:
    """It would be without TLS."""
    stranger = tcp(opened, "127.0.0.2")
    with pytest.raises(ConfigError, match=r"systemd listens on 127\.0\.0\.2"):
        doors([stranger], Asked(port_of(stranger), None, lan))


def test_two_ports_are_refused(opened: ExitStack) -> None:
    with pytest.raises(ConfigError, match="expected one port for both"):
        doors([tcp(opened), tcp(opened)], Asked(0, None))


async def test_what_is_held_is_served_and_outlives_the_listener(
    opened: ExitStack, tmp_path: Path
) -> None:
    path = tmp_path / "posd.sock"
    loopback, unix = tcp(opened), at(path, opened)
    for _ in range(2):
        held = Doors((loopback.dup(),), unix.dup())
        listener = await Listener.open(Bench().api, port=0, socket=path, held=held)
        async with asyncio.TaskGroup() as group:
            group.create_task(listener.serve())
            assert listener.port == port_of(loopback)
            async with wire(listener) as client:
                await client.send(GET)
                assert await client.status() == 200
            await listener.stop()
        assert path.is_socket()
        async with wire(listener):
            pass  # who calls now waits for the next one


async def test_who_was_let_in_at_the_last_moment_is_answered() -> None:
    async with served() as listener, wire(listener) as client:
        stopping = asyncio.create_task(listener.stop())  # noqa: TID251 (awaited below)
        await asyncio.sleep(0)
        await client.send(LAST)
        assert await client.status() == 200
        await stopping

"""What only a TCP connection has, over loopback."""

import contextlib
import socket

import pytest

from posd_drivers.errors import NotSent
from posd_drivers.transport.tcp import TcpTransport, connect_tcp


async def test_small_writes_leave_at_once_and_a_silent_death_is_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = await connect_tcp("127.0.0.1", listener.getsockname()[1])
        assert isinstance(link, TcpTransport)
        connection = link._connection
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        await link.close()


async def test_nobody_listening_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent):
        await connect_tcp("127.0.0.1", port)


async def test_a_host_that_does_not_answer_is_not_sent_within_the_time_limit() -> None:
    async def fill_backlog(port: int) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(8):
                link = await connect_tcp("127.0.0.1", port, timeout_s=0.1)
                stack.push_async_callback(link.close)

    # A full backlog is the loopback's way of not answering.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, pytest.raises(NotSent):
        await fill_backlog(listener.getsockname()[1])


async def test_a_name_is_resolved() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = await connect_tcp("localhost", listener.getsockname()[1])
        await link.close()


async def test_a_name_that_does_not_exist_is_not_sent() -> None:
    with pytest.raises(NotSent):
        await connect_tcp("no-such-host.invalid")
